import {
  elf32Header,
  elf32SectionHeader,
  elf64Header,
  elf64SectionHeader,
  sectionType,
} from '../../abi/elf.js';
import type { Elf } from '../../image/container/elf.js';

/** File offset of e_entry, the same in both classes. */
export const ENTRY_OFFSET = 24;

/** File offset one past the last byte that the ELF headers account for. */
export function elfEnd(elf: Elf): number {
  const [header, section] =
    elf.class === 64 ? [elf64Header, elf64SectionHeader] : [elf32Header, elf32SectionHeader];
  let end = Math.max(header.size, elf.sectionHeaders + section.size * elf.sections.length);
  for (const { offset, fileSize } of elf.segments) end = Math.max(end, offset + fileSize);
  for (const { type, offset, size } of elf.sections) {
    if (type !== sectionType.SHT_NOBITS) end = Math.max(end, offset + size);
  }
  return end;
}
