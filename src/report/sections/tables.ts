import { hex } from '../../core/errors.js';
import type { Image } from '../../image/image.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { linkerTables } from '../../image/tables/tables.js';
import type { TableReport } from '../inspection.js';

/** The linker tables of an image; none without symbols, which say where they are. */
export function tableReports(image: Image, symbols: SymbolTable | undefined): TableReport[] {
  if (!symbols) return [];
  return linkerTables(image, symbols).map(({ id, title, source, foundBy, start, end, entries }) => ({
    id,
    title,
    source,
    foundBy,
    start: hex(start),
    end: hex(end),
    count: entries.length,
    entries: entries.map(({ place, address, name, level, facts }) => ({
      place: hex(place),
      address: hex(address),
      name,
      level: level ?? null,
      facts: facts ?? {},
    })),
  }));
}
