import { CR0 } from '../../../abi/x86/control-registers.js';
import { SEGMENT_ACCESS, SYSTEM_TYPE } from '../../../abi/x86/descriptors.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { isCanonicalBase } from '../canonical.js';
import { advertises } from '../cpuid.js';
import { raise } from '../exceptions/fault.js';
import type { Processor } from '../processor.js';
import { segment, segmentIndex, segmentOffset } from '../state.js';
import {
  changeType,
  Descriptor,
  markAccessed,
  readDescriptor,
  readUpperHalf,
  selectorError,
} from './descriptor.js';
import { noteFlat } from './flat-segments.js';

/** What a segment register holds, its hidden part included. */
export interface SegmentValue {
  readonly selector: number;
  readonly base: bigint;
  /** In bytes. */
  readonly limit: number;
  /** Bits 8–23 of the descriptor's second word, limit bits 0; see `SEGMENT_ACCESS`. */
  readonly access: number;
}

/** Real-mode attributes: present, writable, accessed data. */
const REAL_ACCESS = 0x93;
/** Virtual-8086 attributes: the same at DPL 3. */
const VIRTUAL_ACCESS = 0xf3;

/** Fills a segment's cache; what can be read and written follows from limit and access. */
function fill(
  cpu: Processor,
  index: number,
  selector: number,
  base: number,
  baseHigh: number,
  limit: number,
  access: number,
): void {
  const { i32 } = cpu.memory;
  const at = segmentOffset(index) >> 2;
  i32[at + (segment.selector >> 2)] = selector & 0xffff;
  i32[at + (segment.access >> 2)] = access;
  i32[at + (segment.base >> 2)] = base;
  i32[at + (segment.base >> 2) + 1] = baseHigh;
  i32[at + (segment.limit >> 2)] = limit;
  let low = 0;
  let bytes = 0;
  let readable = false;
  let writable = false;
  if ((access & 0x90) === 0x90) {
    bytes = (limit >>> 0) + 1;
    const { CODE, WRITABLE, DOWN, BIG } = SEGMENT_ACCESS;
    readable = (access & (CODE | WRITABLE)) !== CODE;
    writable = (access & (CODE | WRITABLE)) === WRITABLE;
    // Real-address mode knows no types: CS can be written.
    if (!(cpu.cr0 & CR0.PE)) readable = writable = true;
    if (!(access & CODE) && access & DOWN) {
      // Expand-down: everything above the limit, up to what B allows (Intel SDM vol. 3, §3.4.5.1).
      low = bytes;
      bytes = Math.max((access & BIG ? 0x100000000 : 0x10000) - low, 0);
    }
  }
  i32[at + (segment.low >> 2)] = low | 0;
  i32[at + (segment.low >> 2) + 1] = low >= 0x100000000 ? 1 : 0;
  const high = bytes >= 0x100000000 ? 1 : 0;
  i32[at + (segment.readable >> 2)] = readable ? bytes | 0 : 0;
  i32[at + (segment.readable >> 2) + 1] = readable ? high : 0;
  i32[at + (segment.writable >> 2)] = writable ? bytes | 0 : 0;
  i32[at + (segment.writable >> 2) + 1] = writable ? high : 0;
  noteFlat(cpu.memory, index);
}

/** Sets a segment register directly, as a start-of-day state defines it. */
export function setSegment(
  cpu: Processor,
  index: number,
  { selector, base, limit, access }: SegmentValue,
): void {
  fill(
    cpu,
    index,
    selector,
    Number(BigInt.asIntN(32, base)),
    Number(BigInt.asIntN(32, base >> 32n)),
    limit | 0,
    access & 0xf0ff,
  );
  if (index === segmentIndex.cs || index === segmentIndex.ss) cpu.modeChanged();
}

/** What a segment register holds. */
export function getSegment(cpu: Processor, index: number): SegmentValue {
  const { i32, u32, view } = cpu.memory;
  const at = segmentOffset(index);
  return {
    selector: i32[(at + segment.selector) >> 2]!,
    base: view.getBigUint64(at + segment.base, true),
    limit: u32[(at + segment.limit) >> 2]!,
    access: i32[(at + segment.access) >> 2]!,
  };
}

/** Flat 4 GiB segments: the state that Multiboot, PVH and the Linux entries start in. */
export function setFlatSegments(
  cpu: Processor,
  { bits, code, data }: { bits: 16 | 32 | 64; code: number; data: number },
): void {
  const size = bits === 64 ? SEGMENT_ACCESS.LONG : bits === 32 ? SEGMENT_ACCESS.BIG : 0;
  const limit = bits === 16 ? 0xffff : 0xffffffff;
  const granular = bits === 16 ? 0 : SEGMENT_ACCESS.GRANULAR;
  const { es, cs, ss, ds, fs, gs } = segmentIndex;
  setSegment(cpu, cs, { selector: code, base: 0n, limit, access: 0x9b | size | granular });
  const access = 0x93 | granular | (bits === 16 ? 0 : SEGMENT_ACCESS.BIG);
  for (const index of [es, ss, ds, fs, gs])
    setSegment(cpu, index, { selector: data, base: 0n, limit, access });
}

