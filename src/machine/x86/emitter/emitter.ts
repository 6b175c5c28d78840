import { CR4 } from '../../../abi/x86/control-registers.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { loadSized, pageNumber, pageOffset, storeSized } from '../../engine/access.js';
import type { Library } from '../../engine/interpreter/library.js';
import { attention, here, scratch, tlb } from '../../engine/layout.js';
import { block as header, link, record } from '../../engine/record.js';
import { emitTransfer, returned } from '../../engine/transfers.js';
import {
  type Body,
  callNode,
  type I32,
  type I64,
  i32,
  i64,
  type Local,
  select,
  type V128,
  v128,
} from '../../wasm/code.js';
import type { X86Frame, x86Border } from '../border.js';
import { Flags, zeroExtend } from '../flags/flags.js';
import type { Size } from '../operands.js';
import { gprOffset, segment, segmentIndex, segmentOffset, state } from '../state.js';

/**
 * What an operand is, one letter each, in the order of the operands:
 * r general register, x XMM, y MMX, i immediate,
 * m memory with a flat 64-bit address, f memory in long mode with a segment base or a 32-bit address,
 * g memory outside long mode (segment checked), o anything else (the handler does not read it).
 */
export type Form = string;

const pageMask = i64.const(-4096);

/** What is emitted. */
export interface Emitted {
  /** Operation size in bits: that of the first operand, or the operand size attribute without one. */
  readonly size: Size;
  readonly sizes: readonly Size[];
  readonly form: Form;
  /** Long mode, 64-bit code segment. */
  readonly long: boolean;
  /** Number of the encoding, for `slow`. */
  readonly encoding?: number;
  /** Transfers of control are written down. */
  readonly traced?: boolean;
  readonly flags?: Flags;
}

/**
 * What an instruction description sees: operands, memory, stack, flags, control flow.
 * Values are i64, zero-extended to the operand size when read; writes ignore what is above it
 * (a 32-bit write to a general register clears its upper half, as the processor does).
 */
export class Emitter {
  readonly flags: Flags;
  /** The record being executed. */
  readonly rec: I32;
  readonly #addresses = new Map<number, Local<'i64'>>();
  /** Set when control has left: no fall-through code is needed. */
  finished = false;

  readonly body: Body;
  readonly library: Library<typeof x86Border>;

  readonly size: Size;
  readonly sizes: readonly Size[];
  readonly form: Form;
  readonly long: boolean;
  readonly encoding: number;
  readonly traced: boolean;

  constructor(
    readonly frame: X86Frame,
    { size, sizes, form, long, encoding = -1, traced = false, flags = new Flags(frame.body) }: Emitted,
  ) {
    this.size = size;
    this.sizes = sizes;
    this.form = form;
    this.long = long;
    this.encoding = encoding;
    this.traced = traced;
    this.body = frame.body;
    this.library = frame.library;
    this.rec = frame.rec;
    this.flags = flags;
  }

  /** Goes to the next record, 0 to leave generated code. Nothing after it runs. */
  leave(next: I32): void {
    this.frame.leave(next);
  }

  // ── operands ────────────────────────────────────────────────────────────────────────────────

  kind(n: number): string {
    return this.form[n] ?? 'o';
  }

  isMemory(n: number): boolean {
    return 'mfg'.includes(this.kind(n));
  }

  /** Address in linear (WebAssembly) memory of the register that operand `n` names. */
  registerAddress(n: number): I32 {
    const earlier = [...this.form.slice(0, n)].filter((kind) => 'rxy'.includes(kind)).length;
    return i32.load16_u(this.rec, earlier === 0 ? record.a : record.b);
  }

  /**
   * Linear address of memory operand `n`, pinned. Segment limits are checked for `size`; `aligned`: before that, that it
   * is a multiple of 16.
   */
  address(n: number, size: Size = this.sizes[n] ?? this.size, write = false, aligned = false): Local<'i64'> {
    const known = this.#addresses.get(n);
    if (known) return known;
    const offset = this.body.let(this.effectiveAddress(n));
    const kind = this.kind(n);
    const address = kind === 'm' ? offset : this.#inSegment(kind, offset, size, write, aligned);
    if (aligned && kind !== 'g') this.checkAligned(address, 16);
    this.#addresses.set(n, address);
    return address;
  }

