import type { Elf } from '../../image/container/elf.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { Decoder } from '../../machine/x86/decoder/decoder.js';
import type { FunctionTable } from '../function-table.js';
import type { FirstRunColumns } from '../recording.js';
import { Reach } from './reach.js';
import type { RecordedReach } from './row.js';

/** EM_X86_64. */
const x86_64 = 62;
const text = new Set(Array.from('tTwW', (letter) => letter.charCodeAt(0)));

/** Why nothing can be said of what an image's code leads to, in a sentence; null where it can. */
export function reachProblem(elf: Elf | undefined, symbols: SymbolTable | undefined): string | null {
  if (!symbols) return 'the image has no symbols';
  if (elf?.machine !== x86_64 || elf.class !== 64) return 'the kernel is not of x86-64';
  if (!elf.sections.some(({ name }) => name === '.text')) return 'the kernel has no section headers';
  return symbols.types.every((type) => text.has(type)) ? 'its symbols are of code alone' : null;
}

/** Of each kernel that was asked about, since one is booted through several entries. */
const known = new WeakMap<Elf, Reach>();

/** null where the kernel was not entered. */
export function recordedReach(
  decoder: Decoder,
  elf: Elf,
  symbols: SymbolTable,
  functions: FunctionTable,
  { function: rows }: FirstRunColumns,
): RecordedReach | null {
  const entry = rows.find((row) => functions.columns.size[row]! > 0);
  if (entry === undefined) return null;
  const reach = known.get(elf) ?? new Reach(decoder, elf, symbols, functions);
  known.set(elf, reach);
  return { entry, unreachable: reach.unreachable(entry) };
}
