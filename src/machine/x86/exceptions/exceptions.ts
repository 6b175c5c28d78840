import { CR0 } from '../../../abi/x86/control-registers.js';
import { SYSTEM_TYPE } from '../../../abi/x86/descriptors.js';
import { FLAG } from '../../../abi/x86/flags.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { ACCESS } from '../../engine/architecture.js';
import { scratch } from '../../engine/layout.js';
import { isCanonical } from '../canonical.js';
import type { Processor } from '../processor.js';
import { Descriptor, markAccessed, readDescriptor, selectorError } from '../segments/descriptor.js';
import { LegacyStack } from '../segments/legacy-stack.js';
import {
  commitNullStack,
  commitSegment,
  loadNull,
  loadRealSegment,
  readStackSegment,
  selectorOf,
} from '../segments/segments.js';
import { innerStack, isTss16, stackPointer64 } from '../segments/task-state.js';
import { switchTask } from '../segments/task-switch.js';
import { gprOffset, segmentIndex, state } from '../state.js';
import type { EventKind } from './event-kind.js';
import { raise } from './fault.js';

const gate = new Descriptor();
const code = new Descriptor();
const stack = new Descriptor();

/**
 * Delivers an interrupt or exception through the IDT (Intel SDM vol. 3, chapter 6). RIP is that of the instruction to
 * return to. Faults on the way are raised as GuestFault before any register changed; the caller turns them into double
 * and triple faults.
 */
export function deliver(
  cpu: Processor,
  vector: number,
  errorCode: number | undefined,
  kind: EventKind,
): void {
  if (!(cpu.cr0 & CR0.PE)) deliverReal(cpu, vector);
  else if (cpu.longMode) deliverLong(cpu, vector, errorCode, kind);
  else deliverProtected(cpu, vector, errorCode, kind);
}

/**
 * RFLAGS as the handler's frame shows it: faults, and string instructions that have not come to their end, are restarted
 * with RF set (Intel SDM vol. 3, §18.3.1.1).
 */
function pushedFlags(cpu: Processor, vector: number, kind: EventKind): number {
  const restarts = cpu.betweenIterations || (kind === 'exception' && vector !== VECTOR.DB);
  return restarts ? cpu.flags | FLAG.RF : cpu.flags;
}

/** Real-address mode: a far pointer in the vector table, three words on the stack. */
function deliverReal(cpu: Processor, vector: number): void {
  const { idtr } = cpu;
  if (vector * 4 + 3 > idtr.limit) raise(VECTOR.GP, 0);
  const entry = readTable(cpu, vector * 4, 4);
  const offset = cpu.memory.view.getUint16(entry, true);
  const selector = cpu.memory.view.getUint16(entry + 2, true);
  const frame = new LegacyStack(cpu).current();
  frame.push(cpu.flags, 2);
  frame.push(selectorOf(cpu, segmentIndex.cs), 2);
  frame.push(Number(cpu.rip) - cpu.csBase, 2);
  frame.commit();
  loadRealSegment(cpu, segmentIndex.cs, selector);
  cpu.systemFlags &= ~(FLAG.IF | FLAG.TF | FLAG.AC | FLAG.RF);
  cpu.rip = BigInt(cpu.csBase + offset);
}

/** Place in linear memory of `bytes` of the IDT. */
function readTable(cpu: Processor, distance: number, bytes: number): number {
  const at = cpu.idtr.offset + distance;
  return cpu.linear.placeAt(cpu.idtr.page + (at >>> 12), at & 4095, bytes, ACCESS.READ, true);
}

