import { CR0, CR4, EFER } from '../../abi/x86/control-registers.js';
import { ARITHMETIC_FLAGS, FLAG } from '../../abi/x86/flags.js';
import { VECTOR } from '../../abi/x86/vectors.js';
import type { StopReason } from '../engine/architecture.js';
import type { Blocks } from '../engine/blocks.js';
import { Engine } from '../engine/engine.js';
import { record } from '../engine/record.js';
import { Tlb } from '../engine/tlb.js';
import type { Translator, TranslatorOptions } from '../engine/translator/translator.js';
import type { PhysicalMemory } from '../memory.js';
import { type Put, putMap, type Saved } from '../saved.js';
import { X86Addressing } from './addressing.js';
import { X86Architecture } from './architecture.js';
import type { x86Border } from './border.js';
import { X86Code } from './code.js';
import { physicalBitsOf } from './cpuid.js';
import { Breakpoints } from './debug.js';
import { type DecodedWithEncoding, Decoder } from './decoder/decoder.js';
import { Events } from './exceptions/events.js';
import { raise } from './exceptions/fault.js';
import type { X86Handler } from './handlers.js';
import type { InstructionDescription } from './instruction.js';
import { compiledInterpreter } from './interpreter.js';
import { LinearAccess } from './linear-access.js';
import type { Monitor } from './monitor.js';
import type { MsrAccess, Observer } from './observer.js';
import type { OperandsOf, Size } from './operands.js';
import type { Outside } from './outside.js';
import { PageWalker, type PagingContext } from './paging.js';
import { PerformanceCounters } from './performance-counters.js';
import type { Processor } from './processor.js';
import { DescriptorTable } from './segments/descriptor-table.js';
import { noteFlat } from './segments/flat-segments.js';
import { segmentRegisters } from './segments/segment-register.js';
import { gprOffset, segment, segmentIndex, segmentOffset, state } from './state.js';
import { type Vendor, vendorOf } from './vendor.js';

/** The processor: registers, the block cache and the run loop around generated code. */
export class Cpu implements Processor, PagingContext, Saved {
  readonly gpr: BigUint64Array;
  /** @unsaved a cache of page tables, filled as code happens to run */
  readonly tlb: Tlb;
  readonly walker: PageWalker;
  /** Runs its code. */
  readonly engine: Engine<X86Handler, typeof x86Border>;
  /** @unsaved of the running instruction */
  readonly addressing = new X86Addressing(this);
  /** Memory by linear addresses, for instructions in TypeScript. @unsaved has nothing of its own */
  readonly linear: LinearAccess;
  /** What comes between instructions; puts itself with the processor. */
  readonly events = new Events(this);
  /** @unsaved decodes what is in memory */
  readonly code: X86Code;
  readonly physicalBits: number;
  readonly vendor: Vendor;
  /** Other model-specific registers, by index. */
  readonly msr = new Map<number, bigint>();
  readonly debug = new BigUint64Array(8);
  /** @unsaved follows from the debug registers */
  readonly breakpoints = new Breakpoints(this);
  /** @unsaved their registers are among the others */
  readonly performance = new PerformanceCounters(this);
  /** DR6 bits of a debug trap behind the instruction that ran last: breakpoints on data and ports, single step. */
  debugTrap = 0;
  /** A repeated string instruction has left elements for when it runs again. */
  betweenIterations = false;
  /** A non-maskable interrupt waits; they are blocked from the delivery of one to the next IRET. */
  nmiPending = false;
  nmiBlocked = false;
  /** The single-step trap waits for one more instruction (MOV SS, POP SS), or does not come (SYSCALL, SYSRET). */
  debugHeld = false;
  /** Segment registers by name, for those outside. @unsaved views of what is put */
  readonly segment = segmentRegisters(this);
  readonly gdtr = new DescriptorTable();
  readonly idtr = new DescriptorTable();
  /** XCR0: x87 state always, SSE state when the guest enables it. */
  xcr0 = 1;
  halted = false;
  /** What the guest's writes added to the time-stamp counter. */
  timeStampOffset = 0n;
  /** State of the sequence that RDRAND and RDSEED draw from. */
  randomState = 0x7a65726f70616765n;
  /** The hypervisor under a deprivileged guest. @unsaved wiring */
  monitor: Monitor | undefined;
  /** VMCALL and VMMCALL, where a hypervisor takes them. @unsaved wiring */
  onHypercall: (() => void) | undefined;
  /** @unsaved wiring */
  observer: Observer | undefined;
  /** The last MSR accesses, for the autopsy. @unsaved a record of the past */
  readonly lastMsrs: MsrAccess[] = [];
  /** Linear address of the memory operand of the running system instruction. @unsaved of that instruction */
  operandAddress = 0n;
  /** Mode the code is decoded in; changes whenever CS, CR0, EFER or the CPL do. @unsaved follows from them */
  codeBits: 16 | 32 | 64 = 16;
  /** @unsaved follows from CS */
  csBase = 0;
  /** @unsaved follows from CR0 and RFLAGS */
  realOrVm = true;
  /** @unsaved follows from the mode */
  modeKey = 0;
  /** Limit of the code segment; infinite where it has none (64-bit mode) or it is all of 4 GiB. @unsaved follows from CS */
  codeLimit = Number.POSITIVE_INFINITY;
  /** Numbers of the code limits met so far, for the mode key. @unsaved a matter of caches */
  readonly #codeLimits = new Map<number, number>();