/** Loads a segment register as real-address mode does: base = selector × 16, limit as it was ("unreal mode"). */
export function loadRealSegment(cpu: Processor, index: number, selector: number): void {
  const { i32 } = cpu.memory;
  const at = segmentOffset(index) >> 2;
  const old = i32[at + (segment.access >> 2)]!;
  const usable = (old & 0x90) === 0x90 && (old & 0x0c) !== SEGMENT_ACCESS.DOWN;
  const limit = usable ? i32[at + (segment.limit >> 2)]! : 0xffff;
  const access = REAL_ACCESS | (usable ? old & (SEGMENT_ACCESS.BIG | SEGMENT_ACCESS.GRANULAR) : 0);
  fill(cpu, index, selector, (selector & 0xffff) << 4, 0, limit, access);
  if (index === segmentIndex.cs || index === segmentIndex.ss) cpu.modeChanged();
}

/** Loads a segment register as virtual-8086 mode does. */
export function loadVirtualSegment(cpu: Processor, index: number, selector: number): void {
  fill(cpu, index, selector, (selector & 0xffff) << 4, 0, 0xffff, VIRTUAL_ACCESS);
  if (index === segmentIndex.cs || index === segmentIndex.ss) cpu.modeChanged();
}

/**
 * A null selector: the segment cannot be used. AMD's processors leave base and limit as they were, where 64-bit code goes on
 * with the bases of FS and GS, unless they say that they clear them (AMD APM vol. 3, Fn8000_0021_EAX[NullSelectorClearsBase]).
 */
export function loadNull(cpu: Processor, index: number, selector: number, dpl = 0): void {
  if (cpu.vendor === 'amd' && !advertises(cpu.outside.cpuid, 'null_sel_clr_base'))
    invalidate(cpu, index, selector, dpl << 5);
  else fill(cpu, index, selector, 0, 0, 0, dpl << 5);
}

/** Gives a segment a selector and attributes; base and limit stay. */
function invalidate(cpu: Processor, index: number, selector: number, access: number): void {
  const { i32 } = cpu.memory;
  const at = segmentOffset(index) >> 2;
  const base = at + (segment.base >> 2);
  fill(cpu, index, selector, i32[base]!, i32[base + 1]!, i32[at + (segment.limit >> 2)]!, access);
}

/** Puts a checked code or data descriptor into a segment register. The caller calls `modeChanged` for CS and SS. */
export function commitSegment(cpu: Processor, index: number, selector: number, descriptor: Descriptor): void {
  fill(cpu, index, selector, descriptor.base, 0, descriptor.limit, descriptor.access);
}

/** Flat segments as SYSCALL, SYSENTER and their returns make them without looking into a table. */
export function commitFlat(cpu: Processor, index: number, selector: number, access: number): void {
  fill(cpu, index, selector, 0, 0, -1, access);
}

/** A null SS as it may be in 64-bit mode; its DPL still shows the CPL. */
export function commitNullStack(cpu: Processor, selector: number, cpl: number): void {
  fill(cpu, segmentIndex.ss, selector, 0, 0, 0, (cpl << 5) | SEGMENT_ACCESS.BIG);
}

/**
 * Reads and checks a stack segment for privilege level `cpl` (Intel SDM vol. 3, §5.7). `bad` is the vector for everything
 * but "not present": #GP when a program loads SS, #TS when it comes from a TSS.
 */
export function readStackSegment(
  cpu: Processor,
  selector: number,
  cpl: number,
  into: Descriptor,
  bad: number = VECTOR.GP,
  ext = 0,
): Descriptor {
  if ((selector & 0xfffc) === 0) raise(bad, bad === VECTOR.TS ? selectorError(selector, ext) : ext);
  readDescriptor(cpu, selector, into, ext, bad);
  if ((selector & 3) !== cpl || !into.isWritableData || into.dpl !== cpl)
    raise(bad, selectorError(selector, ext));
  if (!into.isPresent) raise(VECTOR.SS, selectorError(selector, ext));
  return into;
}

/** A code segment's own form: L with D is no valid combination in long mode. */
export function checkCodeForm(cpu: Processor, code: Descriptor, vector: number, ext = 0): void {
  if (cpu.longMode && code.isLong && code.isBig) raise(vector, selectorError(code.selector, ext));
}

const loading = new Descriptor();

