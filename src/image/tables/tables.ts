import { orderedTable } from '../../core/ordered-table.js';
import { type Image, layers } from '../image.js';
import type { SymbolTable } from '../symbols/symbol-table.js';
import { isXen } from '../symbols/xen.js';
import { apicDrivers } from './apic-drivers.js';
import { bootParameters } from './boot-parameters.js';
import { hypervisors } from './hypervisors.js';
import { findInitcallArea, type InitcallArea } from './initcall-area.js';
import { consoleInitcalls, initcalls } from './initcalls.js';
import { iommuTable } from './iommu-table.js';
import type { LinkerTable, TableContext, TableReader } from './linker-table.js';
import { moduleParameters } from './module-parameters.js';
import { x86CpuDev } from './x86-cpu-dev.js';

/** Every kind of table there is a reader for, in the order in which a kernel comes to them. */
const tableReaders: readonly TableReader[] = orderedTable('linker tables', [
  bootParameters,
  moduleParameters,
  x86CpuDev,
  hypervisors,
  apicDrivers,
  iommuTable,
  consoleInitcalls,
  initcalls,
]);

/** The tables that a Linux kernel's own linker script bounds, with the names of what they refer to. */
export function linkerTables(image: Image, symbols: SymbolTable): LinkerTable[] {
  // Xen's linker script uses the same names for tables of another shape.
  if (isXen(symbols)) return [];
  const layer = layers(image).at(-1)!;
  let area: { found: InitcallArea | undefined } | undefined;
  const context: TableContext = {
    symbols,
    space: symbols.space,
    elf: layer.formats.elf,
    initcallArea: () => {
      area ??= { found: findInitcallArea(symbols, symbols.space) };
      return area.found;
    },
  };
  return tableReaders.flatMap((reader) => {
    const table = reader.read(context);
    return table ? [{ id: reader.id, title: reader.title, source: reader.source, ...table }] : [];
  });
}
