import { CR0 } from '../../../abi/x86/control-registers.js';
import { ARITHMETIC_FLAGS, FLAG } from '../../../abi/x86/flags.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { ACCESS } from '../../engine/architecture.js';
import { isCanonical } from '../canonical.js';
import type { Decoded } from '../instruction.js';
import type { Processor } from '../processor.js';
import { Descriptor, markAccessed } from '../segments/descriptor.js';
import { readOuterStack, readReturnSegment } from '../segments/far-transfer.js';
import { LegacyStack } from '../segments/legacy-stack.js';
import {
  commitNullStack,
  commitSegment,
  dropInnerSegments,
  loadRealSegment,
  loadVirtualSegment,
} from '../segments/segments.js';
import { backLink } from '../segments/task-state.js';
import { switchTask } from '../segments/task-switch.js';
import { gprOffset, segment, segmentIndex, segmentOffset, state } from '../state.js';
import { raise } from './fault.js';

const code = new Descriptor();
const stack = new Descriptor();

/** IRET, IRETD, IRETQ (Intel SDM vol. 2). */
export function interruptReturn(cpu: Processor, instruction: Decoded): void {
  // Also when it faults (Intel SDM vol. 3, §6.7.1).
  cpu.nmiBlocked = false;
  if (cpu.realOrVm) returnReal(cpu, instruction);
  else if (cpu.longMode) {
    if (cpu.systemFlags & FLAG.NT) raise(VECTOR.GP, 0);
    if (instruction.mode === 64) returnLong(cpu, instruction);
    else returnProtected(cpu, instruction);
  } else if (cpu.systemFlags & FLAG.NT) {
    switchTask(cpu, backLink(cpu), 'return', instruction.next, 0);
    cpu.jumpTo(cpu.rip);
  } else returnProtected(cpu, instruction);
}

/**
 * RFLAGS after an IRET from privilege level `cpl`: IOPL and VM are level 0's to change, IF needs CPL ≤ IOPL. RF is kept
 * only when there are instruction breakpoints that it could hold back.
 */
function mergedFlags(cpu: Processor, value: number, bytes: number, virtual = false): number {
  const old = cpu.systemFlags;
  const { cpl } = cpu;
  let mask = ARITHMETIC_FLAGS | FLAG.TF | FLAG.DF | FLAG.NT;
  if (bytes > 2) {
    mask |= FLAG.AC | FLAG.ID | FLAG.RF;
    if (cpl === 0 && !virtual) mask |= FLAG.VIF | FLAG.VIP;
  }
  if (cpl <= ((old >> 12) & 3)) mask |= FLAG.IF;
  if (cpl === 0 && !virtual) mask |= FLAG.IOPL;
  const merged = (value & mask) | (old & ~mask);
  return cpu.breakpoints.onCode ? merged : merged & ~FLAG.RF;
}

function returnReal(cpu: Processor, instruction: Decoded): void {
  const bytes = instruction.size === 32 ? 4 : 2;
  const virtual = (cpu.cr0 & CR0.PE) !== 0;
  if (virtual && (cpu.systemFlags & FLAG.IOPL) !== FLAG.IOPL) raise(VECTOR.GP, 0);
  const frame = new LegacyStack(cpu).current();
  const offset = frame.pop(bytes);
  const selector = frame.pop(bytes) & 0xffff;
  const flags = frame.pop(bytes);
  const limit = cpu.memory.u32[(segmentOffset(segmentIndex.cs) + segment.limit) >> 2]!;
  if (offset > limit) raise(VECTOR.GP, 0);
  frame.commit();
  // In virtual-8086 mode IOPL stays; in real-address mode everything but VM, VIF and VIP is loaded.
  cpu.flags = mergedFlags(cpu, flags, bytes, virtual);
  if (virtual) loadVirtualSegment(cpu, segmentIndex.cs, selector);
  else loadRealSegment(cpu, segmentIndex.cs, selector);
  cpu.jumpTo(BigInt((cpu.csBase + offset) >>> 0));
}

