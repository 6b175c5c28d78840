import { bootE820Entry } from '../../../abi/memory-map.js';
import { PAGE_SIZE } from '../../../abi/x86/paging.js';
import { xenAddToPhysmap, xenMemoryMap, xenRemoveFromPhysmap } from '../../../abi/xen-structures.js';
import { type Arguments, fail, implemented, type Result, refused } from '../../xen/hypercall.js';
import { GRANT_FRAMES } from '../../xen/hypercalls/grant-table.js';
import { isSelf, memoryOp } from '../../xen/hypercalls/memory.js';
import type { PvhDomain } from '../domain.js';

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
  const address = Number(frame) * PAGE_SIZE;
  switch (space) {
    case SPACE.sharedInfo:
      if (index !== 0n || frame >= BigInt(domain.pages)) return fail('EINVAL');
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

/** The page stays the domain's, at no place any more. */
function removeFromPhysmap(domain: PvhDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(xenRemoveFromPhysmap, at);
  if (!wanted) return fail('EFAULT');
  if (!isSelf(wanted.domid)) return fail('ESRCH');
  return domain.unmapFrame(wanted.gpfn) ? 0 : fail('ENOENT');
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

/** memory_op of a domain whose physical memory Xen translates. */
export const pvhMemoryOp = memoryOp<PvhDomain>([
  implemented(2, 'maximum_ram_page', ({ pages }) => pages - 1),
  refused(5, 'machphys_mfn_list', 'EPERM'),
  implemented(7, 'add_to_physmap', addToPhysmap),
  implemented(9, 'memory_map', memoryMap),
  refused(11, 'exchange', 'EOPNOTSUPP'),
  refused(12, 'machphys_mapping', 'EPERM'),
  implemented(15, 'remove_from_physmap', removeFromPhysmap),
  refused(23, 'add_to_physmap_batch', 'ENOSYS'),
  refused(25, 'machphys_compat_mfn_list', 'EPERM'),
]);
