import { bootE820Entry } from '../../abi/memory-map.js';
import { DOMID } from '../../abi/xen.js';
import {
  xenAddToPhysmap,
  xenMemoryMap,
  xenMemoryReservation,
  xenRemoveFromPhysmap,
} from '../../abi/xen-structures.js';
import {
  type Arguments,
  fail,
  forbidden,
  type Hypercall,
  implemented,
  type Result,
  refused,
} from '../xen/hypercall.js';
import { GRANT_FRAMES } from '../xen/operations/grant-table.js';
import type { PvhDomain } from './domain.js';

const PAGE = 4096;
const isSelf = (id: number): boolean => id === DOMID.self || id === 1;

/** XENMAPSPACE_shared_info and XENMAPSPACE_grant_table. */
const SPACE = { sharedInfo: 0, grantTable: 1 } as const;
/** Physical addresses have 40 bits. */
const LAST_FRAME = 1n << 28n;

function addToPhysmap(domain: PvhDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(xenAddToPhysmap, at);
  if (!wanted) return fail('EFAULT');
  const { domid, space, idx: index, gpfn: frame } = wanted;
  if (!isSelf(domid)) return fail('ESRCH');
  if (frame >= LAST_FRAME) return fail('EINVAL');
  const address = Number(frame) * PAGE;
  switch (space) {
    case SPACE.sharedInfo:
      if (index !== 0n || !domain.machine.memory.isRam(address)) return fail('EINVAL');
      domain.moveSharedInfo(address);
      return 0;
    case SPACE.grantTable:
      if (BigInt.asUintN(63, index) >= BigInt(GRANT_FRAMES)) return fail('EINVAL');
      domain.growGrantTable(Number(index) + 1);
      return domain.mapped.map(address) ? 0 : fail('EINVAL');
    default:
      return fail('EINVAL');
  }
}

/** The number of extents: a guest's memory is all there, whether it has given it back or not. */
function allExtents(domain: PvhDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(xenMemoryReservation, at);
  if (!wanted) return fail('EFAULT');
  if (!isSelf(wanted.domid)) return fail('ESRCH');
  const count = wanted.nr_extents;
  return count > BigInt(domain.pages) ? 0 : count;
}

function memoryMap(domain: PvhDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(xenMemoryMap, at);
  if (!wanted) return fail('EFAULT');
  const map = domain.machine.memoryMap();
  if (wanted.nr_entries < map.length) return fail('EINVAL');
  const entries = new DataView(new ArrayBuffer(map.length * bootE820Entry.size));
  for (const [i, { start, size, type }] of map.entries()) {
    const entry = { addr: BigInt(start), size: BigInt(size), type };
    bootE820Entry.write(entries, i * bootE820Entry.size, entry);
  }
  if (!domain.guest.write(wanted.buffer, new Uint8Array(entries.buffer))) return fail('EFAULT');
  return domain.guest.writeFields(xenMemoryMap, at, { nr_entries: map.length }) ? 0 : fail('EFAULT');
}

/** memory_op (Xen public/memory.h) of a domain whose physical memory Xen translates. */
export const pvhMemoryOp: Hypercall<PvhDomain> = {
  number: 12,
  name: 'memory_op',
  selector: (_, [command]) => Number(command & 0x3fn),
  operations: [
    implemented(0, 'increase_reservation', allExtents),
    implemented(1, 'decrease_reservation', allExtents),
    implemented(2, 'maximum_ram_page', ({ pages }) => pages - 1),
    implemented(3, 'current_reservation', ({ pages }) => pages),
    implemented(4, 'maximum_reservation', ({ pages }) => pages),
    refused(5, 'machphys_mfn_list', 'EPERM'),
    implemented(6, 'populate_physmap', allExtents),
    implemented(7, 'add_to_physmap', addToPhysmap),
    implemented(9, 'memory_map', memoryMap),
    forbidden(10, 'machine_memory_map'),
    refused(11, 'exchange', 'EOPNOTSUPP'),
    refused(12, 'machphys_mapping', 'EPERM'),
    forbidden(13, 'set_memory_map'),
    implemented(14, 'maximum_gpfn', ({ pages }) => pages - 1),
    implemented(15, 'remove_from_physmap', (domain, [, at]) =>
      domain.guest.readStruct(xenRemoveFromPhysmap, at) ? 0 : fail('EFAULT'),
    ),
    forbidden(16, 'set_pod_target'),
    forbidden(17, 'get_pod_target'),
    forbidden(18, 'get_sharing_freed_pages'),
    forbidden(19, 'get_sharing_shared_pages'),
    forbidden(20, 'paging_op'),
    forbidden(21, 'access_op'),
    forbidden(22, 'sharing_op'),
    refused(23, 'add_to_physmap_batch', 'ENOSYS'),
    forbidden(24, 'claim_pages'),
    refused(25, 'machphys_compat_mfn_list', 'EPERM'),
    refused(26, 'get_vnumainfo', 'EOPNOTSUPP'),
    refused(27, 'reserved_device_memory_map', 'ENOSYS'),
    forbidden(28, 'acquire_resource'),
  ],
};
