import { type Body, type I32, type I64, i32, i64, type Local } from '../../wasm/code.js';
import { Flags, signExtend } from '../flags.js';
import type { Size } from '../instruction.js';
import { auxOf, flagsKind } from '../lazy-flags.js';
import { state } from '../state.js';
import { Untranslatable } from './untranslatable.js';

const nowhere = i32.const(0);

/** Where the arithmetic flags are at a point of a region, as far as is known when it is translated. */
type Place =
  /** In memory, in any form that `state.flagsKind` allows. */
  | 'memory'
  /** In memory, and flagsKind is 0. */
  | 'known memory'
  /** Result and aux in locals. */
  | 'known'
  /** Result in a local, aux is 0. */
  | 'logic'
  | 'add'
  | 'sub'
  | 'inc'
  | 'dec';

/**
 * Flags of translated code: an operation leaves its operands in locals, and the flags are worked out where something reads
 * them. What leaves the region puts them into memory first, in the same deferred form.
 */
export class DeferredFlags extends Flags {
  #place: Place = 'memory';
  /** Depth at which code runs whenever its instruction does. */
  baseDepth = 0;
  readonly #result: Local<'i64'>;
  readonly #a: Local<'i64'>;
  readonly #b: Local<'i64'>;
  readonly #aux: Local<'i32'>;

  constructor(
    body: Body,
    /** The function made by `lazyFlagsFunction`. */
    readonly knowFlags: number,
  ) {
    super(body);
    this.#result = body.local('i64');
    this.#a = body.local('i64');
    this.#b = body.local('i64');
    this.#aux = body.local('i32');
  }

  get place(): Place {
    return this.#place;
  }

  /** Sets where the flags are: at the start of a block, or back to an earlier point. */
  assume(place: Place): void {
    this.#place = place;
  }

  /** Puts the flags into memory without forgetting where they are. */
  spill(): void {
    const { body } = this;
    const place = this.#place;
    if (place === 'memory' || place === 'known memory') return;
    body.store64(nowhere, this.#result, state.flagsResult);
    if (place === 'known') body.storeI32(nowhere, this.#aux, state.flagsAux);
    else if (place === 'logic') body.storeI32(nowhere, i32.const(0), state.flagsAux);
    else {
      body.store64(nowhere, this.#a, state.flagsA);
      if (place === 'add' || place === 'sub') body.store64(nowhere, this.#b, state.flagsB);
      else body.storeI32(nowhere, this.#aux, state.flagsAux);
    }
    const kind = place === 'known' || place === 'logic' ? flagsKind.known : flagsKind[place];
    body.storeI32(nowhere, i32.const(kind), state.flagsKind);
  }

  /** Puts the flags into memory, where they are from now on. */
  toMemory(): void {
    this.spill();
    if (this.#place !== 'known memory') this.#place = 'memory';
  }

  /** Is this code that may not run although its instruction does? */
  get #conditional(): boolean {
    return this.body.depth > this.baseDepth;
  }

  #know(): void {
    if (this.#place !== 'memory') return;
    const { body } = this;
    body.if(i32.load(nowhere, state.flagsKind), () => body.call(this.knowFlags));
    if (!this.#conditional) this.#place = 'known memory';
  }

  protected override result(): I64 {
    return this.#inMemory ? super.result() : this.#result;
  }

  get #inMemory(): boolean {
    return this.#place === 'memory' || this.#place === 'known memory';
  }

  protected override aux(): I32 {
    if (this.#inMemory) {
      this.#know();
      return super.aux();
    }
    if (this.#place === 'known') return this.#aux;
    if (this.#place === 'logic') return i32.const(0);
    return auxOf(flagsKind[this.#place as 'add'], {
      a: this.#a,
      b: this.#b,
      result: this.#result,
      carry: this.#aux,
    });
  }

  protected override put(result: I64, aux: I32): void {
    const { body } = this;
    if (this.#conditional) {
      if (!this.#inMemory) throw new Untranslatable('flags set on one path');
      super.put(result, aux);
      body.storeI32(nowhere, i32.const(flagsKind.known), state.flagsKind);
      return;
    }
    if (aux.value === 0) {
      body.set(this.#result, result);
      this.#place = 'logic';
      return;
    }
    // Both may be made from what is in the locals now.
    const pinned = body.let(aux);
    body.set(this.#result, result);
    body.set(this.#aux, pinned);
    this.#place = 'known';
  }

  protected override putAux(aux: I32): void {
    const { body } = this;
    if (this.#inMemory) {
      // What it was made from is known, since it keeps part of it.
      super.putAux(aux);
      return;
    }
    if (this.#conditional) throw new Untranslatable('flags set on one path');
    body.set(this.#aux, aux);
    this.#place = 'known';
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
    if (this.#inMemory || this.#place === 'known') return super.sf();
    return i64.lt_s(this.#result, i64.const(0));
  }

  override pf(): I32 {
    if (this.#inMemory || this.#place === 'known') return super.pf();
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
