import { PAGE_SIZE } from '../../../abi/x86/paging.js';
import { type Arguments, fail, type Hypercall, type Result } from '../../xen/hypercall.js';
import type { PvDomain } from '../domain.js';
import { FRAME } from '../frames.js';
import { GDT_PAGES } from '../heap.js';
import { fixDescriptor } from '../page-tables.js';

/** set_gdt: list of frames, number of entries. */
function setGdt(domain: PvDomain, [list, count]: Arguments): Result {
  const entries = Number(BigInt.asUintN(32, count));
  if (entries > GDT_PAGES * 512) return fail('EINVAL');
  const pages = Math.ceil(entries / 512);
  const view = domain.guest.read(list, pages * 8);
  if (!view) return fail('EFAULT');
  const { tables, heap, frames } = domain;
  const taken: number[] = [];
  for (let i = 0; i < pages; i++) {
    const frame = view.getBigUint64(i * 8, true);
    const error = frame < BigInt(frames.count) ? tables.get(Number(frame), FRAME.descriptors) : -1;
    if (error) {
      for (const one of taken) tables.put(one);
      return fail('EINVAL');
    }
    taken.push(Number(frame));
  }
  for (const old of domain.gdtFrames) tables.put(old);
  domain.gdtFrames = taken;
  for (let i = 0; i < GDT_PAGES; i++) heap.mapGdt(i, i < taken.length ? taken[i]! * PAGE_SIZE : heap.zero);
  frames.flush();
  return 0;
}

/** update_descriptor: machine address of a descriptor, its value. */
function updateDescriptor(domain: PvDomain, [address, value]: Arguments): Result {
  const { frames, machine } = domain;
  const frame = Number(address / 4096n);
  if (address & 7n || !frames.isGuests(frame)) return fail('EINVAL');
  const fixed = fixDescriptor(value);
  if (fixed === undefined) return fail('EINVAL');
  const isDescriptors = frames.type[frame] === FRAME.descriptors && frames.uses[frame]! > 0;
  if (!isDescriptors && !frames.getWritable(frame)) return fail('EINVAL');
  machine.memory.guestView.setBigUint64(Number(address), fixed, true);
  if (!isDescriptors) frames.putWritable(frame);
  return 0;
}

export const descriptorOperations: readonly Hypercall<PvDomain>[] = [
  { number: 2, name: 'set_gdt', run: setGdt },
  { number: 10, name: 'update_descriptor', run: updateDescriptor },
];
