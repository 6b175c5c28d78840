import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { signed } from '../function-table.js';
import type { TableLayout } from './layouts.js';

/** An indirect call or jump through a table. */
export interface CallSite {
  /** Link-time address. */
  readonly address: bigint;
  /** Bytes of the instruction, all of which a patch takes. */
  readonly size: number;
  /** Offset in the table. */
  readonly offset: number;
}

/** Where kernels have code. */
const textBounds = [
  ['_stext', '_etext'],
  ['_sinittext', '_einittext'],
] as const;

/** CALL and JMP r/m64 by their second byte, with a 32-bit displacement: relative to RIP, and behind a SIB byte absolute. */
const relative: readonly number[] = [0x15, 0x25];
const withSib: readonly number[] = [0x14, 0x24];
const absoluteSib = 0x25;

/** How a call through a table that was not patched is shown. */
export function unpatched(code: Uint8Array): string | undefined {
  if (code[0] !== 0xff || !(relative.includes(code[1]!) || withSib.includes(code[1]!))) return undefined;
  return (code[1]! & 0x30) === 0x10 ? 'call *' : 'jmp *';
}

/** All calls and jumps of an image's code through a table. */
export function callSites(symbols: SymbolTable, { address, size }: TableLayout): CallSite[] {
  const { space } = symbols;
  const { view, data } = space.bytes;
  const names = symbols.findFew(textBounds.flat());
  const table = signed(address);
  const is64 = space.word === 8;
  const sites: CallSite[] = [];
  for (const [first, last] of textBounds) {
    const [start, end] = [names.get(first), names.get(last)];
    const from = start === undefined ? undefined : space.offsetOf(start);
    if (start === undefined || end === undefined || from === undefined) continue;
    const length = Math.min(Number(end - start), data.length - from - 8);
    for (let i = data.indexOf(0xff, from); i !== -1 && i < from + length; i = data.indexOf(0xff, i + 1)) {
      const second = data[i + 1]!;
      const isAbsolute = withSib.includes(second) && data[i + 2] === absoluteSib;
      if (!isAbsolute && !relative.includes(second)) continue;
      const bytes = isAbsolute ? 7 : 6;
      const at = start + BigInt(i - from);
      const displacement = view.getInt32(i + bytes - 4, true);
      const target = isAbsolute || !is64 ? displacement : signed(at) + bytes + displacement;
      const offset = (is64 ? target : target >>> 0) - (is64 ? table : Number(address));
      if (offset >= 0 && offset < size) sites.push({ address: at, size: bytes, offset });
    }
  }
  return sites;
}
