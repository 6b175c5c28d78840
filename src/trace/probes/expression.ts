/** A symbol, and what of it: a field by the image's types. */
export interface PlaceExpression {
  readonly kind: 'place';
  readonly symbol: string;
  /** Of the processor that boots. */
  readonly perCpu: boolean;
  /** Of the symbol, where it is said. */
  readonly type?: string;
  /** As C has it, without the first dot: `hdr.version`, `e820_table[3].addr`; '' is the symbol itself. */
  readonly path: string;
}

/** Binary operators by how tightly they bind, the loosest first. Bits bind tighter than comparisons, which C has the other way round. */
export const operators = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
] as const;
export type Operator = (typeof operators)[number][number];

/** Bytes that are read from an address. */
export const reads = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

export type Expression = { readonly text: string } & (
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'register'; readonly name: string }
  | PlaceExpression
  | { readonly kind: 'address'; readonly of: PlaceExpression }
  | { readonly kind: 'read'; readonly bytes: number; readonly from: Expression }
  | { readonly kind: 'zero'; readonly from: Expression; readonly to: Expression }
  | { readonly kind: 'not' | 'negate' | 'invert'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly a: Expression; readonly b: Expression }
);

/** An expression that cannot be read; `at`: character in it, from 0. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly at: number,
    readonly hint?: string,
  ) {
    super(message);
  }
}
