import { hex } from '../../core/errors.js';
import type { Btf } from '../../image/btf/btf.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { hypervisorTable, opTables, typeVariables } from './op-tables.js';

/** A member of a table, or a variable. */
export interface Member {
  readonly name: string;
  /** From the table's start. */
  readonly offset: number;
  readonly size: number;
  readonly isPointer: boolean;
  /** Names of its values. */
  readonly names?: ReadonlyMap<number, string>;
}

/** A table as it lies in a kernel. */
export interface TableLayout {
  readonly table: string;
  /** Link-time address. */
  readonly address: bigint;
  readonly size: number;
  readonly members: readonly Member[];
}

/** The tables of a kernel, laid out by its own types. */
export function tableLayouts(btf: Btf, symbols: SymbolTable): TableLayout[] {
  const names = [...opTables.map(({ symbol }) => symbol), ...typeVariables.map(({ symbol }) => symbol)];
  const addresses = symbols.findFew(names);
  const tables = opTables.flatMap(({ symbol, struct }) => {
    const address = addresses.get(symbol);
    const layout = btf.layout(`struct ${struct}`, { flatten: true });
    if (address === undefined || !layout) return [];
    const members = layout.fields
      .filter(({ size, bitSize }) => size > 0 && size <= btf.pointerSize && bitSize === undefined)
      .map(({ name, offset, size, type }) => ({
        // struct paravirt_callee_save holds nothing else.
        name: name.replace(/\.func$/, ''),
        offset,
        size,
        isPointer: size === btf.pointerSize && type.includes('*'),
      }));
    return [{ table: symbol, address, size: layout.size, members }];
  });
  const types = typeVariables.flatMap(({ symbol, enumeration }) => {
    const address = addresses.get(symbol);
    const values = btf.enumerators(enumeration);
    if (address === undefined || !values) return [];
    const named = new Map(values.map(({ name, value }) => [Number(value), name]));
    const member = { name: symbol, offset: 0, size: 4, isPointer: false, names: named };
    return [{ table: hypervisorTable, address, size: 4, members: [member] }];
  });
  return [...tables, ...types];
}

/** Shown where a value has no name. */
export function numberText(value: bigint): string {
  return value < 10n ? `${value}` : hex(value);
}
