import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { loadSegments } from './segments.js';

/** Where PCs have no RAM for a kernel, whatever its size: display and ROMs, and the space of PCI devices. */
const holes = [
  { start: 0xa0000n, end: 0x100000n, what: 'display memory and ROMs' },
  { start: 0xc0000000n, end: 0x100000000n, what: 'devices, unless the PC has more than 3 GiB below 4 GiB' },
];

/** Multiboot Specification 0.6.96, 3.1.3: physical addresses; the memory map of PCs. */
export const multibootSegmentWithoutRam: ImageRule = {
  id: 'multiboot-segment-without-ram',
  order: 6,
  severity: 'warning',
  title: 'A segment of a multiboot kernel is loaded where a PC has no RAM',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf, multiboot, multiboot2 } = layer.formats;
      if (!elf || !(multiboot || multiboot2)) continue;
      if (multiboot?.load || multiboot2?.tags.some(({ typeName }) => typeName === 'address')) continue;
      // One that can be moved goes where there is RAM.
      if (!multiboot && multiboot2?.tags.some(({ typeName }) => typeName === 'relocatable')) continue;
      for (const { index, paddr, vaddr, memSize, headerOffset } of loadSegments(elf)) {
        const hole = holes.find(({ start, end }) => memSize > 0n && paddr < end && paddr + memSize > start);
        if (!hole) continue;
        const virtual = paddr === vaddr && paddr >= 0xc0000000n;
        yield {
          message: `Segment ${index} is loaded at physical ${hex(paddr)}–${hex(paddr + memSize - 1n)}, where ${hex(hole.start)}–${hex(hole.end - 1n)} is ${hole.what}${virtual ? '; p_paddr is the virtual address, as without AT() in the linker script' : ''}: QEMU and GRUB 2 write it all the same, and the kernel does not find it.`,
          offset: headerOffset,
          layer: name,
        };
      }
    }
  },
};
