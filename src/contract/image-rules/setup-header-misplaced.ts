import { movedSetup } from '../../image/container/misplaced-setup.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** boot.rst, "The Real-Mode Kernel Header": at 0x1f1 of the file, "HdrS" at 0x202. */
export const setupHeaderMisplaced: ImageRule = {
  id: 'setup-header-misplaced',
  order: 2,
  severity: 'warning',
  title: 'A Linux setup header stands where no loader looks',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const setup = movedSetup(layer.bytes, layer.formats, layer.inner);
      if (!setup) continue;
      yield {
        message: `${capital(setup.where)}: GRUB 2, kexec, QEMU and others look at 0x202 alone and take the file for no Linux kernel, or for one older than protocol 2.00.`,
        offset: setup.offset,
        layer: name,
      };
    }
  },
};

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
