import { DOMID } from '../../../abi/xen.js';
import { xenMemoryReservation } from '../../../abi/xen-structures.js';
import type { XenDomain } from '../domain.js';
import {
  type Arguments,
  fail,
  forbidden,
  type Hypercall,
  implemented,
  type Operation,
  type Result,
} from '../hypercall.js';

/** A domain's memory, frame by frame, as the guest numbers them. */
export interface ReservedMemory {
  /** Frames that it may have at most. */
  readonly pages: number;
  /** Frames that it has now. */
  readonly reserved: number;
  /** The guest gives a frame back; false when it is not its own, or in use. */
  giveBack(frame: bigint): boolean;
  /** The guest gets a frame, at a place or at none yet; its number, undefined when it has all it may have or it cannot be there. */
  handOut(place: bigint | undefined): number | undefined;
  /** The numbers are the guest's own: there is none to tell it of a frame that it gets. */
  readonly isTranslated: boolean;
}

type MemoryDomain = XenDomain & ReservedMemory;

export const isSelf = (id: number): boolean => id === DOMID.self || id === 1;

/** What a domain without privileges may ask for at once is 2^9 frames. */
const MAX_ORDER = 9;
/** An answer counts extents above the 6 bits of the command, in 32 bits. */
const MOST_EXTENTS = 0xffffffffn >> 6n;

/**
 * An operation on a list of extents, from the one on that the command names. It has no errors: what cannot be done ends it, and
 * it says how many were done (Xen common/memory.c, do_memory_op).
 */
const onExtents =
  <D extends MemoryDomain>(run: (domain: D, place: bigint, size: number) => boolean) =>
  (domain: D, [command, at]: Arguments): Result => {
    const start = command >> 6n;
    const wanted = domain.guest.readStruct(xenMemoryReservation, at);
    if (!wanted || wanted.nr_extents > MOST_EXTENTS || !isSelf(wanted.domid)) return start;
    if (wanted.extent_order > MAX_ORDER) return start;
    let done = start;
    while (done < wanted.nr_extents && run(domain, wanted.extent_start + done * 8n, 1 << wanted.extent_order))
      done++;
    return done;
  };

function decrease(domain: MemoryDomain, place: bigint, size: number): boolean {
  const frame = domain.guest.readU64(place);
  if (frame === undefined) return false;
  for (let i = 0; i < size; i++) if (!domain.giveBack(frame + BigInt(i))) return false;
  return true;
}

function populate(domain: MemoryDomain, place: bigint, size: number): boolean {
  const wanted = domain.guest.readU64(place);
  if (wanted === undefined || domain.pages - domain.reserved < size) return false;
  // Contiguous ones are not to be had where the guest sees the machine's numbers.
  if (!domain.isTranslated && size > 1) return false;
  for (let i = 0; i < size; i++) {
    const frame = domain.handOut(wanted + BigInt(i));
    if (frame === undefined) return false;
    if (!domain.isTranslated && !domain.guest.writeU64(place, BigInt(frame))) return false;
  }
  return true;
}

function increase(domain: MemoryDomain, place: bigint, size: number): boolean {
  if (domain.pages - domain.reserved < size || (!domain.isTranslated && size > 1)) return false;
  for (let i = 0; i < size; i++) {
    const frame = domain.handOut(undefined);
    if (frame === undefined) return false;
    if (!domain.isTranslated && !domain.guest.writeU64(place, BigInt(frame))) return false;
  }
  return true;
}

/** A number of the domain that the argument names. */
const ofDomain =
  <D extends MemoryDomain>(count: (domain: D) => number) =>
  (domain: D, [, at]: Arguments): Result => {
    const id = domain.guest.read(at, 2)?.getUint16(0, true);
    if (id === undefined) return fail('EFAULT');
    return isSelf(id) ? count(domain) : fail('ESRCH');
  };

const common: readonly Operation<MemoryDomain>[] = [
  implemented(0, 'increase_reservation', onExtents(increase)),
  implemented(1, 'decrease_reservation', onExtents(decrease)),
  implemented(
    3,
    'current_reservation',
    ofDomain(({ reserved }) => reserved),
  ),
  implemented(
    4,
    'maximum_reservation',
    ofDomain(({ pages }) => pages),
  ),
  implemented(6, 'populate_physmap', onExtents(populate)),
  forbidden(10, 'machine_memory_map'),
  forbidden(13, 'set_memory_map'),
  implemented(
    14,
    'maximum_gpfn',
    ofDomain(({ pages }) => pages - 1),
  ),
  forbidden(16, 'set_pod_target'),
  forbidden(17, 'get_pod_target'),
  forbidden(18, 'get_sharing_freed_pages'),
  forbidden(19, 'get_sharing_shared_pages'),
  forbidden(20, 'paging_op'),
  forbidden(21, 'access_op'),
  forbidden(22, 'sharing_op'),
  forbidden(24, 'claim_pages'),
  { number: 26, name: 'get_vnumainfo', errno: 'EOPNOTSUPP' },
  { number: 27, name: 'reserved_device_memory_map', errno: 'ENOSYS' },
  forbidden(28, 'acquire_resource'),
];

/** memory_op (Xen public/memory.h): what all domains have of it, and what is a kind's own. */
export const memoryOp = <D extends MemoryDomain>(own: readonly Operation<D>[]): Hypercall<D> => ({
  number: 12,
  name: 'memory_op',
  selector: (_, [command]) => Number(command & 0x3fn),
  operations: [...common, ...own].sort((a, b) => a.number - b.number),
});
