import { Blocks } from '../engine/blocks.js';
import { Fetches } from '../engine/fetches.js';
import type { border, Imports } from '../engine/interpreter/library.js';
import { attention, ramStart, scratch } from '../engine/layout.js';
import { emptyPcCache, enterPcCache } from '../engine/pc-cache.js';
import { block as header, link, noCharge, pseudo, record } from '../engine/record.js';
import { Tlb } from '../engine/tlb.js';
import { Translator, type TranslatorOptions } from '../engine/translator/translator.js';
import type { PhysicalMemory } from '../memory.js';
import { type Put, putMap, type Saved } from '../saved.js';
import { alignmentMask } from './alignment.js';
import { X86Code } from './code.js';
import { CR0, CR4, EFER } from './control-registers.js';
import { Breakpoints, DR6, DR7_GD } from './debug.js';
import { type DecodedWithEncoding, Decoder } from './decoder/decoder.js';
import { deliver } from './exceptions/exceptions.js';
import { GuestFault, raise, VECTOR } from './exceptions/fault.js';
import { ARITHMETIC_FLAGS, FLAG } from './flags/flags.js';
import { systemKeys, type X86Handler, type x86Border } from './handlers.js';
import type { Decoded, InstructionDescription, MemoryOperand, Operand, Size } from './instruction.js';
import { compiledInterpreter } from './interpreter.js';
import type { Monitor } from './monitor.js';
import type { MsrAccess } from './msr.js';
import { ACCESS, PageWalker, type PagingContext } from './paging.js';
import { DescriptorTable } from './segments/descriptor-table.js';
import { noteFlat } from './segments/flat-segments.js';
import { gprOffset, segment, segmentIndex, segmentOffset, state } from './state.js';
import { type Vendor, vendorOf } from './vendor.js';

/** What the processor needs from the machine around it. */
export interface Outside {
  portIn(port: number, size: 1 | 2 | 4): number;
  portOut(port: number, size: 1 | 2 | 4, value: number): void;
  /** Takes the waiting interrupt: its vector. */
  acknowledgeInterrupt(): number;
  /** MSRs that belong to devices (local APIC); undefined: not one of them. */
  readMsr(index: number): bigint | undefined;
  writeMsr(index: number, value: bigint): boolean;
  cpuid(leaf: number, subleaf: number): { eax: number; ebx: number; ecx: number; edx: number };
  /** Task priority (CR8), kept by the local APIC. */
  taskPriority: number;
  /** Called when the processor needs the clock to show `now` exactly. */
  synchronize(now: number): void;
  /** The guest has moved the time-stamp counter: by so much it is ahead of the instructions retired. */
  timeStampMoved?(offset: bigint): void;
}

/** Why `run` returned. */
export type StopReason = 'budget' | 'halt' | 'shutdown' | 'stop';

/** Supervisor and user code have links, and so epochs, of their own. */
const codeModes = ['supervisor', 'user'] as const;

/** The processor: registers, the block cache and the run loop around generated code. */
export class Cpu implements PagingContext, Saved {
  readonly gpr: BigUint64Array;
  /** @unsaved a cache of page tables, filled as code happens to run */
  readonly tlb: Tlb;
  readonly walker: PageWalker;
  /** @unsaved a cache of code */
  readonly blocks: Blocks;
  /** @unsaved decodes what is in memory */
  readonly code: X86Code;
  /** Instructions retired before the current run; see `now`. */
  #retired = 0;
  /** @unsaved zero between runs */
  #budget = 0;
  /** Where the current run ends. @unsaved the caller's */
  #until = 0;
  readonly #run: (rec: number) => void;
  /** Brings CF, AF and OF where they are expected outside translated code. */
  readonly #knowFlags: () => void;
  /** What translates hot blocks; undefined when all code is interpreted. @unsaved how code runs, not what it does */
  readonly translator: Translator<X86Handler> | undefined;
  readonly physicalBits = 40;
  readonly vendor: Vendor;
  /** Other model-specific registers, by index. */
  readonly msr = new Map<number, bigint>();
  readonly debug = new BigUint64Array(8);
  /** @unsaved follows from the debug registers */
  readonly breakpoints = new Breakpoints(this);
  /** DR6 bits of a debug trap behind the instruction that ran last: breakpoints on data and ports, single step. */
  debugTrap = 0;
  /** A repeated string instruction has left elements for when it runs again. */
  betweenIterations = false;
  /** A non-maskable interrupt waits; they are blocked from the delivery of one to the next IRET. */
  nmiPending = false;
  nmiBlocked = false;
  /** The single-step trap waits for one more instruction (MOV SS, POP SS), or does not come (SYSCALL, SYSRET). */
  debugHeld = false;
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
  /** The last MSR accesses, for the autopsy. @unsaved a record of the past */
  readonly lastMsrs: MsrAccess[] = [];
  /** @unsaved of the current run */
  #stop: StopReason | undefined;
  /** Record of the instruction being executed by TypeScript. @unsaved none between runs */
  #record = 0;
  /** The last epoch begun. @unsaved a matter of caches */
  #lastEpoch = 0;
  /** Epochs of supervisor and user code: see `state.epoch`. @unsaved a matter of caches */
  readonly #epochs = { supervisor: 0, user: 0 };
  /** Of supervisor and user code, by page: where it was fetched from in the current epoch. @unsaved a cache */
  readonly #fetches = { supervisor: new Fetches(), user: new Fetches() };
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
  /** Data accesses must be aligned: CR0.AM, EFLAGS.AC and CPL 3. @unsaved follows from them */
  #checksAlignment = false;
  /** Software TLB of supervisor accesses: 2 while they may touch user pages, else 1. @unsaved follows from the mode */
  #supervisorMode = 2;

