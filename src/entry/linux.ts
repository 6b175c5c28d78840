import { type Image, layers } from '../image/image.js';
import { Quoting } from './evidence.js';
import { linuxMark } from './linux-elf.js';

/** Whether an image holds a Linux kernel: an ELF file that says so, or a bzImage whose payload is not known to be anything else. */
export function isLinux(image: Image): boolean {
  const all = layers(image);
  const elves = all.filter((layer) => layer.formats.elf);
  if (elves.some((layer) => linuxMark(new Quoting(layer, 'image'), layer.formats.elf!) !== undefined)) {
    return true;
  }
  // An ELF file around it is a wrapper.
  const bzimage = all.findIndex((layer) => layer.formats.bzimage);
  return bzimage >= 0 && !all.slice(bzimage).some((layer) => layer.formats.elf);
}
