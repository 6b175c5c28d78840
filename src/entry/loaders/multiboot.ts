import type { Image } from '../../image/image.js';
import { grubMultiboot } from './grub-multiboot.js';
import { grubMultiboot2 } from './grub-multiboot2.js';
import { type Loading, loadBy } from './loading.js';
import { qemuMultiboot } from './qemu-multiboot.js';

/** What each loader does with a layer that has a Multiboot header; none when it has none. */
export function multibootLoadings(layer: Image): readonly Loading[] {
  const { multiboot: header, elf } = layer.formats;
  return header ? [qemuMultiboot, grubMultiboot].map((rules) => loadBy(rules, { layer, header, elf })) : [];
}

/** The same for Multiboot2, which QEMU does not have. */
export function multiboot2Loadings(layer: Image): readonly Loading[] {
  const { multiboot2: header, elf } = layer.formats;
  return header ? [loadBy(grubMultiboot2, { layer, header, elf })] : [];
}