  constructor(
    readonly memory: PhysicalMemory,
    readonly outside: Outside,
    descriptions: readonly InstructionDescription[],
    translate: TranslatorOptions | false = false,
  ) {
    this.gpr = new BigUint64Array(memory.wasm.buffer, state.gpr, 16);
    this.tlb = new Tlb(memory);
    this.walker = new PageWalker(memory, this);
    this.vendor = vendorOf(outside.cpuid);
    const decoder = new Decoder(descriptions);
    const { interpreter, set, module } = compiledInterpreter(descriptions, decoder.encodings);
    this.code = new X86Code(this, decoder, interpreter);
    this.blocks = new Blocks(memory, this.code, this.tlb, interpreter.hot);
    const generalSystem = interpreter.slots.get(systemKeys.g)!;
    const imports: Imports<typeof border & typeof x86Border> = {
      translateRead: (rec: number, page: number, offset: number, bytes: number) => {
        this.#record = rec;
        return this.#place(page, offset, bytes, ACCESS.READ);
      },
      translateWrite: (rec: number, page: number, offset: number, bytes: number) => {
        this.#record = rec;
        return this.#place(page, offset, bytes, ACCESS.WRITE);
      },
      translateModify: (rec: number, page: number, offset: number, bytes: number) => {
        this.#record = rec;
        return this.#placeModify(page, offset, bytes);
      },
      finishWrite: () => this.finishWrite(),
      segmentFault: (rec: number, at: number) => {
        this.#record = rec;
        if (memory.u16[(rec + record.handler) >> 1] === generalSystem)
          this.code.systemInstruction(rec).description.guard?.(this);
        raise(at === segmentOffset(segmentIndex.ss) ? VECTOR.SS : VECTOR.GP, 0);
      },
      raise: (rec: number, vector: number) => {
        this.#record = rec;
        raise(vector);
      },
      fillLink: (at: number) => this.#fillLink(at),
      lookup: (page: number, offset: number) => this.#lookup(page, offset),
      system: (rec: number) => this.#system(rec),
      slow: (rec: number, encoding: number) => {
        this.#record = rec;
        decoder.encodings[encoding]!.description.slow!(this);
        this.#record = 0;
      },
      refetch: (rec: number) => {
        this.#refetch(rec);
        return 0;
      },
      hot: (block: number) => this.#hot(block),
    };
    const instance = new WebAssembly.Instance(module, { machine: { memory: memory.wasm, ...imports } });
    this.#run = instance.exports.run as (rec: number) => void;
    this.#knowFlags = instance.exports.settle as () => void;
    const slots = instance.exports.regions as WebAssembly.Table;
    if (translate)
      this.translator = new Translator(
        this.blocks,
        set,
        interpreter,
        (at) => this.code.flow(at),
        slots,
        translate,
      );
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
      this.#bumpLocal();
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
    if (this.#get32(state.flagsKind)) this.#knowFlags();
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
    for (const value of [this.betweenIterations, this.debugHeld, this.debugTrap, this.#nesting]) put(value);
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
    this.#supervisorMode = userData ? 2 : 1;
    this.#checksAlignment = user && (flags & FLAG.AC) !== 0 && (this.cr0 & CR0.AM) !== 0;
    // Nothing is ever entered into the fourth TLB, so every access is looked at.
    this.#set32(state.tlb, this.tlb.base(!user ? this.#supervisorMode : this.#checksAlignment ? 3 : 0));
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
    if (other) this.bumpEpoch();
    else this.#showEpoch();
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

  /**
   * Invalidates all links and the pc cache. Going from user to supervisor mode and back does not need it: links join
   * blocks of one mode, and the bit of the mode is part of the cache's key (its place in the cache differs with it).
   */
  bumpEpoch(): void {
    for (const mode of codeModes) this.#beginEpoch(mode);
    this.#showEpoch();
  }

  /** The same for code in pages that are not global. */
  #bumpLocal(): void {
    for (const mode of codeModes) if (!this.#fetches[mode].onlyGlobal) this.#beginEpoch(mode);
    this.#showEpoch();
  }

  #beginEpoch(mode: (typeof codeModes)[number]): void {
    this.#fetches[mode].clear();
    this.#epochs[mode] = ++this.#lastEpoch;
    // The cache's keys hold 16 bits of it.
    if ((this.#lastEpoch & 0xffff) === 0) emptyPcCache(this.memory);
  }

  /** Tells generated code the epoch of the current mode. */
  #showEpoch(): void {
    const user = this.modeKey & 8;
    const epoch = user ? this.#epochs.user : this.#epochs.supervisor;
    this.#set32(state.epoch, epoch);
    this.#set32(state.cacheKey, user);
    this.#set32(state.cacheKey + 4, epoch << 16);
  }

  flushTlb(): void {
    this.tlb.flush();
    this.bumpEpoch();
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
      const { supervisor, user } = this.#fetches;
      if (supervisor.has(page) || user.has(page)) this.bumpEpoch();
    }
  }

  setFaultAddress(page: number, offset: number): void {
    this.cr2 = BigInt.asUintN(64, BigInt(page) * 4096n + BigInt(offset));
  }

  raiseNotCanonical(): never {
    const rec = this.#record;
    const stack =
      rec !== 0 && this.memory.u16[(rec + record.segment) >> 1] === segmentOffset(segmentIndex.ss);
    raise(stack ? VECTOR.SS : VECTOR.GP, 0);
  }

  // ── time ────────────────────────────────────────────────────────────────────────────────────

  /** Instructions retired so far: exact between instructions and inside system instructions. */
  get now(): number {
    const charged = this.#retired + this.#budget - this.#get32(state.remaining);
    if (this.#record === 0) return charged;
    return charged - this.#unretired(this.#record);
  }

  /** Instructions of the record's block that were charged but not retired, the record's own included. */
  #unretired(rec: number): number {
    const place = this.memory.u8[rec + record.place]! & 63;
    const block = rec - place * record.size - header.size;
    return this.#get32(block + header.count) - place;
  }

  /** Moves time on without executing (HLT). */
  skipTo(now: number): void {
    if (now > this.#retired) this.#retired = now;
  }

  // ── memory ──────────────────────────────────────────────────────────────────────────────────

  /** Physical page of a linear code page; raises #PF. */
  fetchFrame(page: number, offset: number): number {
    const user = this.cpl === 3;
    const fetches = user ? this.#fetches.user : this.#fetches.supervisor;
    const known = fetches.find(page);
    if (known !== undefined) return known;
    const { frame, span, global } = this.walker.translate(page, offset, ACCESS.FETCH, user, true);
    if (span > 1) this.tlb.noteLarge(page, span);
    fetches.enter(page, frame, global);
    return frame;
  }

  /** The page after one that an access crosses: addresses wrap at 4 GiB unless the access began above that. */
  #wrapPage(page: number): number {
    return this.codeBits === 64 || page > 0x100000 || page < 0 ? page : page & 0xfffff;
  }

  #translate(page: number, offset: number, access: number): number {
    const user = this.cpl === 3;
    const userData = !(this.cr4 & CR4.SMAP) || (this.#get32(state.flagsSystem) & FLAG.AC) !== 0;
    const { frame, writable, dirty, span, global } = this.walker.translate(
      page,
      offset,
      access,
      user,
      userData,
    );
    if (span > 1) this.tlb.noteLarge(page, span);
    const physical = frame * 4096;
    if (this.memory.isRam(physical) && !(this.breakpoints.onData && this.breakpoints.watches(page, false))) {
      const watched = this.breakpoints.onData && this.breakpoints.watches(page, true);
      const mayWrite = writable && dirty && !watched && !this.blocks.codePages[frame];
      this.tlb.enter(user ? 0 : userData ? 2 : 1, page, frame, mayWrite, global);
    }
    return frame;
  }

  /** The write that `finishWrite` carries out. @unsaved of the running instruction */
  readonly #pending = { frame: 0, offset: 0, bytes: 0, second: -1 };

  #place(page: number, offset: number, bytes: number, access: number): number {
    if (this.#checksAlignment) {
      if (!this.walker.isCanonical(page)) this.raiseNotCanonical();
      this.checkAlignment(offset, bytes);
    }
    const frame = this.#translate(page, offset, access);
    const crosses = offset + bytes > 4096;
    if (this.breakpoints.onData && !crosses)
      this.hitBreakpoints(this.breakpoints.data(page, offset, bytes, access === ACCESS.WRITE));
    if (!crosses && this.memory.isRam(frame * 4096)) {
      if (access === ACCESS.WRITE && this.blocks.codePages[frame])
        this.blocks.invalidate(frame, offset, offset + bytes);
      return ramStart + frame * 4096 + offset;
    }
    const second = crosses ? this.#translate(this.#wrapPage(page + 1), 0, access) : -1;
    if (this.breakpoints.onData && crosses) {
      const { breakpoints } = this;
      const first = 4096 - offset;
      const write = access === ACCESS.WRITE;
      this.hitBreakpoints(
        breakpoints.data(page, offset, first, write) |
          breakpoints.data(this.#wrapPage(page + 1), 0, bytes - first, write),
      );
    }
    if (access === ACCESS.READ) this.#copyIn(frame, offset, bytes, second);
    else {
      const { pending } = { pending: this.#pending };
      pending.frame = frame;
      pending.offset = offset;
      pending.bytes = bytes;
      pending.second = second;
    }
    return scratch.start;
  }

  #placeModify(page: number, offset: number, bytes: number): number {
    const at = this.#place(page, offset, bytes, ACCESS.WRITE);
    if (at === scratch.start) {
      const { frame, second } = this.#pending;
      this.#copyIn(frame, offset, bytes, second);
    }
    return at;
  }

  #copyIn(frame: number, offset: number, bytes: number, second: number): void {
    const first = second >= 0 ? 4096 - offset : bytes;
    this.#readPhysical(frame * 4096 + offset, scratch.start, first);
    if (second >= 0) this.#readPhysical(second * 4096, scratch.start + first, bytes - first);
  }

  #readPhysical(address: number, to: number, bytes: number): void {
    const { memory } = this;
    if (memory.isRam(address)) {
      memory.u8.copyWithin(to, ramStart + address, ramStart + address + bytes);
      return;
    }
    this.outside.synchronize(this.now);
    for (let i = 0; i < bytes; ) {
      const size = chunk(address + i, bytes - i);
      const value = memory.mmio.read(address + i, size);
      for (let b = 0; b < size; b++) memory.u8[to + i + b] = value >>> (8 * b);
      i += size;
    }
    this.#breakAfterDevice();
  }

  #writePhysical(address: number, from: number, bytes: number): void {
    const { memory } = this;
    if (memory.isRam(address)) {
      const frame = Math.floor(address / 4096);
      if (this.blocks.codePages[frame])
        this.blocks.invalidate(frame, address & 4095, (address & 4095) + bytes);
      memory.u8.copyWithin(ramStart + address, from, from + bytes);
      return;
    }
    this.outside.synchronize(this.now);
    for (let i = 0; i < bytes; ) {
      const size = chunk(address + i, bytes - i);
      let value = 0;
      for (let b = 0; b < size; b++) value |= memory.u8[from + i + b]! << (8 * b);
      memory.mmio.write(address + i, size, value >>> 0);
      i += size;
    }
    this.#breakAfterDevice();
  }

