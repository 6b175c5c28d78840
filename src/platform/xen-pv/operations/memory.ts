import { bootE820Entry, memoryType } from '../../../abi/memory-map.js';
import { DOMID, XEN_M2P_END, XEN_M2P_START } from '../../../abi/xen.js';
import {
  xenMachphysMapping,
  xenMachphysMfnList,
  xenMemoryMap,
  xenMemoryReservation,
} from '../../../abi/xen-structures.js';
import {
  type Arguments,
  fail,
  forbidden,
  type Hypercall,
  implemented,
  type Result,
  refused,
} from '../../xen/hypercall.js';
import type { PvDomain } from '../domain.js';

const isSelf = (id: number): boolean => id === DOMID.self || id === 1;

/** Most extents that are looked at: an answer is a number that must not be mistaken for an errno. */
const MOST_EXTENTS = 1n << 22n;

/** decrease_reservation: frames are given back; returns how many extents were. */
function decrease(domain: PvDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(xenMemoryReservation, at);
  if (!wanted) return fail('EFAULT');
  if (!isSelf(wanted.domid)) return fail('ESRCH');
  if (wanted.extent_order > 9) return fail('EPERM');
  let done = 0;
  for (; BigInt(done) < wanted.nr_extents && BigInt(done) < MOST_EXTENTS; done++) {
    const frame = domain.guest.readU64(wanted.extent_start + BigInt(done * 8));
    if (frame === undefined) return done;
    const size = 1 << wanted.extent_order;
    for (let i = 0; i < size; i++) if (!domain.giveBack(frame + BigInt(i))) return done;
  }
  return done;
}

/** increase_reservation and populate_physmap: frames that were given back before are handed out again. */
const increase =
  (fills: boolean) =>
  (domain: PvDomain, [, at]: Arguments): Result => {
    const wanted = domain.guest.readStruct(xenMemoryReservation, at);
    if (!wanted) return fail('EFAULT');
    if (!isSelf(wanted.domid)) return fail('ESRCH');
    if (wanted.extent_order > 0) return 0;
    let done = 0;
    for (; BigInt(done) < wanted.nr_extents && BigInt(done) < MOST_EXTENTS; done++) {
      const place = wanted.extent_start + BigInt(done * 8);
      const pfn = domain.guest.readU64(place);
      if (pfn === undefined) return done;
      const frame = domain.handOut(fills ? pfn : undefined);
      if (frame === undefined) return done;
      if (!domain.guest.writeU64(place, BigInt(frame))) return done;
    }
    return done;
  };

/** memory_map: one range of RAM, in a buffer with room for so many. */
function memoryMap(domain: PvDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(xenMemoryMap, at);
  if (!wanted) return fail('EFAULT');
  if (wanted.nr_entries === 0) return fail('EINVAL');
  const entry = new Uint8Array(bootE820Entry.size);
  bootE820Entry.write(new DataView(entry.buffer), 0, {
    size: BigInt(domain.pages * 4096),
    type: memoryType.ram,
  });
  if (!domain.guest.write(wanted.buffer, entry)) return fail('EFAULT');
  return domain.guest.writeFields(xenMemoryMap, at, { nr_entries: 1 }) ? 0 : fail('EFAULT');
}

/** memory_op (Xen public/memory.h). */
export const memoryOp: Hypercall<PvDomain> = {
  number: 12,
  name: 'memory_op',
  selector: (_, [command]) => Number(command & 0x3fn),
  operations: [
    implemented(0, 'increase_reservation', increase(false)),
    implemented(1, 'decrease_reservation', decrease),
    implemented(2, 'maximum_ram_page', ({ frames }) => frames.count - 1),
    implemented(3, 'current_reservation', (domain, [, at]) => {
      const id = domain.guest.read(at, 2)?.getUint16(0, true);
      if (id === undefined) return fail('EFAULT');
      return isSelf(id) ? domain.reserved : fail('ESRCH');
    }),
    implemented(4, 'maximum_reservation', (domain, [, at]) => {
      const id = domain.guest.read(at, 2)?.getUint16(0, true);
      if (id === undefined) return fail('EFAULT');
      return isSelf(id) ? domain.pages : fail('ESRCH');
    }),
    implemented(5, 'machphys_mfn_list', (domain, [, at]) => {
      const wanted = domain.guest.readStruct(xenMachphysMfnList, at);
      if (!wanted) return fail('EFAULT');
      const pages = Math.min(wanted.max_extents, Math.ceil((domain.heap.end - domain.heap.m2p) / 0x200000));
      for (let i = 0; i < pages; i++) {
        const frame = BigInt((domain.heap.m2p + i * 0x200000) / 4096);
        if (!domain.guest.writeU64(wanted.extent_start + BigInt(i * 8), frame)) return fail('EFAULT');
      }
      return domain.guest.writeFields(xenMachphysMfnList, at, { nr_extents: pages }) ? 0 : fail('EFAULT');
    }),
    implemented(6, 'populate_physmap', increase(true)),
    // The map from pseudo-physical frames is the guest's own.
    refused(7, 'add_to_physmap', 'EACCES'),
    implemented(9, 'memory_map', memoryMap),
    forbidden(10, 'machine_memory_map'),
    // Only domains with devices need contiguous frames.
    refused(11, 'exchange', 'EOPNOTSUPP'),
    implemented(12, 'machphys_mapping', (domain, [, at]) => {
      const [v_start, v_end] = [XEN_M2P_START, XEN_M2P_END];
      const mapping = { v_start, v_end, max_mfn: BigInt(domain.frames.count - 1) };
      return domain.guest.writeFields(xenMachphysMapping, at, mapping) ? 0 : fail('EFAULT');
    }),
    forbidden(13, 'set_memory_map'),
    implemented(14, 'maximum_gpfn', ({ pages }) => pages - 1),
    refused(15, 'remove_from_physmap', 'EACCES'),
    forbidden(16, 'set_pod_target'),
    forbidden(17, 'get_pod_target'),
    forbidden(18, 'get_sharing_freed_pages'),
    forbidden(19, 'get_sharing_shared_pages'),
    forbidden(20, 'paging_op'),
    forbidden(21, 'access_op'),
    forbidden(22, 'sharing_op'),
    refused(23, 'add_to_physmap_batch', 'EACCES'),
    forbidden(24, 'claim_pages'),
    refused(25, 'machphys_compat_mfn_list', 'ENOSYS'),
    refused(26, 'get_vnumainfo', 'EOPNOTSUPP'),
    refused(27, 'reserved_device_memory_map', 'ENOSYS'),
    forbidden(28, 'acquire_resource'),
  ],
};
