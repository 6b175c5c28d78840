import type { AddressSpace } from '../symbols/address-space.js';
import type { SymbolTable } from '../symbols/symbol-table.js';

/** The initcalls of a kernel without symbols for its data, found by their form. */
export interface InitcallArea {
  /** Start of the early initcalls. */
  readonly start: bigint;
  /** Start of the levels 0 to 7, and the end: the kernel's own array initcall_levels[]. */
  readonly levels: readonly bigint[];
  /** End of the console initcalls, which follow. */
  readonly consoleEnd: bigint;
}

const LEVELS = 9;
/** The smallest kernels have some hundred initcalls. */
const minEntries = 64;

/**
 * Finds the initcalls as the longest run of place-relative words of which each refers to the first byte of a
 * function, and most to one in .init.text. The start of each level is in initcall_levels[] (init/main.c): nine
 * ascending pointers into that run, one after the other.
 */
export function findInitcallArea(symbols: SymbolTable, space: AddressSpace): InitcallArea | undefined {
  const run = longestRun(symbols, space);
  if (!run) return undefined;
  const levels = findLevels(space, run.start, run.end);
  return levels && { start: run.start, levels, consoleEnd: run.end };
}

function longestRun(symbols: SymbolTable, space: AddressSpace): { start: bigint; end: bigint } | undefined {
  const initStart = symbols.find('_sinittext');
  const initEnd = symbols.find('_einittext');
  // .init.data is loaded with .init.text.
  const range = initStart === undefined ? undefined : space.rangeOf(initStart);
  if (!range || initStart === undefined || initEnd === undefined) return undefined;

  // Distances from the start of the range as numbers: this loop looks at every word of it.
  const { view } = space.bytes;
  const low = Number(initStart - range.start);
  const high = Number(initEnd - range.start);
  const begins = functionOffsets(symbols, range.start);
  const last = range.fileSize - 4;
  let best = { first: 0, end: 0 };
  let first = -1;
  let inInit = 0;
  for (let at = 0; at <= last + 4; at += 4) {
    const target = at <= last ? at + view.getInt32(range.offset + at, true) : Number.NaN;
    // Most words fail the cheap comparison; functions outside .init.text are rare, but allowed in a run.
    const isInit = target >= low && target < high;
    if ((isInit || first !== -1) && begins.has(target)) {
      if (first === -1) first = at;
      if (isInit) inInit++;
      continue;
    }
    if (first === -1) continue;
    if (2 * inInit > (at - first) / 4 && at - first > best.end - best.first) best = { first, end: at };
    first = -1;
    inInit = 0;
  }
  if ((best.end - best.first) / 4 < minEntries) return undefined;
  return { start: range.start + BigInt(best.first), end: range.start + BigInt(best.end) };
}

/** Distance of every function from `start`. */
function functionOffsets(symbols: SymbolTable, start: bigint): ReadonlySet<number> {
  const begins = new Set<number>();
  for (let i = 0; i < symbols.count; i++) {
    if ('tTwW'.includes(symbols.type(i))) begins.add(Number(symbols.addresses[i]! - start));
  }
  return begins;
}

function findLevels(space: AddressSpace, start: bigint, end: bigint): bigint[] | undefined {
  const isBound = (value: bigint): boolean => value >= start && value <= end && (value - start) % 4n === 0n;
  let levels: bigint[] = [];
  let next = 0n;
  for (const { place, value } of space.pointersInto(start, end)) {
    const follows = place === next && levels.length > 0 && value >= levels.at(-1)!;
    levels = follows ? [...levels.slice(1 - LEVELS), value] : [value];
    next = place + BigInt(space.word);
    if (levels.length === LEVELS && levels.every(isBound)) return levels;
  }
  return undefined;
}
