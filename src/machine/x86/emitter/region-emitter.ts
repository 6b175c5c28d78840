import { loadSized, storeSized } from '../../engine/access.js';
import type { Ending, RegionFrame } from '../../engine/architecture.js';
import { attention, here, tlb } from '../../engine/layout.js';
import { link, record } from '../../engine/record.js';
import { Untranslatable } from '../../engine/translator/untranslatable.js';
import { type I32, type I64, i32, i64, type Local, type V128, v128 } from '../../wasm/code.js';
import type { X86Frame } from '../border.js';
import type { Flags } from '../flags/flags.js';
import type { HandlerSource } from '../handlers.js';
import type { Size } from '../operands.js';
import { segment, segmentIndex, segmentOffset, state } from '../state.js';
import { Emitter, plus } from './emitter.js';
import type { Registers } from './registers.js';

const pageMask = i64.const(-4096);
const nothing = i64.const(0);

/** Translated code calls nothing: whoever wants a function of the interpreter's module cannot be translated. */
const library = new Proxy({} as X86Frame['library'], {
  get: () => {
    throw new Untranslatable('calls the interpreter');
  },
});

/** What a region keeps for its instructions. */
interface Kept {
  readonly traced: boolean;
  readonly flags: Flags;
  readonly registers: Registers;
  /** Is a segment register taken to be flat? */
  flat(index: number): boolean;
}

/** Emits one instruction of a region: what its record says is constant, and slow paths leave the region. */
export class RegionEmitter extends Emitter {
  ending: Ending | undefined;
  /** Something of the guest's state has been changed, so the instruction cannot be left any more. */
  #changed = false;
  readonly #at: number;

  constructor(
    readonly region: RegionFrame,
    readonly kept: Kept,
    /** Address of the record. */
    at: number,
    readonly source: HandlerSource,
  ) {
    const { size, sizes, form, long, encoding } = source;
    const leave = (): never => {
      throw new Untranslatable('leaves by itself');
    };
    const frame = { body: region.body, library, rec: i32.const(at), leave };
    const { traced, flags } = kept;
    super(frame, { size, sizes, form, long, encoding: encoding.index, traced, flags });
    this.#at = at;
  }

