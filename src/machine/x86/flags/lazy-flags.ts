import { FLAG } from '../../../abi/x86/flags.js';
import { here } from '../../engine/layout.js';
import { callNode, type I32, type I64, i32, i64 } from '../../wasm/code.js';
import type { ModuleBuilder } from '../../wasm/module.js';
import { state } from '../state.js';

/**
 * Values of `state.flagsKind`: what the last operation was. Its operands in flagsA and flagsB and its result in
 * flagsResult are all sign-extended from the operation size, so that the size need not be kept: unsigned order, the
 * sign bit and bit 4 survive sign extension.
 */
export const flagsKind = {
  /** CF, AF and OF are in flagsAux. */
  known: 0,
  /** flagsResult = flagsA + flagsB. */
  add: 1,
  /** flagsResult = flagsA - flagsB. */
  sub: 2,
  /** flagsResult = flagsA + 1, CF in flagsAux. */
  inc: 3,
  /** flagsResult = flagsA - 1, CF in flagsAux. */
  dec: 4,
} as const;

/** What an operation leaves behind. */
export interface LazyOperands {
  readonly a: I64;
  readonly b: I64;
  readonly result: I64;
  /** Of `inc` and `dec`: CF as it was. */
  readonly carry: I32;
}

/** flagsAux of an operation. */
export function auxOf(kind: number, { a, b, result, carry }: LazyOperands): I32 {
  const differ = i64.xor(a, result);
  const { add, sub, inc } = flagsKind;
  const cf = kind === add ? i64.lt_u(result, a) : kind === sub ? i64.lt_u(a, b) : carry;
  const other = kind === add || kind === sub ? b : i64.const(1);
  const overflow =
    kind === add
      ? i64.and(differ, i64.xor(b, result))
      : kind === sub
        ? i64.and(i64.xor(a, b), differ)
        : i64.and(differ, kind === inc ? result : a);
  const af = i64.xor(differ, other);
  return i32.or(
    i32.or(cf, i32.and(i32.wrap(af), i32.const(FLAG.AF))),
    i32.and(i32.wrap(i64.shr_u(overflow, i64.const(52))), i32.const(FLAG.OF)),
  );
}

const { known, ...lazy } = flagsKind;

/** Adds the function (kind, a, b, result, aux) → aux in which CF, AF and OF are as `kind` says. Its index. */
export function lazyAuxFunction(module: ModuleBuilder): number {
  const { index, body } = module.function({ params: ['i32', 'i64', 'i64', 'i64', 'i32'], result: 'i32' });
  const carry = body.param(4, 'i32');
  const operands = { a: body.param(1, 'i64'), b: body.param(2, 'i64'), result: body.param(3, 'i64'), carry };
  body.switch(
    body.param(0, 'i32'),
    [() => {}, ...Object.values(lazy).map((which) => () => body.return(auxOf(which, operands)))],
    () => {},
  );
  body.return(carry);
  body.unreachable();
  return index;
}

/** Adds the function that puts CF, AF and OF into flagsAux, whatever flagsKind is. Its index. */
export function lazyFlagsFunction(module: ModuleBuilder): number {
  const lazyAux = lazyAuxFunction(module);
  const { index, body } = module.function({ params: [] });
  const aux = callNode(
    'i32',
    lazyAux,
    i32.load(here, state.flagsKind),
    i64.load(here, state.flagsA),
    i64.load(here, state.flagsB),
    i64.load(here, state.flagsResult),
    i32.load(here, state.flagsAux),
  );
  body.storeI32(here, aux, state.flagsAux);
  body.storeI32(here, i32.const(known), state.flagsKind);
  return index;
}
