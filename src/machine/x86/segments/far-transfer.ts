import { CR0 } from '../../../abi/x86/control-registers.js';
import { SYSTEM_TYPE } from '../../../abi/x86/descriptors.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { isCanonical } from '../canonical.js';
import { raise } from '../exceptions/fault.js';
import type { Decoded } from '../instruction.js';
import type { Processor } from '../processor.js';
import { segment as layout, segmentIndex, segmentOffset, state } from '../state.js';
import { Descriptor, markAccessed, readDescriptor, readUpperHalf, selectorError } from './descriptor.js';
import { LegacyStack } from './legacy-stack.js';
import {
  checkCodeForm,
  commitNullStack,
  commitSegment,
  dropInnerSegments,
  loadRealSegment,
  loadVirtualSegment,
  readStackSegment,
  selectorOf,
} from './segments.js';
import { innerStack, stackPointer64 } from './task-state.js';
import { switchTask } from './task-switch.js';

/** Far JMP, CALL and RET (Intel SDM vol. 2, JMP, CALL, RET; vol. 3, §5.8). */

const code = new Descriptor();
const stack = new Descriptor();
const gate = new Descriptor();

/** Offset of the next instruction in its code segment. */
export function returnOffset(cpu: Processor, instruction: Decoded): bigint {
  return cpu.codeBits === 64
    ? BigInt.asUintN(64, instruction.next)
    : BigInt.asUintN(32, instruction.next - BigInt(cpu.csBase));
}

/** Pushes words of `bytes` on the current stack; RSP changes after all of them are written. */
export function pushValues(cpu: Processor, bytes: number, values: readonly bigint[]): void {
  if (cpu.codeBits !== 64) {
    const frame = new LegacyStack(cpu).current();
    for (const value of values) frame.push(Number(BigInt.asIntN(32, value)), bytes as 2 | 4);
    frame.commit();
    return;
  }
  let pointer = cpu.gpr[GPR.RSP]!;
  for (const value of values) {
    pointer = BigInt.asUintN(64, pointer - BigInt(bytes));
    checkStackAddress(cpu, pointer);
    cpu.linear.write(pointer, bytes, value);
  }
  cpu.gpr[GPR.RSP] = pointer;
}

/** The `count` words of `bytes` on top of the current stack; RSP stays. */
export function peekValues(cpu: Processor, bytes: number, count: number, skip = 0): bigint[] {
  const values: bigint[] = [];
  if (cpu.codeBits !== 64) {
    const frame = new LegacyStack(cpu).current();
    for (let i = 0; i < count; i++) values.push(BigInt(frame.peek(skip + i * bytes, bytes as 2 | 4)));
    return values;
  }
  for (let i = 0; i < count; i++) {
    const pointer = BigInt.asUintN(64, cpu.gpr[GPR.RSP]! + BigInt(skip + i * bytes));
    checkStackAddress(cpu, pointer);
    values.push(cpu.linear.read(pointer, bytes));
  }
  return values;
}

/** Moves the stack pointer up. */
export function releaseStack(cpu: Processor, bytes: number): void {
  if (cpu.codeBits === 64) {
    cpu.gpr[GPR.RSP] = cpu.gpr[GPR.RSP]! + BigInt(bytes);
    return;
  }
  const frame = new LegacyStack(cpu).current();
  frame.release(bytes);
  frame.commit();
}

/** A stack access outside the canonical range is #SS, not #GP. */
function checkStackAddress(cpu: Processor, pointer: bigint): void {
  if (!isCanonical(cpu, Number(BigInt.asIntN(32, pointer >> 32n)))) raise(VECTOR.SS, 0);
}

/** Sets the stack pointer a return or gate has found: all of RSP, ESP, or SP where the new stack is 16-bit. */
function setStackPointer(cpu: Processor, value: bigint, narrow: boolean): void {
  if (narrow) cpu.writeGpr(GPR.RSP, value, 16);
  else cpu.gpr[GPR.RSP] = value;
}

