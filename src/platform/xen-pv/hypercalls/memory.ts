import { bootE820Entry, memoryType } from '../../../abi/memory-map.js';
import { LARGE_PAGE_SIZE, PAGE_SIZE } from '../../../abi/x86/paging.js';
import { XEN_M2P_END, XEN_M2P_START } from '../../../abi/xen.js';
import { xenMachphysMapping, xenMachphysMfnList, xenMemoryMap } from '../../../abi/xen-structures.js';
import { type Arguments, fail, implemented, type Result, refused } from '../../xen/hypercall.js';
import { memoryOp } from '../../xen/hypercalls/memory.js';
import type { PvDomain } from '../domain.js';
import { exchange } from './exchange.js';

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

/** memory_op of a domain that sees machine frames. */
export const pvMemoryOp = memoryOp<PvDomain>([
  implemented(2, 'maximum_ram_page', ({ frames }) => frames.count - 1),
  implemented(5, 'machphys_mfn_list', (domain, [, at]) => {
    const wanted = domain.guest.readStruct(xenMachphysMfnList, at);
    if (!wanted) return fail('EFAULT');
    const pages = Math.min(
      wanted.max_extents,
      Math.ceil((domain.heap.end - domain.heap.m2p) / LARGE_PAGE_SIZE),
    );
    for (let i = 0; i < pages; i++) {
      const frame = BigInt((domain.heap.m2p + i * LARGE_PAGE_SIZE) / PAGE_SIZE);
      if (!domain.guest.writeU64(wanted.extent_start + BigInt(i * 8), frame)) return fail('EFAULT');
    }
    return domain.guest.writeFields(xenMachphysMfnList, at, { nr_extents: pages }) ? 0 : fail('EFAULT');
  }),
  // The map from pseudo-physical frames is the guest's own.
  refused(7, 'add_to_physmap', 'EACCES'),
  implemented(9, 'memory_map', memoryMap),
  implemented(11, 'exchange', exchange),
  implemented(12, 'machphys_mapping', (domain, [, at]) => {
    const [v_start, v_end] = [XEN_M2P_START, XEN_M2P_END];
    const mapping = { v_start, v_end, max_mfn: BigInt(domain.frames.count - 1) };
    return domain.guest.writeFields(xenMachphysMapping, at, mapping) ? 0 : fail('EFAULT');
  }),
  refused(15, 'remove_from_physmap', 'EACCES'),
  refused(23, 'add_to_physmap_batch', 'EACCES'),
  refused(25, 'machphys_compat_mfn_list', 'ENOSYS'),
]);
