import { here } from '../../engine/layout.js';
import { Untranslatable } from '../../engine/translator/untranslatable.js';
import { type Body, callNode, type I32, type I64, i32, i64, type Local } from '../../wasm/code.js';
import type { Size } from '../operands.js';
import { state } from '../state.js';
import { Flags, signExtend } from './flags.js';
import { auxOf, flagsKind } from './lazy-flags.js';

/** What is known about the arithmetic flags at a point of a region when it is translated. */
type Place =
  /** Nothing: the kind is in its local. */
  | 'any'
  /** Result and aux say all. */
  | 'known'
  /** The same, and aux is 0. */
  | 'logic'
  | 'add'
  | 'sub'
  | 'inc'
  | 'dec';

/**
 * Flags of translated code: an operation leaves its operands in locals, and the flags are worked out where something reads
 * them. What leaves the region puts them into memory in the same deferred form.
 */
export class DeferredFlags extends Flags {
  #place: Place = 'any';
  /** Depth at which code runs whenever its instruction does. */
  baseDepth = 0;
  /** As `state` has them. */
  readonly #kind: Local<'i32'>;
  readonly #result: Local<'i64'>;
  readonly #a: Local<'i64'>;
  readonly #b: Local<'i64'>;
  readonly #aux: Local<'i32'>;

  constructor(
    body: Body,
    /** The function made by `lazyAuxFunction`. */
    readonly lazyAux: number,
  ) {
    super(body);
    this.#kind = body.permanent('i32');
    this.#result = body.permanent('i64');
    this.#a = body.permanent('i64');
    this.#b = body.permanent('i64');
    this.#aux = body.permanent('i32');
  }

  get place(): Place {
    return this.#place;
  }

  /** Sets what is known: at the start of a block, or back at an earlier point. */
  assume(place: Place): void {
    this.#place = place;
  }

