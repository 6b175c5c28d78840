import { CR0 } from '../../../abi/x86/control-registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { raise } from '../exceptions/fault.js';
import { decode80, encode80 } from '../float/encode.js';
import { indefinite, type Real } from '../float/real.js';
import { Environment, EXCEPTION, extended, type Format } from '../float/rounding.js';
import type { Decoded } from '../instruction.js';
import type { Processor } from '../processor.js';
import { segment, segmentOffset, state } from '../state.js';

/** Bits of the x87 status word (Intel SDM vol. 1, §8.1.3). */
export const STATUS = {
  STACK_FAULT: 0x40,
  ERROR_SUMMARY: 0x80,
  C0: 0x100,
  C1: 0x200,
  C2: 0x400,
  TOP: 0x3800,
  C3: 0x4000,
  BUSY: 0x8000,
} as const;

/** The condition codes. */
const CONDITIONS = STATUS.C0 | STATUS.C1 | STATUS.C2 | STATUS.C3;

const EXCEPTIONS = 0x3f;
/** Those that are detected before the operation: unmasked, they leave the destination alone. */
const BEFORE = EXCEPTION.INVALID | EXCEPTION.DENORMAL | EXCEPTION.ZERO;

const single: Format = { ...extended, precision: 24 };
const double: Format = { ...extended, precision: 53 };

/** What an empty register reads as where the stack fault is masked. */
const indefinite80 = encode80(indefinite);

/** A processor's x87 registers: the stack, its tags, and how exceptions are recorded. */
export class X87 {
  /** Serves one operation at a time. */
  readonly environment = new Environment();
  readonly #i32: Int32Array;
  readonly #u16: Uint16Array;
  readonly #view: DataView;

  constructor(readonly cpu: Processor) {
    const { i32, u16, view } = cpu.memory;
    this.#i32 = i32;
    this.#u16 = u16;
    this.#view = view;
  }

  // ── words ───────────────────────────────────────────────────────────────────────────────────

  get control(): number {
    return this.#i32[state.fpuControl >> 2]!;
  }
  /** Unmasking an exception that is already flagged makes it pending; masking the last one clears the summary. */
  set control(value: number) {
    this.#i32[state.fpuControl >> 2] = (value & 0x1f3f) | 0x40;
    this.updateSummary();
  }
  get status(): number {
    return this.#i32[state.fpuStatus >> 2]!;
  }
  set status(value: number) {
    this.#i32[state.fpuStatus >> 2] = value & 0xffff;
  }
  get top(): number {
    return (this.status >> 11) & 7;
  }
  set top(value: number) {
    this.status = (this.status & ~STATUS.TOP) | ((value & 7) << 11);
  }
  /** One bit a physical register: in use. */
  get tags(): number {
    return this.#i32[state.fpuTag >> 2]!;
  }
  set tags(value: number) {
    this.#i32[state.fpuTag >> 2] = value & 0xff;
  }
  /** Sets the condition codes among `mask`. */
  setConditions(codes: number, mask: number = CONDITIONS): void {
    this.status = (this.status & ~mask) | codes;
  }

  /** Makes ES and B say whether an unmasked exception is flagged. */
  updateSummary(): void {
    const { status } = this;
    const pending = status & ~this.control & EXCEPTIONS;
    const summary = STATUS.ERROR_SUMMARY | STATUS.BUSY;
    this.status = pending ? status | summary : status & ~summary;
  }

  // ── entry checks ────────────────────────────────────────────────────────────────────────────

  /** #NM where the processor must not touch the x87 (Intel SDM vol. 3, table 2-2). */
  checkAvailable(): void {
    if (this.cpu.cr0 & (CR0.EM | CR0.TS)) raise(VECTOR.NM);
  }

  /** What every waiting instruction does first: #MF when an unmasked exception is pending. */
  checkPending(): void {
    if (!(this.status & STATUS.ERROR_SUMMARY)) return;
    if (this.cpu.cr0 & CR0.NE) raise(VECTOR.MF);
    // CR0.NE clear: FERR# would reach the interrupt controller as IRQ 13. Nothing connects it: the exception is ignored.
  }

