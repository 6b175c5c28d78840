import { hypervisorType } from '../../abi/boot-information.js';
import { type OperationName, operationNames } from '../../abi/op-table.js';
import { describeMask, maskOf } from '../../core/applicability.js';

/** Whose an operation is; `C` is how functions are named: a label, or an address in an image. */
export type Operation<C> =
  | { readonly kind: 'native' }
  /** Calling it traps. */
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'own'; readonly function: C };

export const native: Operation<never> = { kind: 'native' };
export const forbidden: Operation<never> = { kind: 'forbidden' };
export const own = <C>(code: C): Operation<C> => ({ kind: 'own', function: code });

/** What a guest does differently on some types of hypervisor. */
export interface OpTable<C> {
  readonly name: string;
  /** Mask of hypervisor types. */
  readonly hypervisors: number;
  /** One that is not here is missing, which is an error. */
  readonly operations: Readonly<Partial<Record<OperationName, Operation<C>>>>;
}

/** The functions that do what a table calls native. */
export type Natives<C> = Readonly<Partial<Record<OperationName, C>>>;

export type HypervisorName = keyof typeof hypervisorType;
const axis = { name: 'hypervisor', values: hypervisorType };

/** Mask of hypervisor types by name. */
export const hypervisors = (names: readonly HypervisorName[] | 'all'): number => maskOf(axis, names);

/** Names of the hypervisor types in a mask. */
export const hypervisorNames = (mask: number): string => describeMask(axis, mask);

/** Everything that is wrong with a guest's op tables. */
export function opTableProblems<C>(tables: readonly OpTable<C>[], natives: Natives<C>): string[] {
  if (tables.length === 0) return ['no op table is declared'];
  return [
    ...tables.flatMap((table) => missingOperations(table)),
    ...tables.flatMap(({ name, operations }) =>
      operationNames
        .filter((one) => operations[one]?.kind === 'native' && natives[one] === undefined)
        .map((one) => `op table '${name}': ${one} is native, but no table says which function that is`),
    ),
    ...tables.flatMap((one, index) =>
      tables.slice(index + 1).flatMap((other) => {
        const both = (one.hypervisors & other.hypervisors) >>> 0;
        return [
          ...(both
            ? [`hypervisor ${hypervisorNames(both)} has two op tables: '${one.name}' and '${other.name}'`]
            : []),
          ...(one.name === other.name ? [`two op tables are called '${one.name}'`] : []),
        ];
      }),
    ),
  ];
}

/** What a table does not say, and whom it does not serve. */
export function missingOperations<C>({ name, hypervisors: mask, operations }: OpTable<C>): string[] {
  const missing = operationNames.filter((one) => operations[one] === undefined);
  return [
    ...(missing.length > 0 ? [`op table '${name}' says nothing about ${missing.join(', ')}`] : []),
    ...(mask === 0 ? [`op table '${name}' is for no hypervisor`] : []),
  ];
}
