import {
  type Bounds,
  boundsOf,
  facts,
  type LinkerTableEntry,
  nameAt,
  places,
  type TableContext,
  type TableReader,
} from './linker-table.js';

/** Kernel parameters declared by early_param() and __setup(): struct obs_kernel_param { str, setup_func, early }. */
export const bootParameters: TableReader = {
  id: 'setup',
  order: 10,
  title: 'Boot parameters',
  source: 'include/linux/init.h',
  read(context) {
    const bounds = boundsOf(context, '__setup_start', '__setup_end') ?? beforeInitcalls(context);
    if (!bounds) return undefined;
    const entries = Array.from(places(bounds, 3 * context.space.word), (place) => entryAt(context, place));
    return { ...bounds, entries: entries.filter((entry) => entry !== undefined) };
  },
};

function entryAt({ space, symbols }: TableContext, place: bigint): LinkerTableEntry | undefined {
  const word = BigInt(space.word);
  const string = space.pointer(place);
  const address = space.pointer(place + word);
  const early = space.i32(place + 2n * word);
  const parameter = string ? space.text(string) : undefined;
  if (!parameter || !address || (early !== 0 && early !== 1)) return undefined;
  return {
    place,
    address,
    name: nameAt(symbols, address),
    facts: facts({ parameter, early: early === 1 ? 'yes' : undefined }),
  };
}

/** The linker script puts them right before the initcalls: whatever can be one, backwards from there. */
function beforeInitcalls(context: TableContext): Bounds | undefined {
  const end = context.initcallArea()?.start;
  if (end === undefined) return undefined;
  const size = 3n * BigInt(context.space.word);
  const isEntry = (place: bigint): boolean => {
    const entry = entryAt(context, place);
    return entry !== undefined && context.symbols.exactly(entry.address, 'tTwW') !== undefined;
  };
  // The initcalls may stand at a higher multiple of 4 than the last entry ends.
  let last = end;
  while (end - last < size && !isEntry(last - size)) last -= 4n;
  let start = last;
  while (isEntry(start - size)) start -= size;
  return start < last ? { start, end: last, foundBy: 'their form, before the initcalls' } : undefined;
}
