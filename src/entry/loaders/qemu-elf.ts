import { elf32Header, elf32ProgramHeader, elf64Header, elf64ProgramHeader } from '../../abi/elf.js';
import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';
import { loads } from './elf-memory.js';
import { type Decision, mistakes, refuses, unknown } from './loader.js';

const WORDS = '"Error while loading elf kernel"';

/**
 * What keeps QEMU from loading an ELF file's segments; undefined where nothing does. Held against QEMU 7.2.
 * Source: QEMU include/hw/elf_ops.h (elf_ops.h.inc since 9.1), load_elf().
 */
export function qemuElfProblem({ bytes }: Image, elf: Elf): Decision | undefined {
  const [header, entry] =
    elf.class === 64 ? [elf64Header, elf64ProgramHeader] : [elf32Header, elf32ProgramHeader];
  const stated = bytes.u16(header.fields.e_phentsize.offset);
  if (stated !== entry.size)
    return unknown(
      `It does not look at e_phentsize (${stated}) and reads program headers of ${entry.size} bytes, whatever stands there.`,
    );
  if (elf.segments.length === 0) return refuses(`${WORDS}: there are no program headers that can be read.`);
  for (const { index, offset, fileSize, memSize } of loads(elf)) {
    if (offset + Number(fileSize) > bytes.length)
      return refuses(`${WORDS}: segment ${index} ends behind the end of the file.`);
    if (memSize > 0n && fileSize > memSize)
      return mistakes(`It never ends loading segment ${index}, which is larger in the file than in memory.`);
  }
  return undefined;
}
