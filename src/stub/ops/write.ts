import {
  OP_DIRECTORY_MAGIC,
  OP_TABLE_MAGIC,
  OP_TABLE_VERSION,
  type OperationName,
  opDirectory,
  opDirectoryFlag,
  operationNames,
  operationNumber,
  opKind,
  opTable,
} from '../../abi/op-table.js';
import type { Struct } from '../../core/struct.js';
import type { Assembler } from '../assembler/assembler.js';
import { type Label, label, qword } from '../assembler/operands.js';
import { type Natives, type OpTable, opTableProblems } from './op-tables.js';

/** Calls of operations in a guest written with the assembler. */
export class OperationCalls {
  readonly #sites: { readonly place: Label; readonly operation: OperationName }[] = [];

  /** A call of an operation, through its slot until `install_operations` makes it direct. */
  write(a: Assembler, operation: OperationName): void {
    const place = a.local('operation_call');
    this.#sites.push({ place, operation });
    a.at(place);
    a.code.call(qword(label('operation_slots', operationNumber[operation] * 8)));
  }

  get sites(): readonly { readonly place: Label; readonly operation: OperationName }[] {
    return this.#sites;
  }
}

/**
 * Label `op_directory`: op tables and call sites of a guest written with the assembler, for `install_operations`; all of it must be
 * writable. Throws with the problems of the tables.
 */
export function writeOpTables(
  a: Assembler,
  tables: readonly OpTable<Label>[],
  natives: Natives<Label>,
  { sites }: OperationCalls,
): void {
  const problems = opTableProblems(tables, natives);
  if (problems.length > 0) throw new Error(`op tables: ${problems.join('; ')}`);
  a.align(8);
  a.label('op_directory');
  fields(a, opDirectory, {
    magic: OP_DIRECTORY_MAGIC,
    version: OP_TABLE_VERSION,
    flags: opDirectoryFlag.linked,
    count: operationNames.length,
    self: label('op_directory'),
    tables: label('op_tables'),
    calls: label('op_calls'),
    table_count: tables.length,
    call_count: sites.length,
    slots: label('operation_slots'),
    natives: label('op_natives'),
  });
  a.label('op_tables');
  const names = tables.map(() => a.local('op_table_name'));
  tables.forEach(({ hypervisors, operations }, index) => {
    const self = a.local('op_table');
    a.at(self);
    fields(a, opTable, {
      magic: OP_TABLE_MAGIC,
      version: OP_TABLE_VERSION,
      hypervisors,
      count: operationNames.length,
      self,
      name: names[index]!,
    });
    for (const name of operationNames) {
      const operation = operations[name]!;
      a.u64(operation.kind === 'own' ? operation.function : 0);
      a.u32(opKind[operation.kind]);
      a.u32(0);
    }
  });
  a.label('op_calls');
  for (const { place, operation } of sites) {
    a.u64(place);
    a.u32(operationNumber[operation]);
    a.u32(0);
  }
  a.label('op_natives');
  for (const name of operationNames) a.u64(natives[name] ?? 0);
  a.label('operation_slots');
  for (const name of operationNames) a.u64(natives[name] ?? 0);
  names.forEach((place, index) => {
    a.at(place);
    a.text(tables[index]!.name);
  });
}

/** The number fields of a structure, in their order; those that are not given are 0. */
function fields(
  a: Assembler,
  { fields: layout }: Pick<Struct, 'fields'>,
  values: Readonly<Record<string, number | Label>>,
): void {
  for (const [name, { type }] of Object.entries(layout)) {
    const value = values[name] ?? 0;
    if (type === 'u64') a.u64(value);
    else if (type === 'u32') a.u32(value);
  }
}