  constructor(
    readonly memory: PhysicalMemory,
    readonly outside: Outside,
    descriptions: readonly InstructionDescription[],
    translate: TranslatorOptions | false = false,
    traced = false,
  ) {
    this.gpr = new BigUint64Array(memory.wasm.buffer, state.gpr, 16);
    this.tlb = new Tlb(memory);
    this.walker = new PageWalker(memory, this);
    this.vendor = vendorOf(outside.cpuid);
    this.physicalBits = physicalBitsOf(outside.cpuid);
    const decoder = new Decoder(descriptions);
    const compiled = compiledInterpreter(descriptions, decoder.encodings, traced);
    this.code = new X86Code(this, decoder, compiled.interpreter);
    this.engine = new Engine(
      memory,
      this.tlb,
      new X86Architecture(this, compiled.interpreter),
      compiled,
      translate,
    );
    this.linear = new LinearAccess(this, this.engine.linear);
    this.flags = 2;
    this.#set32(state.mxcsr, 0x1f80);
    this.#set32(state.fpuControl, 0x37f);
    memory.view.setBigInt64(state.cr0, 0x60000010n, true);
    this.modeChanged();
  }

  // ── registers ───────────────────────────────────────────────────────────────────────────────

  #get32(at: number): number {
    return this.memory.i32[at >> 2]!;
  }
  #set32(at: number, value: number): void {
    this.memory.i32[at >> 2] = value;
  }

  get rip(): bigint {
    return this.memory.view.getBigInt64(state.rip, true);
  }
  /** Linear instruction pointer: CS base included. */
  set rip(value: bigint) {
    this.memory.view.setBigInt64(state.rip, BigInt.asIntN(64, value), true);
  }
  get cr0(): number {
    return this.#get32(state.cr0);
  }
  get cr2(): bigint {
    return this.memory.view.getBigUint64(state.cr2, true);
  }
  set cr2(value: bigint) {
    this.memory.view.setBigUint64(state.cr2, value, true);
  }
  get cr3(): bigint {
    return this.memory.view.getBigUint64(state.cr3, true);
  }
  get rootTable(): number {
    const { u32 } = this.memory;
    return (u32[(state.cr3 + 4) >> 2]! & 0xfffff) * 0x100000000 + ((u32[state.cr3 >> 2]! & 0xfffff000) >>> 0);
  }
  get cr4(): number {
    return this.#get32(state.cr4);
  }
  get efer(): number {
    return this.#get32(state.efer);
  }
  get cpl(): number {
    return this.#get32(state.cpl);
  }

  /** Writes CR0 without checks, keeping EFER.LMA and the caches right. */
  setCr0(value: number): void {
    const old = this.cr0;
    this.#set32(state.cr0, value | CR0.ET);
    if ((old ^ value) & CR0.PG) {
      const efer = this.efer;
      this.#set32(state.efer, value & CR0.PG && efer & EFER.LME ? efer | EFER.LMA : efer & ~EFER.LMA);
    }
    if ((old ^ value) & (CR0.PG | CR0.WP | CR0.PE)) this.flushTlb();
    this.modeChanged();
    if ((old ^ value) & CR0.PG) this.breakpoints.update();
  }
  setCr3(value: bigint): void {
    this.memory.view.setBigUint64(state.cr3, value, true);
    // Whoever monitors the guest has mappings of his own to think of.
    if (this.monitor) this.flushTlb();
    else {
      this.tlb.flushLocal();
      this.engine.epochs.bumpLocal();
      this.#loadPdptes();
    }
  }
  setCr4(value: number): void {
    const old = this.cr4;
    this.#set32(state.cr4, value);
    if ((old ^ value) & (CR4.PAE | CR4.PSE | CR4.PGE | CR4.LA57 | CR4.SMEP | CR4.SMAP | CR4.PCIDE))
      this.flushTlb();
    this.modeChanged();
  }
  setEfer(value: number): void {
    this.#set32(state.efer, value);
    this.flushTlb();
    this.modeChanged();
  }

  /** RFLAGS. */
  get flags(): number {
    if (this.#get32(state.flagsKind)) this.engine.settle();
    const { view } = this.memory;
    const result = view.getBigInt64(state.flagsResult, true);
    const aux = this.#get32(state.flagsAux);
    let flags = this.#get32(state.flagsSystem) | (aux & (FLAG.CF | FLAG.AF | FLAG.OF));
    if (result === 0n) flags |= FLAG.ZF;
    if (result < 0n !== ((aux & FLAG.SF) !== 0)) flags |= FLAG.SF;
    let low = Number(result & 0xffn);
    low ^= low >> 4;
    const even = ((0x9669 >> (low & 15)) & 1) !== 0;
    if (even !== ((aux & FLAG.PF) !== 0)) flags |= FLAG.PF;
    return flags;
  }
  set flags(value: number) {
    this.setArithmeticFlags(value);
    const old = this.#get32(state.flagsSystem);
    this.#set32(state.flagsSystem, (value & ~ARITHMETIC_FLAGS & 0x3f7fd5) | 2);
    if ((old ^ value) & (FLAG.VM | FLAG.AC | FLAG.TF)) this.modeChanged();
    if (value & FLAG.IF) this.lookAgain();
  }
  /** Sets CF, PF, AF, ZF, SF, OF from bits at their RFLAGS places; the other flags stay. */
  setArithmeticFlags(value: number): void {
    const zero = (value & FLAG.ZF) !== 0;
    this.memory.view.setBigInt64(state.flagsResult, zero ? 0n : 1n, true);
    const parity = (value & FLAG.PF) ^ (zero ? FLAG.PF : 0);
    this.#set32(state.flagsAux, (value & (FLAG.CF | FLAG.AF | FLAG.SF | FLAG.OF)) | parity);
  }
  get systemFlags(): number {
    return this.#get32(state.flagsSystem);
  }
  set systemFlags(value: number) {
    const old = this.#get32(state.flagsSystem);
    this.#set32(state.flagsSystem, (value & ~ARITHMETIC_FLAGS & 0x3f7fd5) | 2);
    if ((old ^ value) & (FLAG.VM | FLAG.AC | FLAG.TF)) this.modeChanged();
    if (value & FLAG.IF) this.lookAgain();
  }

  /** Interrupts are held off for one instruction (after STI, MOV SS, POP SS). */
  get interruptShadow(): boolean {
    return this.#get32(state.interruptShadow) !== 0;
  }
  set interruptShadow(held: boolean) {
    this.#set32(state.interruptShadow, held ? 1 : 0);
  }

  /** Set by the interrupt controller: an interrupt waits that IF would let through. */
  get interruptLine(): boolean {
    return this.#get32(state.interruptLine) !== 0;
  }
  set interruptLine(waiting: boolean) {
    this.#set32(state.interruptLine, waiting ? 1 : 0);
  }

  /** A program runs, not the kernel. */
  get userMode(): boolean {
    return this.monitor ? this.monitor.userMode : this.cpl === 3;
  }

  setCpl(level: number): void {
    this.#set32(state.cpl, level);
    this.modeChanged();
  }

  save(put: Put): void {
    put(this.now);
    for (const value of this.gpr) put(value);
    put(BigInt.asUintN(64, this.rip));
    // As the guest sees them: the parts they are made of depend on which instruction came last.
    put(this.flags);
    for (const value of [this.cr0, this.cr4, this.efer, this.cpl, this.xcr0]) put(value);
    put(this.cr2);
    put(this.cr3);
    this.walker.save(put);
    this.#putWords(state.segments, segmentIndex.flat * segment.size, put);
    this.gdtr.save(put);
    this.idtr.save(put);
    for (const value of this.debug) put(value);
    putMap(this.msr, put, put);
    for (const value of [this.halted, this.nmiPending, this.nmiBlocked, this.interruptShadow]) put(value);
    for (const value of [this.betweenIterations, this.debugHeld, this.debugTrap, this.events.nesting])
      put(value);
    put(this.timeStampOffset);
    put(this.randomState);
    this.#putWords(state.mxcsr, 4, put);
    this.#putWords(state.xmm, 16 * 16, put);
    // Ten bytes each; what lies behind them is nobody's.
    for (let i = 0; i < 8; i++) put(this.memory.u8.slice(state.fpr + i * 16, state.fpr + i * 16 + 10));
    this.#putWords(state.fpuControl, state.fpuData + 8 - state.fpuControl, put);
  }

  #putWords(start: number, bytes: number, put: Put): void {
    put(this.memory.u32.slice(start >> 2, (start + bytes) >> 2));
  }

  /** @unsaved caches of code */
  get blocks(): Blocks {
    return this.engine.blocks;
  }

  /** What translates hot blocks; undefined when all code is interpreted. */
  get translator(): Translator<X86Handler> | undefined {
    return this.engine.translator;
  }

  /** Instructions retired so far: exact between instructions and inside system instructions. */
  get now(): number {
    return this.engine.retirement.now;
  }

  /** How much of `now` passed while the processor was halted. */
  get idle(): number {
    return this.engine.retirement.skipped;
  }

  /** Moves time on without executing (HLT). */
  skipTo(now: number): void {
    this.engine.retirement.skipTo(now);
  }

  /** Makes the run loop look at interrupts and stop requests before the next block. */
  lookAgain(): void {
    this.engine.retirement.lookAgain();
  }

  /** Makes the current run end when `until` instructions have retired, if that is sooner: an event became due then. */
  cutBudget(until: number): void {
    this.engine.retirement.cutRun(until);
  }

  /** Ends the current run after the current instruction. */
  stop(reason: StopReason): void {
    this.engine.stop(reason);
  }

  /**
   * Runs until `until` instructions have retired (absolute), or HLT, shutdown or `stop`.
   * Interrupts are delivered between instructions; devices are the caller's.
   */
  run(until: number): StopReason {
    return this.engine.run(until);
  }

  /** A non-maskable interrupt arrives. */
  raiseNmi(): void {
    this.nmiPending = true;
    this.lookAgain();
  }

  /** General, XMM and x87 registers as words: to tell states apart, not to be read. */
  get registerWords(): readonly Int32Array[] {
    const { i32 } = this.memory;
    const words = (at: number, bytes: number): Int32Array => i32.subarray(at >> 2, (at + bytes) >> 2);
    return [words(state.gpr, 16 * 8), words(state.xmm, 16 * 16), words(state.fpr, 8 * 16)];
  }

  /** True in 64-bit or compatibility mode. */
  get longMode(): boolean {
    return (this.efer & EFER.LMA) !== 0;
  }

  /** Works out everything that depends on CR0, CR4, EFER, CS, SS, RFLAGS.VM, RFLAGS.AC and the CPL. */
  modeChanged(): void {
    const { memory } = this;
    const flags = this.#get32(state.flagsSystem);
    const protectedMode = (this.cr0 & CR0.PE) !== 0;
    this.realOrVm = !protectedMode || (flags & FLAG.VM) !== 0;
    const access = this.#get32(segmentOffset(segmentIndex.cs) + segment.access);
    const stackAccess = this.#get32(segmentOffset(segmentIndex.ss) + segment.access);
    this.codeBits = this.longMode && access & 0x2000 ? 64 : access & 0x4000 ? 32 : 16;
    this.csBase =
      this.codeBits === 64 ? 0 : memory.u32[(segmentOffset(segmentIndex.cs) + segment.base) >> 2]!;
    const mask = this.codeBits === 64 ? -1n : stackAccess & 0x4000 ? 0xffffffffn : 0xffffn;
    memory.view.setBigInt64(state.stackMask, mask, true);
    const user = this.cpl === 3;
    const userData = !(this.cr4 & CR4.SMAP) || (flags & FLAG.AC) !== 0;
    const { addressing } = this;
    addressing.supervisorMode = userData ? 2 : 1;
    addressing.looksAtAll = user && (flags & FLAG.AC) !== 0 && (this.cr0 & CR0.AM) !== 0;
    // Nothing is ever entered into the fourth TLB, so every access is looked at.
    this.#set32(state.tlb, this.tlb.base(!user ? addressing.supervisorMode : addressing.looksAtAll ? 3 : 0));
    for (const index of [segmentIndex.es, segmentIndex.ss, segmentIndex.ds]) noteFlat(memory, index);
    const fault = this.cr0 & CR0.EM ? VECTOR.UD : this.cr0 & CR0.TS ? VECTOR.NM : 0;
    this.#set32(state.mmxFault, fault);
    this.#set32(state.sseFault, this.cr4 & CR4.OSFXSR ? fault : VECTOR.UD);
    const bits = this.codeBits === 64 ? 2 : this.codeBits === 32 ? 1 : 0;
    // Which branches are canonical is decided while decoding; 64-bit code has no base.
    const wide = bits === 2 && this.cr4 & CR4.LA57 ? 16 : 0;
    const kind = bits + (this.realOrVm ? 4 : 0) + wide + this.csBase * 16 + this.#codeLimitNumber() * 2 ** 36;
    const key = kind + (user ? 8 : 0);
    if (key === this.modeKey) return;
    const other = kind !== this.modeKey - (this.modeKey & 8);
    this.modeKey = key;
    const { epochs } = this.engine;
    epochs.enter(user);
    if (other) epochs.bump();
  }

  /** Sets `codeLimit`; 0 when there is none, else a number of its own for each limit. */
  #codeLimitNumber(): number {
    const limit = this.memory.u32[(segmentOffset(segmentIndex.cs) + segment.limit) >> 2]!;
    if (this.codeBits === 64 || limit === 0xffffffff) {
      this.codeLimit = Number.POSITIVE_INFINITY;
      return 0;
    }
    this.codeLimit = limit;
    let known = this.#codeLimits.get(limit);
    if (known === undefined) {
      known = this.#codeLimits.size + 1;
      this.#codeLimits.set(limit, known);
    }
    return known;
  }

  flushTlb(): void {
    this.tlb.flush();
    this.engine.epochs.bump();
    this.#loadPdptes();
  }

  /** The four PDPTEs that PAE paging keeps in the processor. */
  #loadPdptes(): void {
    if (this.cr4 & CR4.PAE && !this.longMode && this.cr0 & CR0.PG) {
      const table = Number(this.cr3 & 0xffffffe0n);
      for (let i = 0; i < 4; i++) {
        const low = BigInt(this.memory.read32(table + i * 8));
        this.walker.pdptes[i] = low | (BigInt(this.memory.read32(table + i * 8 + 4)) << 32n);
      }
    }
  }

  /** INVLPG: forgets what is known about the page of a linear address. */
  invalidatePage(address: bigint): void {
    const signed = this.longMode ? BigInt.asIntN(64, address) : BigInt.asUintN(32, address);
    const page = Number(signed >> 12n);
    if (this.tlb.inLarge(page)) this.flushTlb();
    else {
      this.tlb.drop(page);
      if (this.engine.epochs.hasFetched(page)) this.engine.epochs.bump();
    }
  }

  setFaultAddress(page: number, offset: number): void {
    this.cr2 = BigInt.asUintN(64, BigInt(page) * 4096n + BigInt(offset));
  }

  raiseNotCanonical(): never {
    const rec = this.engine.retirement.record;
    const stack =
      rec !== 0 && this.memory.u16[(rec + record.segment) >> 1] === segmentOffset(segmentIndex.ss);
    raise(stack ? VECTOR.SS : VECTOR.GP, 0);
  }

  /** For a monitor that emulates: executes one instruction, a fault of which is delivered. False when it did fault. */
  executeOne(): boolean {
    return this.engine.execute(1);
  }

  /** Raises #SS(0) for the stack segment, #GP(0) for the others. */
  segmentFault(index: number): never {
    raise(index === segmentIndex.ss ? VECTOR.SS : VECTOR.GP, 0);
  }

  // ── operands of system instructions ─────────────────────────────────────────────────────────

  /** Operand `n`, zero-extended to its size (or `size`). */
  readOperand(instruction: OperandsOf, n: number, size?: Size): bigint {
    const operand = instruction.operands[n]!;
    const bits = size ?? operand.size;
    switch (operand.kind) {
      case 'memory':
        return this.linear.read(this.operandAddress, bits / 8);
      case 'gpr':
        return this.readGpr(operand.number, bits, operand.high);
      case 'immediate':
      case 'relative':
      case 'far':
        return operand.value;
      default:
        throw new Error(`operand kind ${operand.kind} has no plain value`);
    }
  }

  writeOperand(instruction: OperandsOf, n: number, value: bigint, size?: Size): void {
    const operand = instruction.operands[n]!;
    const bits = size ?? operand.size;
    if (operand.kind === 'memory') this.linear.write(this.operandAddress, bits / 8, value);
    else if (operand.kind === 'gpr') this.writeGpr(operand.number, value, bits, operand.high);
    else throw new Error(`operand kind ${operand.kind} cannot be written`);
  }

  readGpr(number: number, bits: number, high = false): bigint {
    if (high) return BigInt(this.memory.u8[gprOffset(number, true)]!);
    return BigInt.asUintN(bits, this.gpr[number]!);
  }

  writeGpr(number: number, value: bigint, bits: number, high = false): void {
    if (high) this.memory.u8[gprOffset(number, true)] = Number(value & 0xffn);
    else if (bits === 32) this.gpr[number] = BigInt.asUintN(32, value);
    else if (bits === 64) this.gpr[number] = BigInt.asUintN(64, value);
    else {
      const mask = (1n << BigInt(bits)) - 1n;
      this.gpr[number] = (this.gpr[number]! & ~mask) | (value & mask);
    }
  }

  /** @unsaved of the running instruction */
  nextRip = 0n;
  /** From a system instruction that ends its block: where execution goes on, as a linear address. */
  jumpTo(linear: bigint): void {
    this.nextRip = this.codeBits === 64 ? BigInt.asIntN(64, linear) : BigInt.asUintN(32, linear);
  }

  /** The same with the address in two halves. */
  jumpToHalves(low: number, high: number): void {
    this.nextRip = (BigInt(high) << 32n) | BigInt(low >>> 0);
  }

  /** Called before every delivery, for tracing and the autopsy. @unsaved wiring */
  readonly onDeliver: ((vector: number, errorCode: number | undefined, kind: string) => void)[] = [];

  /** The instruction at the current RIP, or undefined when it cannot be read. */
  currentInstruction(): DecodedWithEncoding | undefined {
    return this.code.peek(this.rip);
  }
}
