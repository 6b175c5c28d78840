import type { entryState } from '../../abi/boot-information.js';
import type { Struct } from '../../core/struct.js';
import { fieldSize } from '../../core/struct.js';

/**
 * Where a check finds its value: the processor at the entry, the entry's structure, the boot information made of it, what was
 * found while EFI boot services ran.
 */
type Source = 'state' | 'data' | 'boot' | 'probe';
/** How value and expectation are compared, the value masked before. */
type Comparison = 'equal' | 'different' | 'below' | 'at-least';

export const sources: Readonly<Record<Source, number>> = { state: 0, data: 1, boot: 2, probe: 3 };
export const comparisons: Readonly<Record<Comparison, number>> = {
  equal: 0,
  different: 1,
  below: 2,
  'at-least': 3,
};

/** A claim of an entry's ABI page about one value. */
export interface ValueCheck {
  readonly name: string;
  readonly source: Source;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly mask: bigint;
  readonly comparison: Comparison;
  readonly value: bigint;
}

/** A claim that takes more than a comparison: `routine` returns 1 when it holds, 0 when not, 2 when it does not apply. */
export interface RoutineCheck {
  readonly name: string;
  readonly routine: string;
}

export type Check = ValueCheck | RoutineCheck;

export interface Expectation {
  readonly mask?: number | bigint;
  readonly equal?: number | bigint;
  readonly different?: number | bigint;
  readonly below?: number | bigint;
  readonly atLeast?: number | bigint;
}

function valueCheck(
  source: Source,
  struct: Struct,
  field: string,
  name: string,
  how: Expectation,
): ValueCheck {
  const { offset, ...rest } = struct.fields[field]!;
  const size = fieldSize({ offset, ...rest });
  const [comparison, value] =
    how.equal !== undefined
      ? (['equal', how.equal] as const)
      : how.different !== undefined
        ? (['different', how.different] as const)
        : how.below !== undefined
          ? (['below', how.below] as const)
          : (['at-least', how.atLeast!] as const);
  return {
    name,
    source,
    offset,
    size,
    mask: how.mask === undefined ? 0xffffffffffffffffn : BigInt(how.mask),
    comparison,
    value: BigInt(value),
  };
}

/** Checks of one field each; the structure's table says where it is. */
export const checksOf =
  <F extends string>(source: Source, struct: Struct) =>
  (field: F, name: string, how: Expectation): ValueCheck =>
    valueCheck(source, struct, field, name, how);

export type StateField = keyof typeof entryState.fields;