/** Reads and checks the gate of a vector into `gate`; `width` is the size of an entry. */
function readGate(cpu: Processor, vector: number, width: 8 | 16, kind: EventKind, error: number): void {
  if (vector * width + width - 1 > cpu.idtr.limit) raise(VECTOR.GP, error);
  const at = readTable(cpu, vector * width, width);
  const { view } = cpu.memory;
  gate.low = view.getInt32(at, true);
  gate.high = view.getInt32(at + 4, true);
  gate.upper = width === 16 ? view.getInt32(at + 8, true) : 0;
  if (gate.isSegment) raise(VECTOR.GP, error);
  const { type } = gate;
  const wide = type === SYSTEM_TYPE.INTERRUPT_GATE || type === SYSTEM_TYPE.TRAP_GATE;
  const narrow =
    type === SYSTEM_TYPE.INTERRUPT_GATE16 ||
    type === SYSTEM_TYPE.TRAP_GATE16 ||
    type === SYSTEM_TYPE.TASK_GATE;
  if (!wide && !(narrow && width === 8)) raise(VECTOR.GP, error);
  if (kind === 'software' && gate.dpl < cpu.cpl) raise(VECTOR.GP, error);
  if (!gate.isPresent) raise(VECTOR.NP, error);
}

/** Reads and checks the handler's code segment into `code`. */
function readHandlerSegment(cpu: Processor, ext: number): void {
  const selector = gate.gateSelector;
  if ((selector & 0xfffc) === 0) raise(VECTOR.GP, ext);
  readDescriptor(cpu, selector, code, ext);
  if (!code.isCode || code.dpl > cpu.cpl) raise(VECTOR.GP, selectorError(selector, ext));
  if (!code.isPresent) raise(VECTOR.NP, selectorError(selector, ext));
}

/** IA-32e mode: 16-byte gates, 64-bit handlers, five or six quadwords on an aligned stack (SDM vol. 3, §6.14). */
function deliverLong(cpu: Processor, vector: number, errorCode: number | undefined, kind: EventKind): void {
  const ext = kind === 'software' ? 0 : 1;
  readGate(cpu, vector, 16, kind, vector * 8 + 2 + ext);
  readHandlerSegment(cpu, ext);
  if (!code.isLong || code.isBig) raise(VECTOR.GP, selectorError(gate.gateSelector, ext));
  if (!isCanonical(cpu, gate.upper)) raise(VECTOR.GP, ext);
  const { memory, cpl } = cpu;
  const { i32, u32, view } = memory;
  const inner = !code.isConforming && code.dpl < cpl;
  const level = inner ? code.dpl : cpl;
  const ist = gate.high & 7;
  const rsp = gprOffset(GPR.RSP);
  let low = u32[rsp >> 2]!;
  let high = i32[(rsp + 4) >> 2]!;
  if (ist || inner) {
    const at = stackPointer64(cpu, ist ? ist + 3 : level, ext);
    low = view.getUint32(at, true);
    high = view.getInt32(at + 4, true);
    if (!isCanonical(cpu, high)) raise(VECTOR.SS, ext);
  }
  const bytes = errorCode === undefined ? 40 : 48;
  low = (low & ~15) >>> 0;
  let newLow = low - bytes;
  let newHigh = high;
  if (newLow < 0) {
    newLow += 0x100000000;
    newHigh = (newHigh - 1) | 0;
  }
  if (!isCanonical(cpu, newHigh)) raise(VECTOR.SS, ext);
  const flags = pushedFlags(cpu, vector, kind);
  markAccessed(cpu, code);

  // The frame is written as a supervisor access of the level the handler runs at.
  const page = newHigh * 0x100000 + (newLow >>> 12);
  let at = cpu.linear.placeAt(page, newLow & 4095, bytes, ACCESS.WRITE, level < 3);
  const staged = at < scratch.end;
  if (errorCode !== undefined) {
    view.setInt32(at, errorCode, true);
    view.setInt32(at + 4, 0, true);
    at += 8;
  }
  if (cpu.codeBits === 64) {
    view.setInt32(at, i32[state.rip >> 2]!, true);
    view.setInt32(at + 4, i32[(state.rip + 4) >> 2]!, true);
  } else {
    view.setInt32(at, i32[state.rip >> 2]! - cpu.csBase, true);
    view.setInt32(at + 4, 0, true);
  }
  view.setInt32(at + 8, selectorOf(cpu, segmentIndex.cs), true);
  view.setInt32(at + 12, 0, true);
  view.setInt32(at + 16, flags, true);
  view.setInt32(at + 20, 0, true);
  view.setInt32(at + 24, i32[rsp >> 2]!, true);
  view.setInt32(at + 28, i32[(rsp + 4) >> 2]!, true);
  view.setInt32(at + 32, selectorOf(cpu, segmentIndex.ss), true);
  view.setInt32(at + 36, 0, true);
  if (staged) cpu.engine.linear.finishWrite();

  u32[rsp >> 2] = newLow;
  i32[(rsp + 4) >> 2] = newHigh;
  commitSegment(cpu, segmentIndex.cs, (gate.gateSelector & 0xfffc) | level, code);
  i32[state.cpl >> 2] = level;
  if (inner) commitNullStack(cpu, level, level);
  setHandlerFlags(cpu);
  i32[state.rip >> 2] = gate.gateOffset;
  i32[(state.rip + 4) >> 2] = gate.upper;
  cpu.modeChanged();
}