/** Loads SS, DS, ES, FS or GS with all checks of the mode the processor is in (MOV, POP, LDS …). */
export function loadSegment(cpu: Processor, index: number, selector: number): void {
  if (cpu.realOrVm) {
    if (cpu.cr0 & CR0.PE) loadVirtualSegment(cpu, index, selector);
    else loadRealSegment(cpu, index, selector);
    return;
  }
  const { cpl } = cpu;
  if (index === segmentIndex.ss) {
    if ((selector & 0xfffc) === 0 && cpu.codeBits === 64 && cpl !== 3 && (selector & 3) === cpl) {
      commitNullStack(cpu, selector, cpl);
    } else {
      readStackSegment(cpu, selector, cpl, loading);
      markAccessed(cpu, loading);
      commitSegment(cpu, index, selector, loading);
    }
    cpu.modeChanged();
    return;
  }
  if ((selector & 0xfffc) === 0) {
    loadNull(cpu, index, selector);
    return;
  }
  readDataSegment(cpu, selector, cpl, VECTOR.GP, loading);
  markAccessed(cpu, loading);
  commitSegment(cpu, index, selector, loading);
}

/** Reads and checks a segment for DS, ES, FS or GS; `bad` is #GP, or #TS in a task switch. */
export function readDataSegment(
  cpu: Processor,
  selector: number,
  cpl: number,
  bad: number,
  into: Descriptor,
): Descriptor {
  readDescriptor(cpu, selector, into, 0, bad);
  if (!into.isReadable) raise(bad, selectorError(selector));
  const conforming = into.isCode && into.isConforming;
  if (!conforming && ((selector & 3) > into.dpl || cpl > into.dpl)) raise(bad, selectorError(selector));
  if (!into.isPresent) raise(VECTOR.NP, selectorError(selector));
  return into;
}

/**
 * After a return to an outer level: data segments that it may not use become invalid (Intel SDM vol. 2, RET). That is not a
 * load of a null selector: 64-bit code goes on with the bases of FS and GS.
 */
export function dropInnerSegments(cpu: Processor): void {
  const { i32 } = cpu.memory;
  const { cpl } = cpu;
  const { es, ds, fs, gs } = segmentIndex;
  for (const index of [es, ds, fs, gs]) {
    const access = i32[(segmentOffset(index) + segment.access) >> 2]!;
    if (!(access & SEGMENT_ACCESS.PRESENT)) continue;
    const conforming = (access & 0x0c) === 0x0c;
    if (conforming || ((access >> 5) & 3) >= cpl) continue;
    const base = (segmentOffset(index) + segment.base) >> 2;
    fill(cpu, index, 0, i32[base]!, i32[base + 1]!, 0, 0);
  }
}

/** LLDT (Intel SDM vol. 2). */
export function loadLdt(cpu: Processor, selector: number, bad: number = VECTOR.GP): void {
  if ((selector & 0xfffc) === 0) {
    loadNull(cpu, segmentIndex.ldtr, selector);
    return;
  }
  if (selector & 4) raise(bad, selectorError(selector));
  readDescriptor(cpu, selector, loading, 0, bad);
  if (loading.isSegment || loading.type !== SYSTEM_TYPE.LDT) raise(bad, selectorError(selector));
  if (cpu.longMode) {
    readUpperHalf(cpu, loading, 0, bad);
    if (!isCanonicalBase(cpu, loading.upper)) raise(VECTOR.GP, 0);
  }
  if (!loading.isPresent) raise(bad === VECTOR.TS ? bad : VECTOR.NP, selectorError(selector));
  commitSystem(cpu, segmentIndex.ldtr, selector, loading);
}

/** LTR: the TSS becomes busy (Intel SDM vol. 2). */
export function loadTaskRegister(cpu: Processor, selector: number): void {
  if ((selector & 0xfffc) === 0) raise(VECTOR.GP, 0);
  if (selector & 4) raise(VECTOR.GP, selectorError(selector));
  readDescriptor(cpu, selector, loading);
  const { type } = loading;
  const available = type === SYSTEM_TYPE.TSS || (type === SYSTEM_TYPE.TSS16 && !cpu.longMode);
  if (loading.isSegment || !available) raise(VECTOR.GP, selectorError(selector));
  if (cpu.longMode) {
    readUpperHalf(cpu, loading);
    if (!isCanonicalBase(cpu, loading.upper)) raise(VECTOR.GP, 0);
  }
  if (!loading.isPresent) raise(VECTOR.NP, selectorError(selector));
  changeType(cpu, loading, 2);
  commitSystem(cpu, segmentIndex.tr, selector, loading);
}

/** Puts a checked system descriptor into LDTR or TR. */
export function commitSystem(cpu: Processor, index: number, selector: number, descriptor: Descriptor): void {
  fill(cpu, index, selector, descriptor.base, descriptor.upper, descriptor.limit, descriptor.access);
}

/** Selector in a segment register. */
export function selectorOf(cpu: Processor, index: number): number {
  return cpu.memory.i32[(segmentOffset(index) + segment.selector) >> 2]!;
}
