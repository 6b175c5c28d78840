import type { XenErrno } from '../../../abi/xen.js';
import { xenMemoryExchange } from '../../../abi/xen-structures.js';
import type { Values } from '../../../core/struct.js';
import { type Arguments, fail, type Result } from '../../xen/hypercall.js';
import { isSelf } from '../../xen/hypercalls/memory.js';
import { isCanonical, isXens } from '../address.js';
import type { PvDomain } from '../domain.js';

/** What a domain without privileges may ask for at once is 2^9 frames. */
const MAX_ORDER = 9;
const ULONG_MAX = 0xffffffffffffffffn;
/** Bits of an address that the frames may have; none: any. */
const ADDRESS_BITS = 0xff;
const PAGE_SHIFT = 12;

type Exchange = Values<typeof xenMemoryExchange.fields>;

/** Entries from one to another of a list lie where a guest may have one. */
function isListOkay(start: bigint, first: bigint, last: bigint): boolean {
  return [first, last].every((n) => {
    const at = BigInt.asUintN(64, start + n * 8n);
    return isCanonical(at) && !isXens(at);
  });
}

function refusal(wanted: Exchange): XenErrno | undefined {
  const { nr_exchanged: done } = wanted;
  const [inOrder, outOrder] = [wanted['in.extent_order'], wanted['out.extent_order']];
  const [inExtents, outExtents] = [wanted['in.nr_extents'], wanted['out.nr_extents']];
  if (Math.max(inOrder, outOrder) > MAX_ORDER) return 'EPERM';
  const frames = inExtents << BigInt(inOrder);
  if (
    done > inExtents ||
    wanted['in.domid'] !== wanted['out.domid'] ||
    ULONG_MAX >> BigInt(inOrder) < inExtents ||
    ULONG_MAX >> BigInt(outOrder) < outExtents ||
    frames !== outExtents << BigInt(outOrder)
  )
    return 'EINVAL';
  if (done === inExtents) return undefined;
  const firstOut = (done << BigInt(inOrder)) >> BigInt(outOrder);
  if (!isListOkay(wanted['in.extent_start'], done, inExtents - 1n)) return 'EFAULT';
  if (!isListOkay(wanted['out.extent_start'], firstOut, outExtents - 1n)) return 'EFAULT';
  return isSelf(wanted['in.domid']) ? undefined : 'ESRCH';
}

/** Frames of one chunk: extents of `in` from `first` on. */
function given({ guest }: PvDomain, wanted: Exchange, first: bigint, extents: bigint): bigint[] | undefined {
  const frames: bigint[] = [];
  for (let i = first; i < first + extents; i++) {
    const frame = guest.readU64(wanted['in.extent_start'] + i * 8n);
    if (frame === undefined) return undefined;
    for (let k = 0n; k < 1n << BigInt(wanted['in.extent_order']); k++) frames.push(frame + k);
  }
  return frames;
}

/** Tells the guest of a run of frames, for the pseudo-physical ones that it has named. */
function tell({ guest, heap }: PvDomain, at: bigint, run: number, size: number): boolean {
  const pfn = guest.readU64(at);
  if (pfn === undefined) return false;
  for (let k = 0; k < size; k++) heap.setM2p(run + k, pfn + BigInt(k));
  return guest.writeU64(at, BigInt(run));
}

/**
 * exchange: frames for contiguous ones, or the other way round, in chunks of the larger extents; `nr_exchanged` says how far it came
 * (Xen common/memory.c, memory_exchange).
 */
export function exchange(domain: PvDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(xenMemoryExchange, at);
  if (!wanted) return fail('EFAULT');
  const end = (done: bigint, error?: XenErrno): Result => {
    if (!domain.guest.writeFields(xenMemoryExchange, at, { nr_exchanged: done })) return fail('EFAULT');
    return error ? fail(error) : 0;
  };
  const error = refusal(wanted);
  if (error) return end(wanted.nr_exchanged, error);
  const total = wanted['in.nr_extents'];
  const [inOrder, outOrder] = [wanted['in.extent_order'], wanted['out.extent_order']];
  const inChunk = 1n << BigInt(Math.max(outOrder - inOrder, 0));
  const outChunk = 1n << BigInt(Math.max(inOrder - outOrder, 0));
  const bits = wanted['out.mem_flags'] & ADDRESS_BITS;
  const limit = bits === 0 ? Number.POSITIVE_INFINITY : 2 ** (bits - PAGE_SHIFT);
  const size = 1 << outOrder;
  for (let chunk = wanted.nr_exchanged / inChunk; chunk < total / inChunk; chunk++) {
    const frames = given(domain, wanted, chunk * inChunk, inChunk);
    if (!frames) return end(chunk * inChunk, 'EFAULT');
    const runs = domain.exchange(frames, size, limit);
    if (typeof runs === 'string') return end(chunk * inChunk, runs);
    const first = wanted['out.extent_start'] + chunk * outChunk * 8n;
    const told = runs.map((run, j) => tell(domain, first + BigInt(j * 8), run, size));
    if (told.includes(false)) return end(chunk * inChunk, 'EFAULT');
  }
  return end(total);
}
