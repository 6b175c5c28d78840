import { CR0 } from '../../../abi/x86/control-registers.js';
import { FLAG } from '../../../abi/x86/flags.js';
import { GPR } from '../../../abi/x86/registers.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { raise } from '../exceptions/fault.js';
import type { Decoded, InstructionDescription } from '../instruction.js';
import type { Processor } from '../processor.js';
import { portAllowed } from '../segments/task-state.js';
import { gprOffset, segment, segmentIndex, segmentOffset } from '../state.js';

const { RCX, RDX, RSI, RDI } = GPR;

/** Elements of INS and OUTS in one go; then interrupts are looked at. */
const ELEMENTS_AT_ONCE = 512;

type PortSize = 1 | 2 | 4;

/** Operand size of IN, OUT, INS, OUTS in bytes: REX.W means nothing to them. */
const portSize = (bits: number): PortSize => (bits === 8 ? 1 : bits === 16 ? 2 : 4);

/** CPL above IOPL, or virtual-8086 mode: the TSS decides (Intel SDM vol. 1, §19.5). */
function guard(cpu: Processor, port: number, bytes: number): void {
  if (!(cpu.cr0 & CR0.PE)) return;
  if (!cpu.realOrVm && cpu.cpl <= ((cpu.systemFlags >> 12) & 3)) return;
  if (!portAllowed(cpu, port, bytes)) raise(VECTOR.GP, 0);
}

/** Looks whether breakpoints are on the ports of an access that has been made. */
function watch(cpu: Processor, port: number, bytes: number, write: boolean): void {
  cpu.observer?.port(port, bytes, write);
  if (cpu.breakpoints.onPorts) cpu.events.hitBreakpoints(cpu.breakpoints.ports(port, bytes));
}

function portOf(cpu: Processor, instruction: Decoded, n: number): number {
  const operand = instruction.operands[n]!;
  return operand.kind === 'immediate' ? Number(operand.value & 0xffn) : cpu.memory.u16[gprOffset(RDX) >> 1]!;
}

/** Whatever a device wants then cuts the budget: an interrupt, an earlier event, the power off. */
function input(cpu: Processor, instruction: Decoded): void {
  const port = portOf(cpu, instruction, 1);
  const bytes = portSize(instruction.operands[0]!.size);
  guard(cpu, port, bytes);
  cpu.outside.synchronize(cpu.now);
  const value = cpu.outside.portIn(port, bytes);
  cpu.writeGpr(GPR.RAX, BigInt(value >>> 0), bytes * 8);
  watch(cpu, port, bytes, false);
}

function output(cpu: Processor, instruction: Decoded): void {
  const port = portOf(cpu, instruction, 0);
  const bytes = portSize(instruction.operands[1]!.size);
  guard(cpu, port, bytes);
  cpu.outside.synchronize(cpu.now);
  cpu.outside.portOut(port, bytes, Number(cpu.readGpr(GPR.RAX, bytes * 8)));
  watch(cpu, port, bytes, true);
}

/** Linear address of a string operand; outside 64-bit mode its segment is checked. */
function stringAddress(
  cpu: Processor,
  instruction: Decoded,
  index: number,
  register: number,
  bytes: number,
  write: boolean,
): bigint {
  const { view } = cpu.memory;
  const offset = BigInt.asUintN(instruction.addressSize, cpu.gpr[register]!);
  const at = segmentOffset(index);
  const base = view.getBigInt64(at + segment.base, true);
  if (instruction.mode === 64) return index >= segmentIndex.fs ? offset + base : offset;
  const from = offset - view.getBigUint64(at + segment.low, true);
  const valid = view.getBigUint64(at + (write ? segment.writable : segment.readable), true);
  if (from < 0n || from + BigInt(bytes) > valid) raise(index === segmentIndex.ss ? VECTOR.SS : VECTOR.GP, 0);
  return BigInt.asUintN(32, offset + base);
}

/** Runs `element` once, or RCX times under REP; what is left after a while is done by coming back. */
function repeat(
  cpu: Processor,
  instruction: Decoded,
  register: number,
  element: () => void,
  bytes: number,
): void {
  const bits = instruction.addressSize;
  const step = BigInt(cpu.systemFlags & FLAG.DF ? -bytes : bytes);
  const advance = (n: number, by: bigint): void =>
    cpu.writeGpr(n, BigInt.asUintN(bits, cpu.gpr[n]! + by), bits);
  if (!instruction.rep) {
    element();
    advance(register, step);
    return;
  }
  const most = cpu.systemFlags & FLAG.TF ? 1 : ELEMENTS_AT_ONCE;
  for (let done = 0; ; done++) {
    if (BigInt.asUintN(bits, cpu.gpr[RCX]!) === 0n) return;
    if (done === most || (done > 0 && cpu.debugTrap)) break;
    element();
    advance(register, step);
    advance(RCX, -1n);
  }
  cpu.betweenIterations = true;
  cpu.jumpTo(instruction.pc);
}

function inputString(cpu: Processor, instruction: Decoded): void {
  const port = Number(cpu.gpr[RDX]! & 0xffffn);
  const bytes = portSize(instruction.size);
  guard(cpu, port, bytes);
  cpu.outside.synchronize(cpu.now);
  const element = (): void => {
    const address = stringAddress(cpu, instruction, segmentIndex.es, RDI, bytes, true);
    // The write is tried first: a port must not be read for an element that then faults.
    cpu.linear.probeWrite(address, bytes);
    cpu.linear.write(address, bytes, BigInt(cpu.outside.portIn(port, bytes) >>> 0));
    watch(cpu, port, bytes, false);
  };
  repeat(cpu, instruction, RDI, element, bytes);
  cpu.lookAgain();
}

function outputString(cpu: Processor, instruction: Decoded): void {
  const port = Number(cpu.gpr[RDX]! & 0xffffn);
  const bytes = portSize(instruction.size);
  guard(cpu, port, bytes);
  cpu.outside.synchronize(cpu.now);
  const element = (): void => {
    const address = stringAddress(cpu, instruction, instruction.segment, RSI, bytes, false);
    cpu.outside.portOut(port, bytes, Number(cpu.linear.read(address, bytes)));
    watch(cpu, port, bytes, true);
  };
  repeat(cpu, instruction, RSI, element, bytes);
  cpu.lookAgain();
}

/** Port input and output. */
export const io: InstructionDescription[] = [
  { name: 'in', encodings: ['e4 AL,Ib', 'e5 rAX,Ib', 'ec AL,DX', 'ed rAX,DX'], ends: false, system: input },
  { name: 'out', encodings: ['e6 Ib,AL', 'e7 Ib,rAX', 'ee DX,AL', 'ef DX,rAX'], ends: false, system: output },
  { name: 'ins', encodings: ['6c AL', '6d rAX'], system: inputString },
  { name: 'outs', encodings: ['6e AL', '6f rAX'], system: outputString },
];
