import type { SymbolTable } from '../../image/symbols/symbol-table.js';

/** What compilers and linkers make of a function's name, and a build of its own makes otherwise. */
const SUFFIX = /\.(?:isra|constprop|part|cold|llvm|lto_priv|localalias|\d+)(?:\.|$).*/;
const PADDING = '__pfx_';

/** The names of a table once each, in its order, as a person would compare them between two builds. */
export function symbolNames(table: SymbolTable): string[] {
  const names = new Set<string>();
  for (let index = 0; index < table.count; index++) {
    const name = table.name(index);
    if (!name.startsWith(PADDING)) names.add(name.replace(SUFFIX, ''));
  }
  names.delete('');
  return [...names];
}