  /** Offset part of memory operand `n` (what LEA computes), cut to the address size. */
  effectiveAddress(n: number): I64 {
    const { rec } = this;
    const base = i64.load(i32.load16_u(rec, record.base));
    const index = i64.shl(
      i64.load(i32.load16_u(rec, record.index)),
      i64.extend_u(i32.shr_u(i32.load8_u(rec, record.place), i32.const(6))),
    );
    const sum = i64.add(i64.add(base, index), i64.load(rec, record.displacement));
    if (this.kind(n) === 'm') return sum;
    const count = this.addressShift();
    return i64.shr_u(i64.shl(sum, count), count);
  }

  protected segmentBase(seg: I32): I64 {
    return i64.load(seg, segment.base);
  }

  /** Of a stack pointer, those bits that address the stack. */
  protected stackMask(): I64 {
    return i64.load(here, state.stackMask);
  }

  protected checkSegment(seg: I32, offset: I64, size: Size, write: boolean): void {
    const { body } = this;
    const from = body.let(i64.sub(offset, i64.load(seg, segment.low)));
    const valid = i64.load(seg, write ? segment.writable : segment.readable);
    // from + bytes <= valid, without overflow: valid >= bytes and from <= valid - bytes.
    const bytes = i64.const(size / 8);
    const outside = i32.or(i64.lt_u(valid, bytes), i64.gt_u(from, i64.sub(valid, bytes)));
    body.if(outside, () => this.segmentFault(seg));
  }

  /** Raises #GP or #SS; nothing after it runs. */
  protected segmentFault(seg: I32): void {
    this.body.call(this.library.segmentFault, this.rec, seg);
    this.body.unreachable();
  }

  /** Offset in the state of the segment of the memory operand. */
  protected segment(): I32 {
    return i32.load16_u(this.rec, record.segment);
  }

  /** Operand `n`, zero-extended, pinned. Not for XMM operands. */
  read(n: number, size: Size = this.sizes[n] ?? this.size): Local<'i64'> {
    const kind = this.kind(n);
    if (kind === 'i') return this.body.let(i64.load(this.rec, record.immediate));
    if (this.isMemory(n)) return this.load(this.address(n, size), size);
    return this.body.let(loadSized(this.registerAddress(n), size));
  }

  /** Writes operand `n`. */
  write(n: number, value: I64, size: Size = this.sizes[n] ?? this.size): void {
    if (this.isMemory(n)) this.store(this.address(n, size, true), value, size);
    else this.writeRegisterAt(this.registerAddress(n), value, size);
  }

  /**
   * Reads operand `n`, writes what `change` returns. A memory operand is checked for writing before `change` runs,
   * so nothing that `change` does has to be undone by a fault.
   */
  modify(n: number, change: (old: Local<'i64'>) => I64, size: Size = this.sizes[n] ?? this.size): void {
    const { body } = this;
    if (!this.isMemory(n)) {
      const at = body.let(this.registerAddress(n));
      this.writeRegisterAt(at, change(body.let(loadSized(at, size))), size);
      return;
    }
    this.modifyAt(this.address(n, size, true), change, size);
  }

  /** Same for a linear address. */
  modifyAt(address: Local<'i64'>, change: (old: Local<'i64'>) => I64, size: Size): void {
    const { body } = this;
    const place = body.local('i32');
    const entry = this.#tlbEntry(address);
    body.if(
      this.#hit(entry, address, size, 8),
      () => body.set(place, i32.add(i32.wrap(address), i32.load(entry, 16))),
      () => body.set(place, this.#translate(this.library.translateModify, address, size / 8)),
    );
    const value = change(body.let(loadSized(place, size)));
    storeSized(body, place, value, size);
    body.if(i32.lt_u(place, i32.const(scratch.end)), () => body.call(this.library.finishWrite));
  }

  /** Linear address of memory operand `n` moved by `bytes` (bit strings): checked as a whole, not cached. */
  addressWithDisplacement(n: number, bytes: I64, size: Size, write: boolean): Local<'i64'> {
    const { body } = this;
    const kind = this.kind(n);
    if (kind === 'm') return body.let(i64.add(this.effectiveAddress(n), bytes));
    const moved = i64.add(this.effectiveAddress(n), bytes);
    const cut = this.addressShift();
    return this.#inSegment(kind, body.let(i64.shr_u(i64.shl(moved, cut), cut)), size, write);
  }

  #inSegment(kind: string, offset: Local<'i64'>, size: Size, write: boolean, aligned = false): Local<'i64'> {
    const seg = this.body.let(this.segment());
    const sum = plus(offset, this.segmentBase(seg));
    const linear = this.body.let(kind === 'g' ? zeroExtend(sum, 32) : sum);
    if (kind !== 'g') return linear;
    if (aligned) this.checkAligned(linear, 16);
    this.checkSegment(seg, offset, size, write);
    return linear;
  }