/** Is the target inside the code segment? #GP(0) otherwise. */
function checkTarget(cpu: Processor, target: Descriptor, offset: bigint): void {
  if (cpu.longMode && target.isLong) {
    if (!isCanonical(cpu, Number(BigInt.asIntN(32, offset >> 32n)))) raise(VECTOR.GP, 0);
  } else if (offset > BigInt(target.limit)) raise(VECTOR.GP, 0);
}

/** Loads CS from a checked descriptor and goes to an offset in it. */
function enterCode(
  cpu: Processor,
  selector: number,
  level: number,
  target: Descriptor,
  offset: bigint,
): void {
  commitSegment(cpu, segmentIndex.cs, (selector & 0xfffc) | level, target);
  cpu.setCpl(level);
  cpu.jumpTo(cpu.codeBits === 64 ? offset : offset + BigInt(cpu.csBase));
}

/** Real-address and virtual-8086 mode. */
function enterReal(cpu: Processor, selector: number, offset: bigint): void {
  const limit = cpu.memory.u32[(segmentOffset(segmentIndex.cs) + layout.limit) >> 2]!;
  if (offset > BigInt(limit)) raise(VECTOR.GP, 0);
  if (cpu.cr0 & CR0.PE) loadVirtualSegment(cpu, segmentIndex.cs, selector);
  else loadRealSegment(cpu, segmentIndex.cs, selector);
  cpu.jumpTo(offset + BigInt(cpu.csBase));
}

/** Checks for a jump or call straight to a code segment. */
function checkDirect(cpu: Processor, selector: number): void {
  const error = selectorError(selector);
  const { cpl } = cpu;
  if (code.isConforming ? code.dpl > cpl : (selector & 3) > cpl || code.dpl !== cpl) raise(VECTOR.GP, error);
  if (!code.isPresent) raise(VECTOR.NP, error);
  checkCodeForm(cpu, code, VECTOR.GP);
}

/** Reads what a far pointer names; true when it is a code segment (in `code`), else a checked gate or TSS (in `gate`). */
function readTarget(cpu: Processor, selector: number): boolean {
  if ((selector & 0xfffc) === 0) raise(VECTOR.GP, 0);
  readDescriptor(cpu, selector, code);
  if (code.isCode) return true;
  const error = selectorError(selector);
  if (code.isSegment) raise(VECTOR.GP, error);
  gate.selector = selector;
  gate.low = code.low;
  gate.high = code.high;
  gate.upper = 0;
  const { type } = gate;
  const { CALL_GATE, CALL_GATE16, TASK_GATE, TSS, TSS16 } = SYSTEM_TYPE;
  const valid = cpu.longMode
    ? type === CALL_GATE
    : type === CALL_GATE || type === CALL_GATE16 || type === TASK_GATE || type === TSS || type === TSS16;
  if (!valid) raise(VECTOR.GP, error);
  if (gate.dpl < cpu.cpl || gate.dpl < (selector & 3)) raise(VECTOR.GP, error);
  if (cpu.longMode) readUpperHalf(cpu, gate);
  if (!gate.isPresent) raise(VECTOR.NP, error);
  return false;
}

/** The code segment behind a call gate, in `code`; `jump`: the privilege level may not change. */
function readGateTarget(cpu: Processor, jump: boolean): bigint {
  const selector = gate.gateSelector;
  if ((selector & 0xfffc) === 0) raise(VECTOR.GP, 0);
  readDescriptor(cpu, selector, code);
  const error = selectorError(selector);
  const { cpl } = cpu;
  if (!code.isCode || code.dpl > cpl || (jump && !code.isConforming && code.dpl !== cpl))
    raise(VECTOR.GP, error);
  if (cpu.longMode && (!code.isLong || code.isBig)) raise(VECTOR.GP, error);
  if (!code.isPresent) raise(VECTOR.NP, error);
  const low = gate.type & 8 ? gate.gateOffset : gate.gateOffset & 0xffff;
  return cpu.longMode ? BigInt(low) | (BigInt(gate.upper >>> 0) << 32n) : BigInt(low);
}

