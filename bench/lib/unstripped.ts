/**
 * Makes an unstripped vmlinux of a stripped one: the same file with .symtab and .strtab appended.
 * Debian's own unstripped kernels are debug packages of a gigabyte.
 */

/** A symbol as `nm` prints it: address, type letter, name. */
export interface ListedSymbol {
  readonly address: bigint;
  readonly type: string;
  readonly name: string;
}

/** Reads lines of `nm`: `ffffffff81000000 T _text`. */
export function parseNm(text: string): ListedSymbol[] {
  const symbols: ListedSymbol[] = [];
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{8,16}) (\S) (\S+)/.exec(line);
    if (match) symbols.push({ address: BigInt(`0x${match[1]}`), type: match[2]!, name: match[3]! });
  }
  return symbols;
}

const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHN_ABS = 0xfff1;
const HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;

interface Section {
  readonly address: bigint;
  readonly size: bigint;
}

/** A copy of a little-endian 64-bit ELF file with the symbols in a symbol table. */
export function withSymbolTable(elf: Uint8Array, symbols: readonly ListedSymbol[]): Uint8Array {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const headers = Number(view.getBigUint64(0x28, true));
  const count = view.getUint16(0x3c, true);
  const sections: Section[] = Array.from({ length: count }, (_, i) => ({
    address: view.getBigUint64(headers + i * HEADER_SIZE + 0x10, true),
    size: view.getBigUint64(headers + i * HEADER_SIZE + 0x20, true),
  }));

  // Local symbols come first, as the format demands.
  const sorted = [...symbols.filter(isLocal), ...symbols.filter((symbol) => !isLocal(symbol))];
  const names = new TextEncoder().encode(`\0${sorted.map(({ name }) => name).join('\0')}\0`);
  const table = new DataView(new ArrayBuffer((sorted.length + 1) * SYMBOL_SIZE));
  let nameOffset = 1;
  for (const [i, symbol] of sorted.entries()) {
    const at = (i + 1) * SYMBOL_SIZE;
    table.setUint32(at, nameOffset, true);
    const kind = /[tTwW]/.test(symbol.type) ? 2 : 1;
    table.setUint8(at + 4, ((isLocal(symbol) ? 0 : 1) << 4) | kind);
    table.setUint16(at + 6, sectionOf(sections, symbol), true);
    table.setBigUint64(at + 8, symbol.address, true);
    nameOffset += symbol.name.length + 1;
  }

  const align = (offset: number): number => (offset + 7) & ~7;
  const tableAt = align(elf.length);
  const namesAt = tableAt + table.byteLength;
  const headersAt = align(namesAt + names.length);
  const out = new Uint8Array(headersAt + (count + 2) * HEADER_SIZE);
  out.set(elf);
  out.set(new Uint8Array(table.buffer), tableAt);
  out.set(names, namesAt);
  out.set(elf.subarray(headers, headers + count * HEADER_SIZE), headersAt);
  const result = new DataView(out.buffer);
  result.setBigUint64(0x28, BigInt(headersAt), true);
  result.setUint16(0x3c, count + 2, true);
  const locals = sorted.findIndex((symbol) => !isLocal(symbol));
  const write = (
    index: number,
    type: number,
    offset: number,
    size: number,
    link: number,
    info: number,
    entry: number,
  ): void => {
    const at = headersAt + index * HEADER_SIZE;
    result.setUint32(at + 4, type, true);
    result.setBigUint64(at + 0x18, BigInt(offset), true);
    result.setBigUint64(at + 0x20, BigInt(size), true);
    result.setUint32(at + 0x28, link, true);
    result.setUint32(at + 0x2c, info, true);
    result.setBigUint64(at + 0x30, 8n, true);
    result.setBigUint64(at + 0x38, BigInt(entry), true);
  };
  write(
    count,
    SHT_SYMTAB,
    tableAt,
    table.byteLength,
    count + 1,
    (locals === -1 ? sorted.length : locals) + 1,
    SYMBOL_SIZE,
  );
  write(count + 1, SHT_STRTAB, namesAt, names.length, 0, 0, 0);
  return out;
}

/** Lower-case letters stand for local symbols. */
const isLocal = ({ type }: ListedSymbol): boolean => type === type.toLowerCase();

function sectionOf(sections: readonly Section[], { address }: ListedSymbol): number {
  const index = sections.findIndex(
    (section) =>
      address >= section.address && address < section.address + section.size && section.address !== 0n,
  );
  return index === -1 ? SHN_ABS : index;
}