  writeRegisterAt(at: I32, value: I64, size: Size): void {
    if (size === 8) this.body.store8(at, value);
    else if (size === 16) this.body.store16(at, value);
    else this.body.store64(at, zeroExtend(value, size));
  }

  /** General register by number (0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP, 5 RBP, 6 RSI, 7 RDI), zero-extended, pinned. */
  readGpr(number: number, size: Size = 64): Local<'i64'> {
    return this.body.let(loadSized(i32.const(state.gpr + number * 8), size));
  }

  writeGpr(number: number, value: I64, size: Size = 64): void {
    this.writeRegisterAt(i32.const(state.gpr + number * 8), value, size);
  }

  /** XMM or 128-bit memory operand. `aligned`: #GP when the memory operand is not 16-byte aligned. */
  read128(n: number, aligned = true): Local<'v128'> {
    const { body } = this;
    if (!this.isMemory(n)) return body.let(v128.load(this.registerAddress(n)));
    const address = this.address(n, 128, false, aligned);
    const result = body.local('v128');
    const entry = this.#tlbEntry(address);
    body.if(
      this.#hit(entry, address, 128, 0),
      () => body.set(result, v128.load(i32.add(i32.wrap(address), i32.load(entry, 16)))),
      () => body.set(result, v128.load(this.#translate(this.library.translateRead, address, 16))),
    );
    return result;
  }

  write128(n: number, value: V128, aligned = true): void {
    const { body } = this;
    if (!this.isMemory(n)) {
      body.store128(this.registerAddress(n), value);
      return;
    }
    const address = this.address(n, 128, true, aligned);
    const pinned = body.let(value);
    const entry = this.#tlbEntry(address);
    body.if(
      this.#hit(entry, address, 128, 8),
      () => body.store128(i32.add(i32.wrap(address), i32.load(entry, 16)), pinned),
      () => {
        const place = body.let(this.#translate(this.library.translateWrite, address, 16));
        body.store128(place, pinned);
        body.if(i32.lt_u(place, i32.const(scratch.end)), () => body.call(this.library.finishWrite));
      },
    );
  }

  checkAligned(address: I64, bytes: number): void {
    this.body.if(i32.and(i32.wrap(address), i32.const(bytes - 1)), () => this.raise(VECTOR.GP));
  }

  // ── memory ──────────────────────────────────────────────────────────────────────────────────

  /** Loads from a linear address, zero-extended, pinned. */
  load(address: Local<'i64'>, size: Size): Local<'i64'> {
    const { body } = this;
    const result = body.local('i64');
    const entry = this.#tlbEntry(address);
    body.if(
      this.#hit(entry, address, size, 0),
      () => body.set(result, loadSized(i32.add(i32.wrap(address), i32.load(entry, 16)), size)),
      () => body.set(result, callNode('i64', this.library.slowLoad[size as 8], this.rec, address)),
    );
    return result;
  }

  store(address: Local<'i64'>, value: I64, size: Size): void {
    const { body } = this;
    const pinned = body.let(value);
    const entry = this.#tlbEntry(address);
    body.if(
      this.#hit(entry, address, size, 8),
      () => storeSized(body, i32.add(i32.wrap(address), i32.load(entry, 16)), pinned, size),
      () => body.call(this.library.slowStore[size as 8], this.rec, address, pinned),
    );
  }

  /** Is the page of an address known, for writing, and where in linear memory the address is if so. */
  probe(address: Local<'i64'>, write: boolean): { known: I32; place: I32 } {
    const entry = this.#tlbEntry(address);
    return {
      known: this.#hit(entry, address, 8, write ? 8 : 0),
      place: i32.add(i32.wrap(address), i32.load(entry, 16)),
    };
  }

  #tlbEntry(address: I64): Local<'i32'> {
    const slot = i32.and(
      i32.wrap(i64.shr_u(address, i64.const(12 - Math.log2(tlb.entrySize)))),
      i32.const((tlb.entries - 1) * tlb.entrySize),
    );
    return this.body.let(i32.add(slot, i32.load(here, state.tlb)));
  }

  /**
   * Linear address of an offset in a segment, for instructions that address memory without a memory operand: `seg` as in
   * `record.segment`; in long mode only FS and GS have a base.
   */
  stringAddress(seg: I32, offset: Local<'i64'>, size: Size, write: boolean): Local<'i64'> {
    const { body } = this;
    if (!this.long) {
      this.checkSegment(seg, offset, size, write);
      return body.let(zeroExtend(plus(offset, this.segmentBase(seg)), 32));
    }
    const based = i32.ge_u(seg, i32.const(segmentOffset(segmentIndex.fs)));
    return body.let(select(based, i64.add(offset, i64.load(seg, segment.base)), offset));
  }

  /** Segment that a string instruction reads from. */
  sourceSegment(): I32 {
    return this.segment();
  }

  /** True when the whole access lies in the page of the entry: a crossing access fails the compare. */
  #hit(entry: I32, address: I64, size: Size, tag: 0 | 8): I32 {
    const last = size === 8 ? address : i64.add(address, i64.const(size / 8 - 1));
    return i64.eq(i64.load(entry, tag), i64.and(last, pageMask));
  }

  #translate(helper: number, address: I64, bytes: number): I32 {
    return callNode('i32', helper, this.rec, pageNumber(address), pageOffset(address), i32.const(bytes));
  }