/** Clears what a handler starts without; IF only through an interrupt gate. */
function setHandlerFlags(cpu: Processor): void {
  const trap = (gate.type & 1) !== 0;
  const clear = FLAG.TF | FLAG.NT | FLAG.RF | FLAG.VM | (trap ? 0 : FLAG.IF);
  cpu.memory.i32[state.flagsSystem >> 2] = cpu.systemFlags & ~clear;
}

/** Protected mode without IA-32e: interrupt, trap and task gates, 16- and 32-bit (SDM vol. 3, §6.12). */
function deliverProtected(
  cpu: Processor,
  vector: number,
  errorCode: number | undefined,
  kind: EventKind,
): void {
  const ext = kind === 'software' ? 0 : 1;
  readGate(cpu, vector, 8, kind, vector * 8 + 2 + ext);
  if (gate.type === SYSTEM_TYPE.TASK_GATE) {
    switchTask(cpu, gate.gateSelector, 'interrupt', cpu.rip, ext);
    if (errorCode !== undefined) {
      const frame = new LegacyStack(cpu).current(false, ext);
      frame.push(errorCode, isTss16(cpu) ? 2 : 4);
      frame.commit();
    }
    return;
  }
  readHandlerSegment(cpu, ext);
  const { cpl } = cpu;
  const bytes = gate.type & 8 ? 4 : 2;
  const flags = pushedFlags(cpu, vector, kind);
  const virtual = (flags & FLAG.VM) !== 0;
  const inner = !code.isConforming && code.dpl < cpl;
  const level = inner ? code.dpl : cpl;
  // Virtual-8086 mode is left for level 0 only.
  if (virtual && (!inner || level !== 0)) raise(VECTOR.GP, selectorError(gate.gateSelector, ext));
  const frame = new LegacyStack(cpu);
  const { es, cs, ss, ds, fs, gs } = segmentIndex;
  if (inner) {
    const { selector, pointer } = innerStack(cpu, level, ext);
    readStackSegment(cpu, selector, level, stack, VECTOR.TS, ext);
    frame.fresh(stack, pointer, ext);
    if (virtual) for (const index of [gs, fs, ds, es]) frame.push(selectorOf(cpu, index), bytes);
    frame.push(selectorOf(cpu, ss), bytes);
    frame.push(cpu.memory.u32[gprOffset(GPR.RSP) >> 2]!, bytes);
  } else frame.current(level < 3, ext);
  const offset = bytes === 4 ? gate.gateOffset : gate.gateOffset & 0xffff;
  frame.push(flags, bytes);
  frame.push(selectorOf(cpu, cs), bytes);
  frame.push(Number(cpu.rip) - cpu.csBase, bytes);
  if (errorCode !== undefined) frame.push(errorCode, bytes);
  if (offset > code.limit) raise(VECTOR.GP, ext);
  markAccessed(cpu, code);
  if (inner) markAccessed(cpu, stack);

  if (inner) {
    commitSegment(cpu, ss, stack.selector, stack);
    if (virtual) for (const index of [gs, fs, ds, es]) loadNull(cpu, index, 0);
  }
  commitSegment(cpu, cs, (gate.gateSelector & 0xfffc) | level, code);
  frame.commit();
  cpu.memory.i32[state.cpl >> 2] = level;
  setHandlerFlags(cpu);
  cpu.modeChanged();
  cpu.rip = BigInt((cpu.csBase + offset) >>> 0);
}
