import { GPR } from '../../abi/x86/registers.js';
import type { Machine } from '../../machine/machine.js';

/** Bytes of the stack that are kept to name callers by. */
const stackKept = 1024;
/** Bytes of code that are kept to recognise it by. */
const codeKept = 32;

/** Where a machine was when it did something; which function that is, is asked afterwards. */
export interface Moment {
  /** Retired before. */
  readonly instruction: number;
  /** Linear and physical address of the instruction, the former signed. */
  readonly pc: number;
  readonly at: number;
  /** What stood there, below the kernel's own addresses. */
  readonly code: Uint8Array | undefined;
  /** What lay on the stack, from its pointer on. */
  readonly stack: Uint8Array;
}

/** Linear address of the instruction that is being executed, signed. */
export function runningPc({ cpu }: Machine): number {
  return Number(cpu.engine.retirement.running ?? cpu.rip);
}

/** The instruction that is being executed. */
export function momentOf(machine: Machine): Moment {
  const { cpu, memory } = machine;
  const pc = runningPc(machine);
  const frame = cpu.walker.peek(Math.floor(pc / 4096));
  const at = frame === undefined ? -1 : frame * 4096 + (((pc % 4096) + 4096) % 4096);
  const isLow = pc >= 0 && pc < 0xc0000000;
  const kept = isLow && at >= 0 ? Math.max(0, Math.min(codeKept, memory.ramSize - at)) : 0;
  const pointer = cpu.readGpr(GPR.RSP, cpu.codeBits === 64 ? 64 : 32);
  return {
    instruction: machine.instructions,
    pc,
    at,
    code: kept > 0 ? memory.guest.slice(at, at + kept) : undefined,
    stack: stackAt(machine, pointer),
  };
}

/** As much of it as is mapped, page by page. */
function stackAt({ cpu }: Machine, pointer: bigint): Uint8Array {
  const first = Math.min(stackKept, 4096 - Number(pointer & 0xfffn));
  const whole = cpu.linear.peek(pointer, stackKept);
  return whole ?? cpu.linear.peek(pointer, first) ?? new Uint8Array(0);
}