  // ── stack ───────────────────────────────────────────────────────────────────────────────────

  #stackAddress(pointer: I64, size: Size, write: boolean): Local<'i64'> {
    const { body } = this;
    if (this.long) return body.let(pointer);
    const seg = i32.const(segmentOffset(segmentIndex.ss));
    const offset = body.let(i64.and(pointer, this.stackMask()));
    this.checkSegment(seg, offset, size, write);
    return body.let(zeroExtend(plus(offset, this.segmentBase(seg)), 32));
  }

  /** Loads from or stores to an address in the stack segment, given as a stack pointer. */
  loadStack(pointer: I64, size: Size): Local<'i64'> {
    return this.load(this.#stackAddress(pointer, size, false), size);
  }

  /** The element `n` (0 is the top) of the stack. */
  peekAt(n: number, size: Size): Local<'i64'> {
    return this.loadStack(i64.add(this.readGpr(GPR.RSP), i64.const((n * size) / 8)), size);
  }

  /** Stores what would be the `n`th push (0 the first); RSP unchanged. */
  storeStack(n: number, value: I64, size: Size): void {
    const pinned = this.body.let(value);
    const pointer = i64.sub(this.readGpr(GPR.RSP), i64.const(((n + 1) * size) / 8));
    this.store(this.#stackAddress(pointer, size, true), pinned, size);
  }

  /** Writes as much of RSP as the stack's address size has. */
  setStackPointer(value: I64): void {
    if (this.long) {
      this.writeGpr(GPR.RSP, value);
      return;
    }
    const mask = this.body.let(this.stackMask());
    if (mask.value === 0xffffffffn) {
      this.writeGpr(GPR.RSP, value, 32);
      return;
    }
    const kept = i64.and(this.readGpr(GPR.RSP), i64.xor(mask, i64.const(-1)));
    this.writeGpr(GPR.RSP, i64.or(kept, i64.and(value, mask)));
  }

  /** Pushes `size` bits; RSP changes only after the store succeeded. */
  push(value: I64, size: Size): void {
    const pinned = this.body.let(value);
    const pointer = this.body.let(i64.sub(this.readGpr(GPR.RSP), i64.const(size / 8)));
    this.store(this.#stackAddress(pointer, size, true), pinned, size);
    this.setStackPointer(pointer);
  }

  /** Pops `size` bits, zero-extended; `extra` more bytes are released (RET n). */
  pop(size: Size, extra?: I64): Local<'i64'> {
    const value = this.peek(size);
    this.release(size / 8, extra);
    return value;
  }

  /** What is on top of the stack, RSP unchanged. */
  peek(size: Size): Local<'i64'> {
    return this.load(this.#stackAddress(this.readGpr(GPR.RSP), size, false), size);
  }

  /** Moves RSP up by `bytes` and `extra`. */
  release(bytes: number, extra?: I64): void {
    const pointer = i64.add(this.readGpr(GPR.RSP), i64.const(bytes));
    this.setStackPointer(extra ? i64.add(pointer, extra) : pointer);
  }

  // ── control flow ────────────────────────────────────────────────────────────────────────────

  /** 0, 32 or 48: 64 less the address size, as i64. */
  addressShift(): Local<'i64'> {
    const units = i32.and(i32.shr_u(i32.load16_u(this.rec, record.distance), i32.const(10)), i32.const(3));
    return this.body.let(i64.extend_u(i32.shl(units, i32.const(4))));
  }

  /** Writes as much of a register that counts or addresses (RCX unless told) as the address size has. */
  writeCounter(value: I64, shift: I64, number = 1): void {
    const pinned = this.body.let(value);
    this.body.if(
      i64.eq(shift, i64.const(48)),
      () => this.writeGpr(number, pinned, 16),
      () => this.writeGpr(number, i64.shr_u(i64.shl(pinned, shift), shift)),
    );
  }

  /** See `state.remaining`. */
  remaining(): I32 {
    return i32.load(here, state.remaining);
  }

  /** Instructions of the block that were charged to the budget but have not retired, this one included. */
  unretired(): I32 {
    const place = this.body.let(i32.and(i32.load8_u(this.rec, record.place), i32.const(63)));
    const start = i32.sub(this.rec, i32.mul(place, i32.const(record.size)));
    return i32.sub(i32.load(i32.sub(start, i32.const(header.size)), header.count), place);
  }

  /** Linear address of the next instruction (only in descriptions with `branch`). */
  next(): I64 {
    return i64.load(this.rec, record.size + link.size + link.pc);
  }

  /** Bytes of the instruction. */
  protected length(): I64 {
    return i64.extend_u(i32.shr_u(i32.load16_u(this.rec, record.distance), i32.const(12)));
  }

  /** Where tracing: which instruction control goes from, for where it goes to. Only in branches, as all below. */
  noteJump(): void {
    if (this.traced) this.body.store64(here, this.#site(), state.note);
  }

  noteCall(): void {
    if (!this.traced) return;
    this.body.store64(here, i64.or(i64.and(this.next(), i64.const(0xffffffffn)), this.#site()), state.note);
  }

  /** The same behind a return, which is a transfer of its own. */
  noteReturn(target: I64): void {
    if (!this.traced) return;
    const [left, none] = [this.remaining(), i32.const(0)];
    const stack = gprOffset(GPR.RSP);
    emitTransfer(this.body, { left, stack, mark: i32.const(returned), link: none, note: target });
    this.noteJump();
  }

  /** Low half of the instruction's address, in the upper half. */
  #site(): I64 {
    return i64.shl(i64.sub(this.next(), this.length()), i64.const(32));
  }

  /** Goes to the decoded target (`taken`) or to the next instruction. Leaves the handler. */
  goto(taken: boolean): void {
    const at = i32.add(this.rec, i32.const(record.size + (taken ? 0 : link.size)));
    this.leave(callNode('i32', this.library.follow, at));
    this.finished = true;
  }

  /** Goes to the decoded target when `condition` holds, else to the next instruction. Leaves the handler. */
  branch(condition: I32): void {
    const at = i32.add(
      this.rec,
      select(condition, i32.const(record.size), i32.const(record.size + link.size)),
    );
    this.leave(callNode('i32', this.library.follow, at));
    this.finished = true;
  }

  /** Goes to a linear address. Leaves the handler. */
  jump(pc: I64): void {
    this.leave(callNode('i32', this.library.jump, pc));
    this.finished = true;
  }

  /** Goes on behind the record. */
  done(records = 1): void {
    this.leave(i32.add(this.rec, i32.const(record.size * records)));
    this.finished = true;
  }

  /** Leaves generated code behind this instruction when `condition` holds; the description must have `ends`. */
  leaveWhen(condition: I32): void {
    this.body.if(condition, () => {
      // Behind a record that ends its block stands the pseudo record "next", and its link behind that.
      this.body.storeI32(here, i32.const(attention.mode), state.attention);
      this.body.store64(here, i64.load(this.rec, 2 * record.size + link.pc), state.rip);
      this.leave(i32.const(0));
    });
  }

  /** Before a near jump to an offset in the code segment: #GP beyond its limit, in 64-bit mode unless canonical. */
  checkCodeLimit(offset: I64): void {
    if (this.long) {
      this.body.if(beyond(offset, 48), () => {
        const wide = i32.and(i32.load(here, state.cr4), i32.const(CR4.LA57));
        this.body.if(i32.or(i32.eqz(wide), beyond(offset, 57)), () => this.raise(VECTOR.GP));
      });
      return;
    }
    const limit = i32.load(here, segmentOffset(segmentIndex.cs) + segment.limit);
    this.body.if(i64.gt_u(offset, i64.extend_u(limit)), () => this.raise(VECTOR.GP));
  }

  /** Outside long mode: PUSHF, POPF, CLI … in virtual-8086 mode with IOPL < 3 raise #GP. */
  guardVirtual8086(): void {
    if (this.long) return;
    const flags = i32.load(here, state.flagsSystem);
    const vm = i32.and(flags, i32.const(1 << 17));
    const full = i32.eq(i32.and(flags, i32.const(3 << 12)), i32.const(3 << 12));
    this.body.if(i32.and(i32.ne(vm, i32.const(0)), i32.eqz(full)), () => this.raise(VECTOR.GP));
  }

  /** CLI, STI: #GP unless CPL ≤ IOPL. */
  checkInterruptPrivilege(): void {
    const iopl = i32.and(i32.shr_u(i32.load(here, state.flagsSystem), i32.const(12)), i32.const(3));
    this.body.if(i32.gt_u(i32.load(here, state.cpl), iopl), () => this.raise(VECTOR.GP));
  }

  /** What every SSE instruction does first: #UD or #NM when the operating system has not set it up. */
  guardSse(): void {
    this.#raiseWhenSet(state.sseFault);
  }

  /** The same for MMX instructions, with #MF when an x87 exception is pending. */
  guardMmx(): void {
    this.#raiseWhenSet(state.mmxFault);
    const pending = i32.and(i32.load(here, state.fpuStatus), i32.const(0x80));
    const native = i32.and(i32.load(here, state.cr0), i32.const(0x20));
    this.body.if(i32.and(i32.ne(pending, i32.const(0)), i32.ne(native, i32.const(0))), () =>
      this.raise(VECTOR.MF),
    );
  }

  #raiseWhenSet(vector: number): void {
    this.body.if(i32.load(here, vector), () => this.raiseAny(i32.load(here, vector)));
  }

  /** Leaves a `fast` instruction to its description's `system`. Nothing after it runs. */
  callSystem(): void {
    this.leave(callNode('i32', this.library.system, this.rec));
  }

  /** Runs the description's `slow`. */
  callSlow(): void {
    this.body.call(this.library.slow, this.rec, i32.const(this.encoding));
  }

  /** Raises an exception; nothing after it runs. */
  raise(vector: number): void {
    this.raiseAny(i32.const(vector));
  }

  protected raiseAny(vector: I32): void {
    this.body.call(this.library.raise, this.rec, vector);
    this.body.unreachable();
  }
}

/** Nonzero unless an address is canonical in so many bits. */
function beyond(address: I64, bits: 48 | 57): I32 {
  const biased = i64.add(address, i64.const(1n << BigInt(bits - 1)));
  return i32.wrap(i64.shr_u(biased, i64.const(bits)));
}

/** A sum without zeros, which records and flat segments are full of. */
export function plus(a: I64, b: I64): I64 {
  return a.value === 0n ? b : b.value === 0n ? a : i64.add(a, b);
}
