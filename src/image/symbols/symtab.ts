import { SHN_ABS, SHN_XINDEX, sectionFlag, sectionType, symbolBinding, symbolType } from '../../abi/elf.js';
import { Bytes } from '../../core/bytes.js';
import type { Elf, ElfSection } from '../container/elf.js';
import type { AddressSpace } from './address-space.js';
import type { Blob } from './blob.js';
import { SymbolTable } from './symbol-table.js';

const { SHT_SYMTAB, SHT_NOBITS } = sectionType;
const { SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR } = sectionFlag;
const { STB_LOCAL, STB_WEAK, STB_GNU_UNIQUE } = symbolBinding;
const { STT_OBJECT, STT_SECTION, STT_FILE, STT_GNU_IFUNC } = symbolType;
const SHN_UNDEF = 0;
const SHN_COMMON = 0xfff2;

/** Longest name that is read. */
const maxName = 4096;

/** The defined symbols of an ELF file's own symbol table, as nm(1) lists them; undefined when it has none. */
export function readSymtab(bytes: Bytes, elf: Elf, space: AddressSpace): SymbolTable | undefined {
  const symtab = elf.sections.find((section) => section.type === SHT_SYMTAB && section.size > 0);
  const strtab = symtab && elf.sections[symtab.link];
  if (
    !symtab ||
    !strtab ||
    !bytes.has(symtab.offset, symtab.size) ||
    !bytes.has(strtab.offset, strtab.size)
  ) {
    return undefined;
  }
  const entries = new Bytes(bytes.slice(symtab.offset, symtab.size), '.symtab', elf.littleEndian);
  const strings = bytes.slice(strtab.offset, strtab.size);
  const size = elf.class === 64 ? 24 : 16;

  const found: { address: bigint; type: number; from: number; to: number }[] = [];
  for (let at = size; at + size <= entries.length; at += size) {
    const [info, index] =
      elf.class === 64
        ? [entries.u8(at + 4), entries.u16(at + 6)]
        : [entries.u8(at + 12), entries.u16(at + 14)];
    const kind = info & 0xf;
    if (kind === STT_SECTION || kind === STT_FILE || index === SHN_UNDEF) continue;
    const from = entries.u32(at);
    const end = strings.indexOf(0, from);
    if (from === 0 || end <= from || end - from > maxName) continue;
    const address = elf.class === 64 ? entries.u64(at + 8) : BigInt(entries.u32(at + 4));
    found.push({ address, type: letter(info, index, elf.sections[index]).charCodeAt(0), from, to: end });
  }
  if (found.length === 0) return undefined;
  found.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : byName(strings, a, b)));

  const starts = new Uint32Array(found.length + 1);
  found.forEach(({ from, to }, i) => {
    starts[i + 1] = starts[i]! + to - from;
  });
  const text = new Uint8Array(starts[found.length]!);
  found.forEach(({ from, to }, i) => {
    text.set(strings.subarray(from, to), starts[i]);
  });
  return new SymbolTable(
    {
      addresses: BigUint64Array.from(found, (symbol) => symbol.address),
      types: Uint8Array.from(found, (symbol) => symbol.type),
      text,
      starts,
    },
    space,
    {
      from: 'symtab',
      form: 'ELF symbol table',
      blobs: { '.symtab': blobOf(symtab), '.strtab': blobOf(strtab) },
    },
  );
}

function blobOf({ offset, size }: ElfSection): Blob {
  return { offset, length: size };
}

/** The type letter of nm(1): upper case for symbols other files can see. */
function letter(info: number, index: number, section: ElfSection | undefined): string {
  const binding = info >> 4;
  const kind = info & 0xf;
  if (index === SHN_COMMON) return 'C';
  if (kind === STT_GNU_IFUNC) return 'i';
  if (binding === STB_WEAK) return kind === STT_OBJECT ? 'V' : 'W';
  if (binding === STB_GNU_UNIQUE) return 'u';
  const lower = index === SHN_ABS ? 'a' : index === SHN_XINDEX || !section ? '?' : sectionLetter(section);
  return binding === STB_LOCAL ? lower : lower.toUpperCase();
}

function sectionLetter({ flags, type }: ElfSection): string {
  if (flags & SHF_EXECINSTR) return 't';
  if (!(flags & SHF_ALLOC)) return 'n';
  if (type === SHT_NOBITS) return 'b';
  return flags & SHF_WRITE ? 'd' : 'r';
}

function byName(
  strings: Uint8Array,
  a: { from: number; to: number },
  b: { from: number; to: number },
): number {
  for (let i = 0; a.from + i < a.to && b.from + i < b.to; i++) {
    const difference = strings[a.from + i]! - strings[b.from + i]!;
    if (difference !== 0) return difference;
  }
  return a.to - a.from - (b.to - b.from);
}
