import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { physicalSpan } from './segments.js';

const INIT_SIZE_OFFSET = 0x260;

/** boot.rst, "init_size": the memory the kernel needs, from its runtime start address, before it can examine its memory map. */
export const initSizeTooSmall: ImageRule = {
  id: 'init-size-too-small',
  order: 2,
  severity: 'error',
  title: 'init_size is less than the unpacked kernel needs',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const initSize = layer.formats.bzimage?.header.init_size;
      const kernel = layer.inner?.how === 'bzimage-payload' ? layer.inner.image : undefined;
      if (typeof initSize !== 'number' || !kernel?.formats.elf) continue;
      const range = physicalSpan(kernel.formats.elf);
      if (!range) continue;
      const span = range.high - range.low;
      const unpacked = BigInt(kernel.bytes.length);
      const needed = span > unpacked ? span : unpacked;
      if (BigInt(initSize) >= needed) continue;
      const what = span > unpacked ? 'the kernel spans with its bss' : 'the payload unpacks to';
      yield {
        message: `init_size is ${hex(initSize)}, but ${what} ${hex(needed)} bytes: a loader that believes it (GRUB 2, kexec, the EFI stub) gives the kernel too little memory, and the decompressor overwrites what lies behind, an initrd for one.`,
        offset: INIT_SIZE_OFFSET,
        layer: name,
      };
    }
  },
};