/** From 64-bit mode: SS:RSP is always popped. Kept free of BigInt, since Linux serializes with IRETQ to itself. */
function returnLong(cpu: Processor, instruction: Decoded): void {
  const { memory } = cpu;
  const { i32, u32, view } = memory;
  const bytes = instruction.size / 8;
  const rsp = gprOffset(GPR.RSP);
  const low = u32[rsp >> 2]!;
  const high = i32[(rsp + 4) >> 2]!;
  if (!isCanonical(cpu, high)) raise(VECTOR.SS, 0);
  cpu.addressing.checkAlignment(low, bytes);
  const at = cpu.linear.placeAt(high * 0x100000 + (low >>> 12), low & 4095, bytes * 5, ACCESS.READ, false);
  let ripLow: number;
  let ripHigh = 0;
  let selector: number;
  let flags: number;
  let rspLow: number;
  let rspHigh = 0;
  let stackSelector: number;
  if (bytes === 2) {
    ripLow = view.getUint16(at, true);
    selector = view.getUint16(at + 2, true);
    flags = view.getUint16(at + 4, true);
    rspLow = view.getUint16(at + 6, true);
    stackSelector = view.getUint16(at + 8, true);
  } else {
    ripLow = view.getInt32(at, true);
    selector = view.getUint16(at + bytes, true);
    flags = view.getInt32(at + bytes * 2, true);
    rspLow = view.getInt32(at + bytes * 3, true);
    stackSelector = view.getUint16(at + bytes * 4, true);
    if (bytes === 8) {
      ripHigh = view.getInt32(at + 4, true);
      rspHigh = view.getInt32(at + 28, true);
    }
  }
  readReturnSegment(cpu, selector, code);
  const level = selector & 3;
  const toLong = code.isLong;
  const nullStack = readOuterStack(cpu, stackSelector, level, toLong, stack);
  if (toLong ? !isCanonical(cpu, ripHigh) : ripLow >>> 0 > code.limit) raise(VECTOR.GP, 0);
  markAccessed(cpu, code);
  if (!nullStack) markAccessed(cpu, stack);

  const outer = level > cpu.cpl;
  const merged = mergedFlags(cpu, flags, bytes);
  commitSegment(cpu, segmentIndex.cs, selector, code);
  if (nullStack) commitNullStack(cpu, stackSelector, level);
  else commitSegment(cpu, segmentIndex.ss, stackSelector, stack);
  i32[state.cpl >> 2] = level;
  cpu.modeChanged();
  if (!toLong && !stack.isBig) memory.u16[rsp >> 1] = rspLow;
  else {
    i32[rsp >> 2] = rspLow;
    i32[(rsp + 4) >> 2] = toLong ? rspHigh : 0;
  }
  cpu.flags = merged;
  if (toLong) cpu.jumpToHalves(ripLow, ripHigh);
  else cpu.jumpToHalves((cpu.csBase + (ripLow >>> 0)) | 0, 0);
  if (outer) dropInnerSegments(cpu);
}

/** From protected or compatibility mode: same level, outer level, or virtual-8086 mode. */
function returnProtected(cpu: Processor, instruction: Decoded): void {
  const bytes = instruction.size === 32 ? 4 : 2;
  const frame = new LegacyStack(cpu).current();
  const offset = frame.pop(bytes);
  const selector = frame.pop(bytes) & 0xffff;
  const flags = frame.pop(bytes);
  const { es, cs, ss, ds, fs, gs } = segmentIndex;
  if (bytes === 4 && flags & FLAG.VM && cpu.cpl === 0 && !cpu.longMode) {
    const pointer = frame.pop(4);
    const selectors = [ss, es, ds, fs, gs].map((index) => ({ index, selector: frame.pop(4) & 0xffff }));
    if (offset > 0xffff) raise(VECTOR.GP, 0);
    cpu.setCpl(3);
    cpu.flags = flags;
    for (const { index, selector: value } of selectors) loadVirtualSegment(cpu, index, value);
    loadVirtualSegment(cpu, cs, selector);
    cpu.gpr[GPR.RSP] = BigInt(pointer);
    cpu.jumpTo(BigInt((cpu.csBase + offset) >>> 0));
    return;
  }
  readReturnSegment(cpu, selector, code);
  const level = selector & 3;
  const toLong = cpu.longMode && code.isLong;
  const outer = level > cpu.cpl;
  let nullStack = false;
  let pointer = 0;
  let stackSelector = 0;
  // A return to 64-bit mode from compatibility mode at the same level keeps SS:ESP.
  if (outer) {
    pointer = frame.pop(bytes);
    stackSelector = frame.pop(bytes) & 0xffff;
    nullStack = readOuterStack(cpu, stackSelector, level, toLong, stack);
  }
  if (!toLong && offset > code.limit) raise(VECTOR.GP, 0);
  markAccessed(cpu, code);
  if (outer && !nullStack) markAccessed(cpu, stack);

  const merged = mergedFlags(cpu, flags, bytes);
  commitSegment(cpu, cs, selector, code);
  if (outer) {
    if (nullStack) commitNullStack(cpu, stackSelector, level);
    else commitSegment(cpu, ss, stackSelector, stack);
    if (!nullStack && !stack.isBig) cpu.memory.u16[gprOffset(GPR.RSP) >> 1] = pointer;
    else cpu.gpr[GPR.RSP] = BigInt(pointer);
  } else frame.commit();
  cpu.setCpl(level);
  cpu.flags = merged;
  cpu.jumpTo(BigInt(cpu.codeBits === 64 ? offset : (cpu.csBase + offset) >>> 0));
  if (outer) dropInnerSegments(cpu);
}
