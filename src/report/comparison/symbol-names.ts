import { lastingName } from '../../image/symbols/compiled-name.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';

const PADDING = '__pfx_';

/** The names of a table once each, in its order, as a person would compare them between two builds. */
export function symbolNames(table: SymbolTable): string[] {
  const names = new Set<string>();
  for (let index = 0; index < table.count; index++) {
    const name = table.name(index);
    if (!name.startsWith(PADDING)) names.add(lastingName(name));
  }
  names.delete('');
  return [...names];
}