  /** Carries out a write that was staged in scratch memory. */
  finishWrite(): void {
    const { frame, offset, bytes, second } = this.#pending;
    const first = second >= 0 ? 4096 - offset : bytes;
    this.#writePhysical(frame * 4096 + offset, scratch.start, first);
    if (second >= 0) this.#writePhysical(second * 4096, scratch.start + first, bytes - first);
  }

  /**
   * Reads or writes up to 64 bytes of linear memory with the current privilege (or as supervisor: descriptor tables,
   * TSS, exception frames). Raises #PF.
   */
  readLinear(address: bigint, bytes: number, system = false): bigint {
    const at = this.#linear(address, bytes, ACCESS.READ, system);
    const { view, u8 } = this.memory;
    if (bytes === 8) return view.getBigUint64(at, true);
    if (bytes === 4) return BigInt(view.getUint32(at, true));
    if (bytes === 2) return BigInt(view.getUint16(at, true));
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(u8[at + i]!);
    return value;
  }

  writeLinear(address: bigint, bytes: number, value: bigint, system = false): void {
    const at = this.#linear(address, bytes, ACCESS.WRITE, system);
    const { view, u8 } = this.memory;
    if (bytes === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else for (let i = 0; i < bytes; i++) u8[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    if (at < scratch.end) this.finishWrite();
  }

  /** Raises what a write would raise. */
  probeWrite(address: bigint, bytes: number): void {
    const before = this.debugTrap;
    this.#linear(address, bytes, ACCESS.WRITE, false);
    this.debugTrap = before;
  }

  /** #AC(0) when alignment is checked and an access of `bytes` at an offset in its page is not aligned. */
  checkAlignment(offset: number, bytes: number): void {
    if (this.#checksAlignment && this.cpl === 3 && offset & alignmentMask(bytes)) raise(VECTOR.AC, 0);
  }

  /** Breakpoints on data or ports were hit, as DR6 bits: a trap comes behind the running instruction. */
  hitBreakpoints(bits: number): void {
    if (bits === 0) return;
    this.debugTrap |= bits;
    this.lookAgain();
    this.#breakAfterDevice();
  }

  /** Copies linear memory out; at most a page. */
  readBytes(address: bigint, bytes: number): Uint8Array {
    const out = new Uint8Array(bytes);
    for (let i = 0; i < bytes; ) {
      const part = Math.min(bytes - i, 64, 4096 - Number((address + BigInt(i)) & 0xfffn));
      const at = this.#linear(address + BigInt(i), part, ACCESS.READ, false);
      out.set(this.memory.u8.subarray(at, at + part), i);
      i += part;
    }
    return out;
  }

  writeBytes(address: bigint, data: Uint8Array): void {
    for (let i = 0; i < data.length; ) {
      const part = Math.min(data.length - i, 64, 4096 - Number((address + BigInt(i)) & 0xfffn));
      const at = this.#linear(address + BigInt(i), part, ACCESS.WRITE, false);
      this.memory.u8.set(data.subarray(i, i + part), at);
      if (at < scratch.end) this.finishWrite();
      i += part;
    }
  }

  /**
   * Place in linear memory of `bytes` (at most 64) at a linear address; scratch memory where they are not in one RAM
   * page. For bulk operations: see `spanAt`.
   */
  #linear(address: bigint, bytes: number, access: number, system: boolean): number {
    const signed = this.longMode ? BigInt.asIntN(64, address) : BigInt.asUintN(32, address);
    return this.placeAt(Number(signed >> 12n), Number(signed & 0xfffn), bytes, access, system);
  }

  /**
   * The same by linear page (signed) and offset, for callers that keep addresses apart to save BigInt work. After
   * writing to a place below `scratch.end`, call `finishWrite`. `system`: a supervisor access whatever the CPL is.
   */
  placeAt(page: number, offset: number, bytes: number, access: number, system: boolean): number {
    const wrapped = this.longMode ? page : page & 0xfffff;
    const level = this.cpl;
    if (offset + bytes <= 4096 && !this.#checksAlignment) {
      const mode = level === 3 && !system ? 0 : this.#supervisorMode;
      const known = this.tlb.find(mode, wrapped, access === ACCESS.WRITE);
      if (known >= 0) return known + offset;
    }
    if (!system || level !== 3) return this.#place(wrapped, offset, bytes, access);
    this.#set32(state.cpl, 0);
    try {
      return this.#place(wrapped, offset, bytes, access);
    } finally {
      this.#set32(state.cpl, level);
    }
  }

  /**
   * For string instructions: place in linear memory of the byte at `address`, to be read or written from there to the
   * end of its page; -1 when it is not RAM, or each access must be looked at. Invalidates decoded code in the range about to be written.
   */
  spanAt(address: bigint, bytes: number, write: boolean): number {
    const signed = this.codeBits === 64 ? BigInt.asIntN(64, address) : BigInt.asUintN(32, address);
    const page = Number(signed >> 12n);
    const offset = Number(signed & 0xfffn);
    if (this.#checksAlignment || (this.breakpoints.onData && this.breakpoints.watches(page, write)))
      return -1;
    const frame = this.#translate(page, offset, write ? ACCESS.WRITE : ACCESS.READ);
    if (!this.memory.isRam(frame * 4096)) return -1;
    if (write && this.blocks.codePages[frame]) this.blocks.invalidate(frame, offset, offset + bytes);
    return ramStart + frame * 4096 + offset;
  }

  /** Raises #SS(0) for the stack segment, #GP(0) for the others. */
  segmentFault(index: number): never {
    raise(index === segmentIndex.ss ? VECTOR.SS : VECTOR.GP, 0);
  }

  /** Copies linear memory for diagnosis, with supervisor rights: no fault, no accessed bit; undefined when unmapped. */
  peekLinear(address: bigint, bytes: number): Uint8Array | undefined {
    const signed = this.longMode ? BigInt.asIntN(64, address) : BigInt.asUintN(32, address);
    const out = new Uint8Array(bytes);
    for (let i = 0; i < bytes; ) {
      const at = signed + BigInt(i);
      const offset = Number(at & 0xfffn);
      const part = Math.min(bytes - i, 4096 - offset);
      const frame = this.walker.peek(Number(at >> 12n));
      if (frame === undefined || !this.memory.isRam(frame * 4096)) return undefined;
      const from = ramStart + frame * 4096 + offset;
      out.set(this.memory.u8.subarray(from, from + part), i);
      i += part;
    }
    return out;
  }

  // ── operands of system instructions ─────────────────────────────────────────────────────────

  /** Operand `n`, zero-extended to its size (or `size`). */
  readOperand(instruction: Decoded, n: number, size?: Size): bigint {
    const operand = instruction.operands[n]!;
    const bits = size ?? operand.size;
    switch (operand.kind) {
      case 'memory':
        return this.readLinear(this.operandAddress, bits / 8);
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

  writeOperand(instruction: Decoded, n: number, value: bigint, size?: Size): void {
    const operand = instruction.operands[n]!;
    const bits = size ?? operand.size;
    if (operand.kind === 'memory') this.writeLinear(this.operandAddress, bits / 8, value);
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

  // ── called by generated code ────────────────────────────────────────────────────────────────

  #fillLink(at: number): number {
    const words = this.memory.i32;
    const low = words[(at + link.pc) >> 2]!;
    const high = words[(at + link.pc + 4) >> 2]!;
    words[state.rip >> 2] = low;
    words[(state.rip + 4) >> 2] = high;
    this.#record = 0;
    const { generation } = this.blocks;
    const found = this.blocks.findAt(low, high);
    if (generation === this.blocks.generation) {
      words[(at + link.epoch) >> 2] = words[state.epoch >> 2]!;
      words[(at + link.block) >> 2] = found.at;
    }
    return found.at;
  }

  #lookup(page: number, offset: number): number {
    const words = this.memory.i32;
    words[state.rip >> 2] = (page * 4096) | offset;
    words[(state.rip + 4) >> 2] = Math.floor(page / 0x100000) | 0;
    this.#record = 0;
    const found = this.blocks.find(page, offset);
    enterPcCache(this.memory, found);
    return found.at;
  }

  #system(rec: number): number {
    const { memory } = this;
    this.#record = rec;
    const instruction = this.code.systemInstruction(rec);
    this.operandAddress = memory.view.getBigInt64(state.address, true);
    const { description } = instruction;
    if (description.ends === false) {
      description.system!(this, instruction);
      if (this.betweenIterations) return this.#leaveBehind(rec, instruction.pc);
      if (this.#get32(state.remaining) < 0) return this.#leaveBehind(rec, instruction.next);
      this.#record = 0;
      return rec + record.size;
    }
    this.#nextRip = instruction.next;
    const shadow = this.interruptShadow;
    description.system!(this, instruction);
    this.rip = this.#nextRip;
    if (shadow) this.interruptShadow = false;
    this.#record = 0;
    return 0;
  }

  /** @unsaved of the running instruction */
  #nextRip = 0n;
  /** From a system instruction that ends its block: where execution goes on, as a linear address. */
  jumpTo(linear: bigint): void {
    this.#nextRip = this.codeBits === 64 ? BigInt.asIntN(64, linear) : BigInt.asUintN(32, linear);
  }

  /** The same with the address in two halves. */
  jumpToHalves(low: number, high: number): void {
    this.#nextRip = (BigInt(high) << 32n) | BigInt(low >>> 0);
  }

  /** Leaves generated code behind a record in the middle of a block, giving back what was charged for the rest. */
  #leaveBehind(rec: number, next: bigint): number {
    this.#set32(state.remaining, this.#get32(state.remaining) + this.#unretired(rec) - 1);
    this.rip = next;
    this.#record = 0;
    return 0;
  }

  /** Records that were made to leave generated code, and what stood there. @unsaved a matter of caches */
  readonly #breaks = new Map<number, { handler: number; hot: number }>();

  /**
   * After a device access in the middle of a block: when the run must end before the block does, the record behind
   * the running one is replaced, so that generated code comes back at the exact instruction.
   */
  #breakAfterDevice(): void {
    const { u8, u16, i32 } = this.memory;
    const rec = this.#record;
    if (rec === 0 || this.#get32(state.remaining) >= 0) return;
    const place = u8[rec + record.place]! & 63;
    const count = i32[(rec - place * record.size - header.size + header.count) >> 2]!;
    // Behind the last record control goes through `enter`, which looks at the budget itself.
    if (place + 1 >= count) return;
    const next = rec + record.size;
    if (u16[next >> 1] === pseudo.refetch) return;
    this.#breaks.set(next, { handler: u16[next >> 1]!, hot: u8[next + record.hot]! });
    u16[next >> 1] = pseudo.refetch;
    u8[next + record.hot] = 0;
  }

  /** A record that was invalidated or made to leave: goes back to the run loop at its address. */
  #refetch(rec: number): void {
    const { u8, u16, i32 } = this.memory;
    const saved = this.#breaks.get(rec);
    if (saved) {
      this.#breaks.delete(rec);
      const place = u8[rec + record.place]! & 63;
      if (i32[(rec - place * record.size - header.size + header.valid) >> 2]) {
        u16[rec >> 1] = saved.handler;
        u8[rec + record.hot] = saved.hot;
      }
    }
    this.#unwind(rec);
  }

  /** Gives back what was charged for the record and what follows it, and sets RIP to it. */
  #unwind(rec: number): void {
    const { memory } = this;
    const place = memory.u8[rec + record.place]! & 63;
    const block = rec - place * record.size - header.size;
    this.#set32(state.remaining, this.#get32(state.remaining) + this.#get32(block + header.count) - place);
    const distance = memory.u16[(rec + record.distance) >> 1]! & 0x3ff;
    this.rip = memory.view.getBigInt64(block + header.pc, true) + BigInt(distance);
    this.#record = 0;
  }

  // ── the run loop ────────────────────────────────────────────────────────────────────────────

  /** Makes the run loop look at interrupts and stop requests before the next block. */
  lookAgain(): void {
    this.#set32(state.attention, attention.look);
    this.#cut(this.#retired);
  }

  /** Makes the current run end when `until` instructions have retired, if that is sooner: an event became due then. */
  cutBudget(until: number): void {
    if (until < this.#until) this.#until = until;
    this.#cut(until);
  }

  /** Takes from the running stretch what goes beyond `until`; negative `remaining` ends it at the next block. */
  #cut(until: number): void {
    const over = this.#retired + this.#budget - until;
    if (over <= 0 || this.#budget === 0) return;
    this.#set32(state.remaining, this.#get32(state.remaining) - over);
    this.#budget -= over;
    this.#setTimeStampEnd();
  }

  /** A block has become hot: generated code, which may go round in it for long, comes back to have it translated. */
  #hot(block: number): void {
    const patience = this.translator?.want(block);
    if (patience === undefined) return;
    this.#cut(this.#retired + this.#budget - this.#get32(state.remaining) + patience);
  }

  /** What RDTSC counts down from: see `state.timeStampEnd`. */
  #setTimeStampEnd(): void {
    const end = this.#retired + this.#budget;
    const { view, i32 } = this.memory;
    if (this.timeStampOffset === 0n) {
      i32[state.timeStampEnd >> 2] = end | 0;
      i32[(state.timeStampEnd + 4) >> 2] = Math.floor(end / 0x100000000);
    } else view.setBigInt64(state.timeStampEnd, BigInt.asIntN(64, BigInt(end) + this.timeStampOffset), true);
  }

