import type { AddressSpace } from '../symbols/address-space.js';
import type { SymbolTable } from '../symbols/symbol-table.js';
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

/** The kernel's own order; the names are those of init/main.c and include/linux/init.h. */
const initcallLevels: Readonly<Record<string, string>> = {
  early: 'before the other processors are started',
  0: 'pure',
  1: 'core',
  2: 'postcore',
  3: 'arch',
  4: 'subsys',
  5: 'fs',
  rootfs: 'rootfs',
  6: 'device',
  7: 'late',
};

/** Functions called by do_pre_smp_initcalls() and do_initcalls(), in order. */
export const initcalls: TableReader = {
  id: 'initcall',
  order: 70,
  title: 'Initcalls',
  source: 'include/linux/init.h',
  read(context) {
    const bounds = boundsOf(context, '__initcall_start', '__initcall_end');
    if (bounds) {
      const levels = levelsBySymbol(context.symbols);
      return { ...bounds, entries: initcallEntries(context, bounds, levels) };
    }
    const area = context.initcallArea();
    if (!area) return undefined;
    const levels = [{ level: 'early', start: area.start }];
    area.levels.slice(0, -1).forEach((start, level) => {
      levels.push({ level: String(level), start });
    });
    const found = { start: area.start, end: area.levels.at(-1)!, foundBy: 'its form and initcall_levels[]' };
    return { ...found, entries: initcallEntries(context, found, levels) };
  },
};

/** Functions called by console_init(), in order. */
export const consoleInitcalls: TableReader = {
  id: 'con_initcall',
  order: 60,
  title: 'Console initcalls',
  source: 'include/linux/init.h',
  read(context) {
    const bounds = boundsOf(context, '__con_initcall_start', '__con_initcall_end') ?? consoleArea(context);
    return bounds && { ...bounds, entries: initcallEntries(context, bounds, []) };
  },
};

function consoleArea(context: TableContext): Bounds | undefined {
  const area = context.initcallArea();
  return area && { start: area.levels.at(-1)!, end: area.consoleEnd, foundBy: 'its form' };
}

interface Level {
  readonly level: string;
  readonly start: bigint;
}

function levelsBySymbol(symbols: SymbolTable): Level[] {
  const levels: Level[] = [];
  for (const level of Object.keys(initcallLevels)) {
    const start = symbols.find(level === 'early' ? '__initcall_start' : `__initcall${level}_start`);
    if (start !== undefined) levels.push({ level, start });
  }
  return levels.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
}

function initcallEntries(
  context: TableContext,
  bounds: Bounds,
  levels: readonly Level[],
): LinkerTableEntry[] {
  const { space, symbols } = context;
  const read = entryForm(space, symbols, bounds);
  const entries: LinkerTableEntry[] = [];
  for (const place of places(bounds, read.size)) {
    const address = read.target(place);
    if (address === undefined) break;
    const own = ownLabel(symbols, place);
    const level = own?.id ?? levelOf(levels, place);
    entries.push({
      place,
      address,
      name: nameAt(symbols, address),
      ...(level !== undefined && level !== 'con' && { level }),
      ...(own?.module && { facts: facts({ module: own.module, line: own.line }) }),
    });
  }
  return entries;
}

function levelOf(levels: readonly Level[], place: bigint): string | undefined {
  let found: string | undefined;
  for (const { level, start } of levels) if (start <= place) found = level;
  return found;
}

/**
 * Entries are place-relative words where the architecture has CONFIG_HAVE_ARCH_PREL32_RELOCATIONS (x86, arm64 and
 * others since 4.19), pointers elsewhere: whichever reading hits functions.
 */
function entryForm(
  space: AddressSpace,
  symbols: SymbolTable,
  bounds: Bounds,
): { size: number; target(place: bigint): bigint | undefined } {
  const forms = [
    { size: 4, target: (place: bigint) => space.placeRelative(place) },
    { size: space.word, target: (place: bigint) => space.pointer(place) },
  ];
  const hits = forms.map(({ size, target }) => {
    let count = 0;
    for (const place of places(bounds, size)) {
      const address = target(place);
      if (address !== undefined && symbols.exactly(address, 'tTwW')) count += size;
    }
    return count;
  });
  return forms[hits[1]! > hits[0]! ? 1 : 0]!;
}

interface Label {
  readonly id: string;
  readonly module?: string;
  readonly line?: string;
}

/**
 * Each entry has a label of its own: `__initcall_` function id in 5.10, later
 * `__initcall__kmod_` file `__` counter `_` line `_` function id. The id ends in `s` for the sync half of a level.
 */
function ownLabel(symbols: SymbolTable, place: bigint): Label | undefined {
  for (const { name } of symbols.allAt(place)) {
    const id = /^__initcall_.*?(early|rootfs|con|[0-7]s?)$/.exec(name)?.[1];
    if (!id) continue;
    const kmod = /^__initcall__kmod_(?<module>.+?)__\d+_(?<line>\d+)_/.exec(name)?.groups;
    return { id, module: kmod?.module, line: kmod?.line };
  }
  return undefined;
}
