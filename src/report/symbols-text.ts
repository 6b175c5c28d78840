import type { SymbolTable } from '../image/symbols/symbol-table.js';

/** Bytes in a chunk: large enough that writing costs little, small enough that output starts at once. */
const CHUNK = 1 << 18;
/** Longest line: 16 digits, a letter, two spaces, a newline, and the name. */
const LINE_OVERHEAD = 20;

const digits = new TextEncoder().encode('0123456789abcdef');

/**
 * The symbols as nm(1) -n prints them, one a line, by ascending address: "ffffffff81000000 T _text";
 * 8 digits for 32-bit kernels. ASCII bytes in chunks, made without a string a symbol.
 */
export function* symbolsText(symbols: SymbolTable): Generator<Uint8Array> {
  const { addresses, types, text, starts } = symbols.columns;
  const halves = new Uint32Array(addresses.buffer, addresses.byteOffset, 2 * addresses.length);
  const wide = symbols.space.word === 8;
  let chunk = new Uint8Array(CHUNK);
  let to = 0;
  const hex8 = (value: number): void => {
    for (let shift = 28; shift >= 0; shift -= 4) chunk[to++] = digits[(value >>> shift) & 0xf]!;
  };
  for (let i = 0; i < symbols.count; i++) {
    const start = starts[i]!;
    const end = starts[i + 1]!;
    if (to + LINE_OVERHEAD + end - start > chunk.length) {
      if (to > 0) yield chunk.subarray(0, to);
      chunk = new Uint8Array(Math.max(CHUNK, LINE_OVERHEAD + end - start));
      to = 0;
    }
    if (wide) hex8(halves[2 * i + 1]!);
    hex8(halves[2 * i]!);
    chunk[to++] = 0x20;
    chunk[to++] = types[i]!;
    chunk[to++] = 0x20;
    for (let at = start; at < end; at++) chunk[to++] = text[at]!;
    chunk[to++] = 0x0a;
  }
  if (to > 0) yield chunk.subarray(0, to);
}