  /** Ends the current run after the current instruction. */
  stop(reason: StopReason): void {
    this.#stop = reason;
    this.lookAgain();
  }

  /**
   * Runs until `until` instructions have retired (absolute), or HLT, shutdown or `stop`.
   * Interrupts are delivered between instructions; devices are the caller's.
   */
  run(until: number): StopReason {
    this.#stop = undefined;
    this.#until = until;
    for (;;) {
      if (this.#stop) return this.#stop;
      if (this.debugTrap && !this.#holdsDebug) {
        this.#trap();
        continue;
      }
      if (this.nmiPending && !this.nmiBlocked && !this.interruptShadow) {
        this.nmiPending = false;
        this.nmiBlocked = true;
        this.halted = false;
        this.#deliver(VECTOR.NMI, undefined, 'interrupt', this.rip);
        continue;
      }
      if (this.interruptLine && this.systemFlags & FLAG.IF && !this.interruptShadow) {
        this.halted = false;
        // A monitor knows itself what waits.
        const vector = this.monitor ? 0 : this.outside.acknowledgeInterrupt();
        this.#deliver(vector, undefined, 'interrupt', this.rip);
        continue;
      }
      if (this.halted) return 'halt';
      const budget = Math.min(this.#until - this.#retired, noCharge - 1);
      if (budget <= 0) return 'budget';
      const stepping = (this.systemFlags & FLAG.TF) !== 0;
      if (stepping || this.breakpoints.onCode) this.#step(stepping);
      else this.#execute(this.interruptShadow ? 1 : budget);
    }
  }

  /** A non-maskable interrupt arrives. */
  raiseNmi(): void {
    this.nmiPending = true;
    this.lookAgain();
  }

  /** Between a load of SS and the end of the next instruction no debug exception comes (Intel SDM vol. 3, §6.8.3). */
  get #holdsDebug(): boolean {
    return this.debugHeld && this.interruptShadow;
  }

  /** The debug trap behind the last instruction. */
  #trap(): void {
    this.#noteTrap();
    this.halted = false;
    this.#deliver(VECTOR.DB, undefined, 'exception', this.rip);
    // Pushing the frame of a debug exception is not watched: a breakpoint on the stack would trap for ever.
    this.debugTrap = 0;
  }