  /** Records the instruction for FSTENV and FSAVE: its offset, that of its memory operand, its opcode. */
  recordInstruction(instruction: Decoded): void {
    const { pc, operands, modrm } = instruction;
    const { cpu } = this;
    const offset = cpu.csBase ? pc - BigInt(cpu.csBase) : pc;
    this.#view.setBigInt64(state.fpuInstruction, offset, true);
    this.#i32[state.fpuOpcode >> 2] = ((instruction.opcode & 7) << 8) | modrm;
    const operand = operands[0];
    if (operand?.kind !== 'memory') return;
    const base = this.#view.getBigInt64(segmentOffset(operand.segment) + segment.base, true);
    const plain = instruction.mode === 64 && operand.segment < 4;
    this.#view.setBigInt64(state.fpuData, plain ? cpu.operandAddress : cpu.operandAddress - base, true);
  }

  // ── the register stack ──────────────────────────────────────────────────────────────────────

  /** Offset of ST(i) in linear memory. */
  #place(i: number): number {
    return state.fpr + (((this.status >> 11) + i) & 7) * 16;
  }
  isEmpty(i: number): boolean {
    return !((this.tags >> ((this.top + i) & 7)) & 1);
  }
  significand(i: number): bigint {
    return this.#view.getBigUint64(this.#place(i), true);
  }
  signExponent(i: number): number {
    return this.#u16[(this.#place(i) + 8) >> 1]!;
  }
  read(i: number): Real {
    return decode80(this.significand(i), this.signExponent(i));
  }
  /** Writes ST(i) and marks it as in use. */
  writeRaw(i: number, significand: bigint, signExponent: number): void {
    const at = this.#place(i);
    this.#view.setBigUint64(at, significand, true);
    this.#u16[(at + 8) >> 1] = signExponent;
    this.tags |= 1 << ((this.top + i) & 7);
  }
  write(i: number, value: Real): void {
    const { significand, signExponent } = encode80(value);
    this.writeRaw(i, significand, signExponent);
  }
  free(i: number): void {
    this.tags &= ~(1 << ((this.top + i) & 7));
  }
  pop(): void {
    this.free(0);
    this.top++;
  }
  /** Pushes unless the register is in use; then it is a stack fault. */
  pushRaw(significand: bigint, signExponent: number): void {
    this.clearC1();
    if (!this.isEmpty(7)) {
      if (!this.stackFault(true)) return;
      significand = indefinite80.significand;
      signExponent = indefinite80.signExponent;
    }
    this.top--;
    this.writeRaw(0, significand, signExponent);
  }
  push(value: Real): void {
    const { significand, signExponent } = encode80(value);
    this.pushRaw(significand, signExponent);
  }

  // ── exceptions ──────────────────────────────────────────────────────────────────────────────

  clearC1(): void {
    this.status &= ~STATUS.C1;
  }

  /** Flags exceptions; true when all of them are masked. */
  flag(flags: number): boolean {
    this.status |= flags;
    if (!(flags & ~this.control & EXCEPTIONS)) return true;
    this.status |= STATUS.ERROR_SUMMARY | STATUS.BUSY;
    return false;
  }

  /** Stack overflow (C1 set) or underflow; true when the masked response is due. */
  stackFault(overflow: boolean): boolean {
    this.status = overflow ? this.status | STATUS.C1 : this.status & ~STATUS.C1;
    return this.flag(EXCEPTION.INVALID | STATUS.STACK_FAULT);
  }

  /** The environment of a new operation, under the control word. */
  begin(): Environment {
    const { environment, control } = this;
    environment.rounding = (control >> 10) & 3;
    environment.masks = control & EXCEPTIONS;
    environment.flags = 0;
    environment.roundedUp = false;
    return environment;
  }

  /** The format results are rounded to under precision control. */
  get format(): Format {
    const precision = (this.control >> 8) & 3;
    return precision === 0 ? single : precision === 2 ? double : extended;
  }

  /**
   * Flags what the operation raised and sets C1; true when its result is to be delivered. `toMemory`: unmasked overflow
   * and underflow withhold it too.
   */
  finish(toMemory = false): boolean {
    const { environment } = this;
    this.clearC1();
    const open = environment.flags & ~environment.masks;
    if (open & BEFORE) {
      // Nothing after the first unmasked kind is looked at.
      this.flag(environment.flags & BEFORE);
      return false;
    }
    if (toMemory && open & (EXCEPTION.OVERFLOW | EXCEPTION.UNDERFLOW)) {
      this.flag(environment.flags & ~EXCEPTION.PRECISION);
      return false;
    }
    if (environment.roundedUp) this.status |= STATUS.C1;
    this.flag(environment.flags);
    return true;
  }
}

const units = new WeakMap<Processor, X87>();

/** The x87 of a processor. */
export function x87Of(cpu: Processor): X87 {
  let unit = units.get(cpu);
  if (!unit) units.set(cpu, (unit = new X87(cpu)));
  return unit;
}
