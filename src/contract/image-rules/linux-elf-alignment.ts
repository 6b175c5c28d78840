import { elfMachine } from '../../abi/elf.js';
import { hex } from '../../core/errors.js';
import { Quoting } from '../../entry/evidence.js';
import { linuxMark } from '../../entry/linux-elf.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { physicalSpan } from './segments.js';

/** PMD_SIZE. */
const ALIGNMENT = 0x200000n;

/** Linux arch/x86/kernel/head64.c (arch/x86/boot/startup/map_kernel.c), __startup_64(): "Is the address not 2M aligned?" */
export const linuxElfAlignment: ImageRule = {
  id: 'linux-elf-alignment',
  order: 3,
  severity: 'error',
  entries: ['linux64', 'pvh'],
  fatal: {
    cause: 'kernel misaligned',
    sentence: 'the kernel is misaligned',
    advice: 'Link the kernel at a multiple of 2 MiB (CONFIG_PHYSICAL_START, CONFIG_PHYSICAL_ALIGN).',
    ends: ['stuck'],
  },
  title: 'An x86-64 Linux kernel would be loaded at no multiple of 2 MiB',
  *check(image) {
    for (const { layer, name, outer } of namedLayers(image)) {
      const { elf } = layer.formats;
      // The decompressor of a bzImage moves what it unpacks.
      if (!elf || outer?.formats.bzimage || elf.machine !== elfMachine.EM_X86_64 || elf.class !== 64)
        continue;
      const span = physicalSpan(elf);
      if (!span || span.low % ALIGNMENT === 0n || !linuxMark(new Quoting(layer, name), elf)) continue;
      const first = elf.segments.find(({ typeName, paddr }) => typeName === 'PT_LOAD' && paddr === span.low);
      yield {
        message: `The kernel would be loaded at ${hex(span.low)}, no multiple of 2 MiB: __startup_64 loops for ever then, whoever enters it.`,
        offset: first?.headerOffset,
        layer: name,
      };
    }
  },
};