  /** What waits for a debug exception goes with the one that is about to be delivered. */
  #noteTrap(): void {
    const bits = BigInt(this.debugTrap);
    this.debugTrap = 0;
    const kept = bits & DR6.HITS ? this.debug[6]! & ~DR6.HITS : this.debug[6]!;
    this.debug[6] = kept | bits;
  }

  /** One instruction with everything that debugging adds: breakpoints before it, the single-step trap after it. */
  #step(single: boolean): void {
    const resume = (this.systemFlags & FLAG.RF) !== 0;
    const pass = resume || this.betweenIterations || this.#holdsDebug;
    const hits = pass ? 0 : this.breakpoints.code(this.rip);
    if (hits) {
      this.debug[6] = (this.debug[6]! & ~DR6.HITS) | BigInt(hits);
      this.#deliver(VECTOR.DB, undefined, 'exception', this.rip);
      this.debugTrap = 0;
      return;
    }
    this.debugHeld = false;
    const deliveries = this.#deliveries;
    // Cleared before, since the instruction may be an IRET that sets it.
    if (resume) this.systemFlags &= ~FLAG.RF;
    if (!this.#execute(1)) {
      if (resume && deliveries === this.#deliveries) this.systemFlags |= FLAG.RF;
      return;
    }
    if (single && !this.debugHeld) this.debugTrap |= Number(DR6.BS);
    // MOV SS and POP SS hold longer than their own end.
    if (!this.interruptShadow) this.debugHeld = false;
  }

  /**
   * Executes at most `budget` instructions; returns early whenever the world must be looked at. False when nothing
   * was executed to its end: a fault, or code that had to be decoded again.
   */
  #execute(budget: number): boolean {
    const { memory } = this;
    const before = this.#retired;
    const trap = this.debugTrap;
    this.betweenIterations = false;
    this.#budget = budget;
    this.#set32(state.remaining, budget);
    this.#set32(state.attention, 0);
    this.#setTimeStampEnd();
    if (this.translator?.due(before)) this.translator.translate(before);
    const shadow = this.interruptShadow;
    try {
      const found = this.blocks.findAt(this.#get32(state.rip), this.#get32(state.rip + 4));
      // Whoever watches blocks being decoded may have asked to stop: then the budget was cut meanwhile.
      if (this.#get32(state.remaining) !== budget) {
        this.#settle();
        return false;
      }
      let at = found.at;
      let count = found.count;
      if (count > budget) {
        at = this.blocks.truncated(found, budget);
        count = budget;
      }
      this.#set32(state.remaining, budget - count);
      this.#run(at + header.size);
    } catch (thrown) {
      if (!(thrown instanceof GuestFault)) throw thrown;
      if (this.#get32(state.flagsKind)) this.#knowFlags();
      let behind = 0n;
      if (this.#record === 0 && this.debugTrap && !this.#holdsDebug) {
        // The trap behind an instruction comes before a fault in fetching the next one.
        this.#settle();
        if (shadow) this.interruptShadow = false;
        return true;
      }
      // What a faulting instruction hit, it hits again when it is restarted.
      this.debugTrap = trap;
      if (thrown.vector === VECTOR.DB) this.#noteTrap();
      if (this.#record) {
        const rec = this.#record;
        this.#unwind(rec);
        if (thrown.trap) {
          this.#set32(state.remaining, this.#get32(state.remaining) - 1);
          behind = BigInt(memory.u16[(rec + record.distance) >> 1]! >> 12);
        }
      }
      this.#settle();
      if (shadow) this.interruptShadow = false;
      const start = thrown.restart ?? this.rip;
      this.rip = start + behind;
      this.#deliver(thrown.vector, thrown.errorCode, thrown.software ? 'software' : 'exception', start);
      return false;
    }
    this.#settle();
    if (shadow) this.interruptShadow = false;
    if (this.#get32(state.attention) === attention.mode) this.modeChanged();
    return this.#retired > before;
  }

  /** For a monitor that emulates: executes one instruction, a fault of which is delivered. False when it did fault. */
  executeOne(): boolean {
    return this.#execute(1);
  }

  #settle(): void {
    this.#retired += this.#budget - this.#get32(state.remaining);
    this.#budget = 0;
    // A slow path that succeeded leaves its record behind; nothing is charged in advance any more.
    this.#record = 0;
    this.#set32(state.remaining, 0);
  }

  /** Delivers through the IDT; double and triple faults follow from faults on the way. */
  #deliver(
    vector: number,
    errorCode: number | undefined,
    kind: 'interrupt' | 'exception' | 'software',
    restart: bigint,
  ): void {
    this.#deliveries++;
    if (this.monitor?.intercept(vector, errorCode, kind)) return;
    for (const listener of this.onDeliver) listener(vector, errorCode, kind);
    if (vector === VECTOR.DB && kind === 'exception' && this.debug[7]! & DR7_GD)
      this.debug[7] = this.debug[7]! & ~DR7_GD;
    if (this.monitor) {
      this.monitor.deliver(vector, errorCode, kind, restart);
      this.betweenIterations = false;
      return;
    }
    try {
      deliver(this, vector, errorCode, kind);
      this.betweenIterations = false;
      this.#nesting = 0;
    } catch (thrown) {
      if (!(thrown instanceof GuestFault)) throw thrown;
      const second = thrown.vector;
      const secondError = thrown.errorCode;
      // An INT n that cannot be delivered faults as an instruction: it is the one to return to.
      const place = thrown.restart ?? restart;
      this.rip = place;
      const contributory = (v: number): boolean => v === 0 || (v >= 10 && v <= 13);
      // Benign faults in delivery (#AC at level 3) may come without end: processors hang then.
      if ((kind === 'exception' && vector === VECTOR.DF) || ++this.#nesting > 16) {
        this.#nesting = 0;
        this.#stop = 'shutdown';
        return;
      }
      const double =
        kind === 'exception' &&
        ((contributory(vector) && contributory(second)) ||
          (vector === VECTOR.PF && (second === VECTOR.PF || contributory(second))));
      this.#deliver(double ? VECTOR.DF : second, double ? 0 : secondError, 'exception', place);
    }
  }

  /** Deliveries so far. @unsaved compared within one step */
  #deliveries = 0;
  /** Deliveries that failed since one succeeded. */
  #nesting = 0;

  /** Called before every delivery, for tracing and the autopsy. @unsaved wiring */
  readonly onDeliver: ((vector: number, errorCode: number | undefined, kind: string) => void)[] = [];

  /** The instruction at the current RIP, or undefined when it cannot be read. */
  currentInstruction(): DecodedWithEncoding | undefined {
    return this.code.peek(this.rip);
  }
}

function chunk(address: number, left: number): 1 | 2 | 4 {
  if (left >= 4 && address % 4 === 0) return 4;
  if (left >= 2 && address % 2 === 0) return 2;
  return 1;
}

export type { MemoryOperand, Operand };
