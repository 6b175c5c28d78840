import type { Image } from '../../image/image.js';
import { machineName } from './layers.js';

/** What a file is in a few words: "bzImage for x86-64", "gzip-compressed ELF executable for i386". */
export function describe(image: Image): string {
  const noun = nounOf(image);
  if (image.formats.arm64) return `arm64 ${noun}`;
  const machine = machineOf(image);
  return machine ? `${noun} for ${machine}` : noun;
}

function nounOf({ formats, inner }: Image): string {
  const { uki, zboot, bzimage, arm64, elf, pe, multiboot, multiboot2 } = formats;
  if (uki) return 'unified kernel image';
  if (zboot) return 'EFI zboot image';
  if (bzimage) return bzimage.loadflags.includes('LOADED_HIGH') ? 'bzImage' : 'zImage';
  if (arm64) return 'Image';
  if (elf) return 'ELF executable';
  if (pe) return 'EFI application';
  if (multiboot || multiboot2) return 'flat multiboot image';
  if (!inner) return 'file';
  return `${inner.codec}-compressed ${inner.image ? nounOf(inner.image) : 'file'}`;
}

/** The machine whose loaders and firmware start the file. */
function machineOf({ formats, inner }: Image): string | undefined {
  const { bzimage, arm64, elf, pe, multiboot, multiboot2 } = formats;
  if (arm64) return 'arm64';
  if (bzimage?.xloadflags.includes('XLF_KERNEL_64')) return 'x86-64';
  if (elf) return machineName(elf.machine);
  if (pe && pe.machineName !== 'unknown') return pe.machineName === 'ia32' ? 'i386' : pe.machineName;
  if (inner?.image) return machineOf(inner.image);
  return bzimage || multiboot || multiboot2 ? 'x86' : undefined;
}
