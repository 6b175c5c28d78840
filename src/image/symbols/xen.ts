import type { SymbolTable } from './symbol-table.js';

/** Whether symbols are those of the hypervisor Xen: it has arrays and tables like Linux, of other shapes. */
export function isXen(symbols: SymbolTable): boolean {
  return symbols.find('__start_xen') !== undefined;
}