/** A task gate or TSS: the selector of the TSS. */
function taskSelector(): number {
  return gate.type === SYSTEM_TYPE.TASK_GATE ? gate.gateSelector : gate.selector;
}

export function jumpFar(cpu: Processor, instruction: Decoded, selector: number, offset: bigint): void {
  if (cpu.realOrVm) {
    enterReal(cpu, selector, offset);
    return;
  }
  let target = offset;
  if (readTarget(cpu, selector)) checkDirect(cpu, selector);
  else if (gate.type === SYSTEM_TYPE.CALL_GATE || gate.type === SYSTEM_TYPE.CALL_GATE16)
    target = readGateTarget(cpu, true);
  else {
    switchTask(cpu, taskSelector(), 'jump', instruction.next, 0);
    cpu.jumpTo(cpu.rip);
    return;
  }
  checkTarget(cpu, code, target);
  markAccessed(cpu, code);
  enterCode(cpu, code.selector, cpu.cpl, code, target);
}

export function callFar(cpu: Processor, instruction: Decoded, selector: number, offset: bigint): void {
  const bytes = instruction.size / 8;
  const oldCode = selectorOf(cpu, segmentIndex.cs);
  const back = returnOffset(cpu, instruction);
  if (cpu.realOrVm) {
    pushValues(cpu, bytes, [BigInt(oldCode), back]);
    enterReal(cpu, selector, offset);
    return;
  }
  if (readTarget(cpu, selector)) {
    checkDirect(cpu, selector);
    checkTarget(cpu, code, offset);
    markAccessed(cpu, code);
    pushValues(cpu, bytes, [BigInt(oldCode), back]);
    enterCode(cpu, selector, cpu.cpl, code, offset);
    return;
  }
  if (gate.type !== SYSTEM_TYPE.CALL_GATE && gate.type !== SYSTEM_TYPE.CALL_GATE16) {
    switchTask(cpu, taskSelector(), 'call', instruction.next, 0);
    cpu.jumpTo(cpu.rip);
    return;
  }
  const target = readGateTarget(cpu, false);
  checkTarget(cpu, code, target);
  const width = cpu.longMode ? 8 : gate.type & 8 ? 4 : 2;
  if (code.isConforming || code.dpl === cpu.cpl) {
    markAccessed(cpu, code);
    if (width === 8) push64(cpu, cpu.gpr[GPR.RSP]!, [BigInt(oldCode), back], false);
    else pushValues(cpu, width, [BigInt(oldCode), back]);
    enterCode(cpu, code.selector, cpu.cpl, code, target);
    return;
  }
  callInner(cpu, width, oldCode, back, target);
}

/** Pushes quadwords on a 64-bit stack and sets RSP. */
function push64(cpu: Processor, pointer: bigint, values: readonly bigint[], system: boolean): void {
  for (const value of values) {
    pointer = BigInt.asUintN(64, pointer - 8n);
    checkStackAddress(cpu, pointer);
    cpu.linear.write(pointer, 8, value, system);
  }
  cpu.gpr[GPR.RSP] = pointer;
}

/** Through a call gate to an inner level: the stack of the TSS, with SS:ESP and the parameters on it. */
function callInner(cpu: Processor, width: 2 | 4 | 8, oldCode: number, back: bigint, target: bigint): void {
  const level = code.dpl;
  const oldStack = selectorOf(cpu, segmentIndex.ss);
  if (width === 8) {
    const pointer = cpu.memory.view.getBigUint64(stackPointer64(cpu, level, 0), true);
    markAccessed(cpu, code);
    push64(cpu, pointer, [BigInt(oldStack), cpu.gpr[GPR.RSP]!, BigInt(oldCode), back], true);
    commitNullStack(cpu, level, level);
  } else {
    const { selector, pointer } = innerStack(cpu, level, 0);
    readStackSegment(cpu, selector, level, stack, VECTOR.TS);
    const outer = new LegacyStack(cpu).current();
    const frame = new LegacyStack(cpu).fresh(stack, pointer);
    frame.push(oldStack, width);
    frame.push(cpu.memory.u32[(state.gpr + 32) >> 2]!, width);
    for (let i = (gate.high & 31) - 1; i >= 0; i--) frame.push(outer.peek(i * width, width), width);
    frame.push(oldCode, width);
    frame.push(Number(back), width);
    markAccessed(cpu, code);
    markAccessed(cpu, stack);
    commitSegment(cpu, segmentIndex.ss, selector, stack);
    frame.commit();
  }
  enterCode(cpu, code.selector, level, code, target);
}

