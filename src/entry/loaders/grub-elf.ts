import { elf32Header, elfMachine, elfType } from '../../abi/elf.js';
import { MULTIBOOT_SEARCH } from '../../abi/multiboot.js';
import { MULTIBOOT2_SEARCH } from '../../abi/multiboot2.js';
import { hex } from '../../core/errors.js';
import type { Elf, ElfSegment } from '../../image/container/elf.js';
import { endOf, loads, named, toField, toSegment } from './elf-memory.js';
import type { LoadedFile, Objection } from './loading.js';

/** What GRUB's Multiboot loaders ask of an ELF file (GRUB 2.06 grub-core/loader/multiboot_elfxx.c), in their order. */
export interface ElfRules {
  readonly version: 1 | 2;
  /** Whether the image is loaded as one piece, wherever there is room: tag 10 of Multiboot2. */
  readonly relocatable: boolean;
}

type Check = (elf: Elf, file: LoadedFile<unknown>, rules: ElfRules) => Objection | undefined;

const LIMIT = 1n << 32n;

const SHT = { RELA: 4, REL: 9 } as const;

const checks: readonly Check[] = [
  (elf) =>
    elf.littleEndian
      ? undefined
      : { outcome: 'refuses', why: '"invalid arch-independent ELF magic"', offset: 5, size: 1 },
  (elf) => {
    const machine = elf.class === 64 ? elfMachine.EM_X86_64 : elfMachine.EM_386;
    if (elf.machine === machine) return undefined;
    const why = `"invalid arch-dependent ELF magic" (class ${elf.class}, machine ${elf.machine})`;
    return toField(elf, 'e_machine', 2, 'refuses', why);
  },
  (elf) => {
    if (elf.type === elfType.ET_EXEC || elf.type === elfType.ET_DYN) return undefined;
    const why = `"this ELF file is not of the right type" (type ${elf.type}, not an executable)`;
    return toField(elf, 'e_type', 2, 'refuses', why);
  },
  (elf, _file, { version }) => {
    const search = version === 1 ? MULTIBOOT_SEARCH : MULTIBOOT2_SEARCH;
    const end = elf.programHeaders + elf.segments.length * (elf.class === 64 ? 56 : 32);
    if (end <= search) return undefined;
    const why = `"program header at a too high offset" (they end at ${hex(end)}, and it reads the first ${search} bytes)`;
    return toField(elf, 'e_phoff', elf.class / 8, 'refuses', why);
  },
  (elf) => {
    const high = elf.class === 64 ? loads(elf).find((segment) => endOf(segment) >= LIMIT) : undefined;
    return high && toSegment(elf, high, 'refuses', `"segment crosses 4 GiB border" (${named(high)})`);
  },
  (elf, _file, { relocatable }) => {
    if (relocatable) return undefined;
    for (const segment of loads(elf)) {
      const other = loads(elf).find((earlier) => earlier.index < segment.index && clash(earlier, segment));
      if (!other) continue;
      const why = `"overlap detected" (${named(segment)} and ${named(other)}; empty ones count)`;
      return toSegment(elf, segment, 'refuses', why);
    }
    return undefined;
  },
  (elf, { layer }) => {
    const bad = loads(elf).find(
      ({ offset, fileSize }) => fileSize > 0 && offset + fileSize > layer.bytes.length,
    );
    if (!bad) return undefined;
    const why = `"premature end of file" (${named(bad)} takes bytes up to ${hex(bad.offset + bad.fileSize)})`;
    return toSegment(elf, bad, 'refuses', why);
  },
  (elf) => {
    if (grubEntry(elf) !== undefined) return undefined;
    const why = `"entry point isn't in a segment" (no p_vaddr range holds e_entry ${hex(elf.entry)})`;
    return toField(elf, 'e_entry', elf.class / 8, 'refuses', why);
  },
  (elf, { layer: { bytes } }) => {
    const { e_shnum, e_shentsize } = elf32Header.fields;
    const at = elf.class === 64 ? { num: 60, size: 58 } : { num: e_shnum.offset, size: e_shentsize.offset };
    const count = bytes.u16(at.num);
    if (count === 0 || bytes.has(elf.sectionHeaders, count * bytes.u16(at.size))) return undefined;
    const why = `"attempt to seek outside of the file" (${count} section headers at ${hex(elf.sectionHeaders)} are not in the file)`;
    return toField(elf, 'e_shoff', elf.class / 8, 'refuses', why);
  },
  (elf, { layer: { bytes } }, { version }) => {
    const bad = elf.sections.find(({ type, addr, size, offset }) => {
      if (version === 2 && (type === SHT.REL || type === SHT.RELA)) return true;
      return addr === 0n && size > 0 && !bytes.has(offset, size);
    });
    if (!bad) return undefined;
    const relocations = bad.type === SHT.REL || bad.type === SHT.RELA;
    const why =
      relocations && version === 2
        ? `"ELF files with relocs are not supported yet" (section ${bad.name || bad.index})`
        : `"attempt to seek outside of the file" (section ${bad.name || bad.index} at ${hex(bad.offset)})`;
    const size = elf.class === 64 ? 64 : 40;
    return { outcome: 'refuses', why, offset: elf.sectionHeaders + bad.index * size, size };
  },
];

/** The first objection to a file that is loaded by its ELF segments. */
export function grubElf(file: LoadedFile<unknown>, rules: ElfRules): Objection | undefined {
  const { elf } = file;
  if (!elf) {
    const why =
      '"invalid arch-independent ELF magic" (it has no address fields, and the file is not an ELF file)';
    return { outcome: 'refuses', why, offset: 0, size: 4 };
  }
  for (const check of checks) {
    const objection = check(elf, file, rules);
    if (objection) return objection;
  }
  return undefined;
}

/** Where GRUB enters: the first program header of whatever type decides whose p_vaddr range holds e_entry. */
export function grubEntry(elf: Elf): bigint | undefined {
  const holder = elf.segments.find(({ vaddr, memSize }) => vaddr <= elf.entry && vaddr + memSize > elf.entry);
  return holder && elf.entry - holder.vaddr + holder.paddr;
}

/** How GRUB's relocator compares what it is asked for with what it has. */
function clash(had: ElfSegment, wanted: ElfSegment): boolean {
  const inside = had.paddr <= wanted.paddr && wanted.paddr < endOf(had);
  return inside || (wanted.paddr <= had.paddr && had.paddr < endOf(wanted));
}
