import { operationNames } from '../../abi/op-table.js';
import type { LinkedOperations } from '../../stub/link/op-sections.js';
import { hypervisorNames, type Operation } from '../../stub/ops/op-tables.js';
import { type Cell, cell, columns } from './columns.js';
import { type Page, section } from './page.js';
import { plural } from './quantity.js';

/** Name of the function at an address; undefined without symbols. */
export type NameFunction = (address: bigint) => string | undefined;

/** Which operation is whose: a row an operation, a column an op table. */
export function operationLines(
  { tables, natives, calls, address }: LinkedOperations,
  page: Page,
  nameOf: NameFunction = () => undefined,
): string[] {
  const { style, width } = page;
  const text = (code: bigint): string => nameOf(code) ?? `0x${code.toString(16)}`;
  const whose = (operation: Operation<bigint> | undefined): Cell => {
    if (operation?.kind === 'own') return cell(text(operation.function), style.strong);
    return operation?.kind === 'forbidden' ? cell('forbidden', style.bad) : cell('native', style.dim);
  };
  // A module neither calls operations nor knows what native is.
  const guest = address !== undefined;
  const head = ['operation', ...tables.map(({ name }) => name), ...(guest ? ['native is', 'calls'] : [])];
  const rows = operationNames.map((name) => [
    cell(name),
    ...tables.map(({ operations }) => whose(operations[name])),
    ...(guest ? [cell(text(natives[name] ?? 0n), style.dim), cell(String(calls.get(name) ?? 0))] : []),
  ]);
  const served = tables.map(({ name, hypervisors }) => `${name}: ${hypervisorNames(hypervisors)}`).join('; ');
  const remark = `${guest ? plural(tables.length, 'table') : 'a boot module'}, for hypervisors ${served}`;
  return section(
    page,
    'Operations',
    remark,
    columns([head.map((one) => cell(one, style.title)), ...rows], { width }),
  );
}