/** Reads and checks the code segment a far return or IRET goes to. */
export function readReturnSegment(cpu: Processor, selector: number, into: Descriptor): void {
  if ((selector & 0xfffc) === 0) raise(VECTOR.GP, 0);
  readDescriptor(cpu, selector, into);
  const error = selectorError(selector);
  const level = selector & 3;
  if (!into.isCode || level < cpu.cpl) raise(VECTOR.GP, error);
  if (into.isConforming ? into.dpl > level : into.dpl !== level) raise(VECTOR.GP, error);
  if (!into.isPresent) raise(VECTOR.NP, error);
  checkCodeForm(cpu, into, VECTOR.GP);
}

/** RETF, RETF n: `extra` bytes of parameters are released. */
export function returnFar(cpu: Processor, instruction: Decoded, extra: number): void {
  const bytes = instruction.size / 8;
  const [offset, rawSelector] = peekValues(cpu, bytes, 2) as [bigint, bigint];
  const selector = Number(rawSelector & 0xffffn);
  if (cpu.realOrVm) {
    const limit = cpu.memory.u32[(segmentOffset(segmentIndex.cs) + layout.limit) >> 2]!;
    if (offset > BigInt(limit)) raise(VECTOR.GP, 0);
    releaseStack(cpu, bytes * 2 + extra);
    enterReal(cpu, selector, offset);
    return;
  }
  readReturnSegment(cpu, selector, code);
  const level = selector & 3;
  if (level === cpu.cpl) {
    checkTarget(cpu, code, offset);
    markAccessed(cpu, code);
    releaseStack(cpu, bytes * 2 + extra);
    enterCode(cpu, selector, level, code, offset);
    return;
  }
  const [pointer, rawStack] = peekValues(cpu, bytes, 2, bytes * 2 + extra) as [bigint, bigint];
  const stackSelector = Number(rawStack & 0xffffn);
  const toLong = cpu.longMode && code.isLong;
  const nullStack = readOuterStack(cpu, stackSelector, level, toLong, stack);
  checkTarget(cpu, code, offset);
  markAccessed(cpu, code);
  if (nullStack) commitNullStack(cpu, stackSelector, level);
  else {
    markAccessed(cpu, stack);
    commitSegment(cpu, segmentIndex.ss, stackSelector, stack);
  }
  const narrow = !toLong && !nullStack && !stack.isBig;
  setStackPointer(
    cpu,
    narrow ? BigInt.asUintN(16, pointer + BigInt(extra)) : pointer + BigInt(extra),
    narrow,
  );
  if (!toLong && !narrow) cpu.gpr[GPR.RSP] = BigInt.asUintN(32, cpu.gpr[GPR.RSP]!);
  enterCode(cpu, selector, level, code, offset);
  dropInnerSegments(cpu);
}

/** SS on the way to an outer level; true when it is the null selector that 64-bit mode allows below level 3. */
export function readOuterStack(
  cpu: Processor,
  selector: number,
  level: number,
  toLong: boolean,
  into: Descriptor,
): boolean {
  if ((selector & 0xfffc) === 0 && toLong && level !== 3 && (selector & 3) === level) return true;
  readStackSegment(cpu, selector, level, into);
  return false;
}