  #field(offset: number): number {
    return this.region.memory.u16[(this.#at + offset) >> 1]!;
  }

  #constant(offset: number): bigint {
    return this.region.memory.view.getBigInt64(this.#at + offset, true);
  }

  /** Leaves for the interpreter, which runs this instruction from its start. */
  #exit(): void {
    if (this.#changed) throw new Untranslatable('left after a change');
    this.region.leave(i32.const(this.#at));
  }

  // ── operands ────────────────────────────────────────────────────────────────────────────────

  #place(n: number): number {
    const earlier = [...this.form.slice(0, n)].filter((kind) => 'rxy'.includes(kind)).length;
    return this.#field(earlier === 0 ? record.a : record.b);
  }

  override registerAddress(n: number): I32 {
    const place = this.#place(n);
    if (this.kind(n) === 'r') throw new Untranslatable('general register by its address');
    return i32.const(place);
  }

  /** Value of the general register at a place in the state; 0 for the zero register. */
  #register(place: number): I64 {
    return place === state.zero ? nothing : this.kept.registers.read((place - state.gpr) >> 3, 64);
  }

  override effectiveAddress(n: number): I64 {
    const scale = this.region.memory.u8[this.#at + record.place]! >> 6;
    const base = this.#register(this.#field(record.base));
    const index = i64.shl(this.#register(this.#field(record.index)), i64.const(scale));
    const sum = plus(plus(base, index), i64.const(this.#constant(record.displacement)));
    if (this.kind(n) === 'm') return sum;
    const cut = this.#cut;
    return cut === 0
      ? sum
      : cut === 32
        ? i64.and(sum, i64.const(0xffffffffn))
        : i64.and(sum, i64.const(0xffff));
  }

  /** 64 less the address size. */
  get #cut(): number {
    return ((this.#field(record.distance) >> 10) & 3) << 4;
  }

  override addressShift(): Local<'i64'> {
    return this.body.let(i64.const(this.#cut));
  }

  protected override segment(): I32 {
    return i32.const(this.#field(record.segment));
  }

  /** The region is entered only while the segments it uses are flat. */
  #flat(seg: I32): boolean {
    return !this.long && this.kept.flat(((seg.value as number) - state.segments) / segment.size);
  }

  protected override segmentBase(seg: I32): I64 {
    return this.#flat(seg) ? nothing : super.segmentBase(seg);
  }

  protected override checkSegment(seg: I32, offset: I64, size: Size, write: boolean): void {
    if (!this.#flat(seg)) super.checkSegment(seg, offset, size, write);
  }

  protected override stackMask(): I64 {
    return this.kept.flat(segmentIndex.ss) ? i64.const(0xffffffffn) : super.stackMask();
  }

  override stringAddress(seg: I32, offset: Local<'i64'>, size: Size, write: boolean): Local<'i64'> {
    if (this.long && (seg.value as number) < segmentOffset(segmentIndex.fs)) return offset;
    return super.stringAddress(seg, offset, size, write);
  }

  protected override segmentFault(): void {
    this.#exit();
  }

  override read(n: number, size: Size = this.sizes[n] ?? this.size): Local<'i64'> {
    const kind = this.kind(n);
    if (kind === 'i') return this.body.let(i64.const(this.#constant(record.immediate)));
    if (this.isMemory(n)) return this.load(this.address(n, size), size);
    if (kind !== 'r') return super.read(n, size);
    const place = this.#place(n) - state.gpr;
    return this.body.let(this.kept.registers.read(place >> 3, size, (place & 7) === 1));
  }

  override write(n: number, value: I64, size: Size = this.sizes[n] ?? this.size): void {
    if (this.isMemory(n)) this.store(this.address(n, size, true), value, size);
    else if (this.kind(n) !== 'r') {
      this.#changed = true;
      super.write(n, value, size);
    } else {
      const place = this.#place(n) - state.gpr;
      this.#changed = true;
      this.kept.registers.write(place >> 3, value, size, (place & 7) === 1);
    }
  }

  override modify(
    n: number,
    change: (old: Local<'i64'>) => I64,
    size: Size = this.sizes[n] ?? this.size,
  ): void {
    if (this.kind(n) === 'r') this.write(n, change(this.read(n, size)), size);
    else super.modify(n, change, size);
  }

  override modifyAt(address: Local<'i64'>, change: (old: Local<'i64'>) => I64, size: Size): void {
    const { body } = this;
    const place = body.let(this.#checked(address, size / 8, 8));
    const value = change(body.let(loadSized(place, size)));
    storeSized(body, place, value, size);
  }

  override readGpr(number: number, size: Size = 64): Local<'i64'> {
    return this.body.let(this.kept.registers.read(number, size));
  }

  override writeGpr(number: number, value: I64, size: Size = 64): void {
    this.#changed = true;
    this.kept.registers.write(number, value, size);
  }

  override read128(n: number, aligned = true): Local<'v128'> {
    if (!this.isMemory(n)) return super.read128(n, aligned);
    const address = this.address(n, 128, false, aligned);
    return this.body.let(v128.load(this.#checked(address, 16, 0)));
  }

  override write128(n: number, value: V128, aligned = true): void {
    if (!this.isMemory(n)) {
      this.#changed = true;
      super.write128(n, value, aligned);
      return;
    }
    const address = this.address(n, 128, true, aligned);
    const pinned = this.body.let(value);
    this.body.store128(this.#checked(address, 16, 8), pinned);
  }

  // ── memory ──────────────────────────────────────────────────────────────────────────────────

  /** Where an access goes in linear memory; leaves unless the software TLB knows. */
  #checked(address: I64, bytes: number, tag: 0 | 8): I32 {
    const { body, region } = this;
    const slot = i32.and(
      i32.wrap(i64.shr_u(address, i64.const(12 - Math.log2(tlb.entrySize)))),
      i32.const((tlb.entries - 1) * tlb.entrySize),
    );
    const entry = body.let(i32.add(slot, region.tlb));
    const last = bytes === 1 ? address : i64.add(address, i64.const(bytes - 1));
    body.if(i64.ne(i64.load(entry, tag), i64.and(last, pageMask)), () => this.#exit());
    return i32.add(i32.wrap(address), i32.load(entry, 16));
  }

  override load(address: Local<'i64'>, size: Size): Local<'i64'> {
    return this.body.let(loadSized(this.#checked(address, size / 8, 0), size));
  }

  override store(address: Local<'i64'>, value: I64, size: Size): void {
    const pinned = this.body.let(value);
    storeSized(this.body, this.#checked(address, size / 8, 8), pinned, size);
  }

  // ── control flow ────────────────────────────────────────────────────────────────────────────

  override remaining(): I32 {
    return this.region.left;
  }

  override unretired(): I32 {
    return i32.const(this.region.unretired(this.#at));
  }

  protected override length(): I64 {
    return i64.const(BigInt(this.#field(record.distance) >> 12));
  }

  override next(): I64 {
    return i64.const(this.#constant(record.size + link.size + link.pc));
  }

  override goto(taken: boolean): void {
    this.ending = { kind: 'goto', taken };
    this.finished = true;
  }

  override branch(condition: I32): void {
    this.ending = { kind: 'branch', condition };
    this.finished = true;
  }

  override jump(pc: I64): void {
    this.ending = { kind: 'jump', pc };
    this.finished = true;
  }

  override done(): void {
    this.finished = true;
  }

  override leaveWhen(condition: I32): void {
    const { body, region } = this;
    body.if(condition, () => {
      body.storeI32(here, i32.const(attention.mode), state.attention);
      body.store64(here, i64.const(this.#constant(2 * record.size + link.pc)), state.rip);
      region.leave(i32.const(0));
    });
  }

  override callSystem(): void {
    this.#exit();
  }

  override callSlow(): void {
    this.#exit();
  }

  protected override raiseAny(): void {
    this.#exit();
  }
}