  /** Takes the flags from memory. */
  readState(): void {
    const { body } = this;
    body.set(this.#kind, i32.load(here, state.flagsKind));
    body.set(this.#result, i64.load(here, state.flagsResult));
    body.set(this.#a, i64.load(here, state.flagsA));
    body.set(this.#b, i64.load(here, state.flagsB));
    body.set(this.#aux, i32.load(here, state.flagsAux));
    this.#place = 'any';
  }

  /** Puts them there, whatever is known of them. */
  writeState(): void {
    const { body } = this;
    this.settle();
    body.storeI32(here, this.#kind, state.flagsKind);
    body.store64(here, this.#result, state.flagsResult);
    body.store64(here, this.#a, state.flagsA);
    body.store64(here, this.#b, state.flagsB);
    body.storeI32(here, this.#aux, state.flagsAux);
  }

  /** Makes the locals say it all, for where less is known of them. */
  settle(): void {
    const { body } = this;
    const place = this.#place;
    if (place === 'any') return;
    if (place === 'logic') body.set(this.#aux, i32.const(0));
    body.set(this.#kind, i32.const(place === 'logic' ? flagsKind.known : flagsKind[place]));
    this.#place = 'any';
  }

  /** Is this code that may not run although its instruction does? */
  get #conditional(): boolean {
    return this.body.depth > this.baseDepth;
  }

  protected override result(): I64 {
    return this.#result;
  }

  protected override aux(): I32 {
    if (this.#place === 'any') this.#know();
    if (this.#place === 'any' || this.#place === 'known') return this.#aux;
    if (this.#place === 'logic') return i32.const(0);
    return auxOf(flagsKind[this.#place], {
      a: this.#a,
      b: this.#b,
      result: this.#result,
      carry: this.#aux,
    });
  }

  /** Works aux out. */
  #know(): void {
    const { body } = this;
    body.if(this.#kind, () => {
      const operands = [this.#kind, this.#a, this.#b, this.#result, this.#aux];
      body.set(this.#aux, callNode('i32', this.lazyAux, ...operands));
      body.set(this.#kind, i32.const(flagsKind.known));
    });
    if (!this.#conditional) this.#place = 'known';
  }

  /** What is set on one of two ways must not be known on either. */
  #setConditionally(): void {
    if (this.#place !== 'any') throw new Untranslatable('flags set on one path');
    this.body.set(this.#kind, i32.const(flagsKind.known));
  }

  protected override put(result: I64, aux: I32): void {
    const { body } = this;
    if (!this.#conditional && aux.value === 0) {
      body.set(this.#result, result);
      this.#place = 'logic';
      return;
    }
    // Both may be made from what is in the locals now.
    const pinned = body.let(aux);
    body.set(this.#result, result);
    body.set(this.#aux, pinned);
    if (this.#conditional) this.#setConditionally();
    else this.#place = 'known';
  }

  protected override putAux(aux: I32): void {
    this.body.set(this.#aux, aux);
    if (this.#conditional) this.#setConditionally();
    else this.#place = 'known';
  }

  override add(a: I64, b: I64, result: I64, size: Size, withCarry = false): void {
    if (withCarry || this.#conditional) super.add(a, b, result, size, withCarry);
    else this.#defer('add', a, b, result, size);
  }

  override sub(a: I64, b: I64, result: I64, size: Size, withBorrow = false): void {
    if (withBorrow || this.#conditional) super.sub(a, b, result, size, withBorrow);
    else this.#defer('sub', a, b, result, size);
  }

  override step(a: I64, result: I64, size: Size, up: boolean): void {
    if (this.#conditional) {
      super.step(a, result, size, up);
      return;
    }
    const { body } = this;
    body.set(this.#aux, this.cf());
    body.set(this.#a, signExtend(a, size));
    body.set(this.#result, signExtend(result, size));
    this.#place = up ? 'inc' : 'dec';
  }

  #defer(place: 'add' | 'sub', a: I64, b: I64, result: I64, size: Size): void {
    const { body } = this;
    body.set(this.#a, signExtend(a, size));
    body.set(this.#b, signExtend(b, size));
    body.set(this.#result, signExtend(result, size));
    this.#place = place;
  }

  override cf(): I32 {
    switch (this.#place) {
      case 'add':
        return i64.lt_u(this.#result, this.#a);
      case 'sub':
        return i64.lt_u(this.#a, this.#b);
      case 'inc':
      case 'dec':
        return this.#aux;
      default:
        return super.cf();
    }
  }

  override sf(): I32 {
    if (this.#place === 'any' || this.#place === 'known') return super.sf();
    return i64.lt_s(this.#result, i64.const(0));
  }

  override pf(): I32 {
    if (this.#place === 'any' || this.#place === 'known') return super.pf();
    const low = i32.and(i32.wrap(this.#result), i32.const(0xff));
    return i32.eqz(i32.and(i32.popcnt(low), i32.const(1)));
  }

  override condition(cc: number): I32 {
    const direct = this.#direct(cc >> 1);
    if (direct) return cc & 1 ? i32.eqz(direct) : direct;
    return super.condition(cc);
  }

  /** Conditions that are one comparison. */
  #direct(base: number): I32 | undefined {
    const [below, belowOrEqual, less, lessOrEqual] = [1, 3, 6, 7];
    if (this.#place === 'sub') {
      if (base === below) return i64.lt_u(this.#a, this.#b);
      if (base === belowOrEqual) return i64.le_u(this.#a, this.#b);
      if (base === less) return i64.lt_s(this.#a, this.#b);
      if (base === lessOrEqual) return i64.le_s(this.#a, this.#b);
    }
    if (this.#place === 'logic') {
      if (base === belowOrEqual) return this.zf();
      if (base === less) return this.sf();
      if (base === lessOrEqual) return i64.le_s(this.#result, i64.const(0));
    }
    return undefined;
  }
}

export type { Place as FlagsPlace };
