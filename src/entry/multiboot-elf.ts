import { elfMachine, elfType } from '../abi/elf.js';
import { hex } from '../core/errors.js';
import type { Elf } from '../image/container/elf.js';
import { physicalEntry } from './linux-elf.js';

/** How a multiboot loader takes an ELF file: where it starts it, or why it cannot. */
export type ElfLoad = { readonly address: bigint } | { readonly problem: string };

const LIMIT = 1n << 32n;

/**
 * The rule of GRUB's multiboot loaders (grub-core/loader/multiboot_elfxx.c): executable for x86, all segments
 * below 4 GiB, and an entry point that a segment holds, moved to its physical address.
 */
export function multibootElf(elf: Elf | undefined): ElfLoad {
  if (!elf) return { problem: 'the file is not an ELF file' };
  const x86 = elf.class === 64 ? elfMachine.EM_X86_64 : elfMachine.EM_386;
  if (!elf.littleEndian || elf.machine !== x86) {
    return { problem: `the ELF file (class ${elf.class}, machine ${elf.machine}) is not for x86` };
  }
  if (elf.type !== elfType.ET_EXEC && elf.type !== elfType.ET_DYN) {
    return { problem: `the ELF file is of type ${elf.type}, not an executable` };
  }
  const high = elf.segments.find(
    ({ typeName, paddr, memSize }) => typeName === 'PT_LOAD' && paddr + memSize > LIMIT,
  );
  if (high) return { problem: `the segment at ${hex(high.paddr)} is not below 4 GiB` };
  const address = physicalEntry(elf);
  return address === undefined
    ? { problem: `no segment holds the entry point ${hex(elf.entry)}` }
    : { address };
}
