import { declare } from './spelling.js';
import type { TypeTable } from './table.js';

/** A variable that a DATASEC lists, e.g. of `.data..percpu`. */
export interface SectionVariable {
  readonly name: string;
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly size: number;
  readonly type: string;
  readonly typeId: number;
}

/** The variables of the DATASEC `id`, which must be one. */
export function sectionVariables(table: TypeTable, id: number): SectionVariable[] {
  const { words } = table;
  const count = table.elements(id);
  const all: SectionVariable[] = [];
  for (let i = 0, at = table.data(id); i < count; i++, at += 3) {
    const variable = words[at]!;
    const typeId = table.target(variable);
    all.push({
      name: table.name(variable),
      offset: words[at + 1]!,
      size: words[at + 2]!,
      type: declare(table, typeId),
      typeId,
    });
  }
  return all;
}
