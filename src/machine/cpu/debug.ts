import type { Cpu } from './cpu.js';

/** Debug registers (Intel SDM vol. 3, §18.2): instruction breakpoints and single-stepping. */

/** DR6 and DR7 bits that always read as 1. */
export const DR6_ONES = 0xffff0ff0n;
export const DR7_ONES = 0x400n;
/** Bits that can be written. */
export const DR6_WRITABLE = 0xe00fn;
export const DR7_WRITABLE = 0xffff2bffn;

export const DR6 = {
  /** A debug register was touched under DR7.GD. */
  BD: 0x2000n,
  /** Single step. */
  BS: 0x4000n,
  /** Switch to a task with the T flag. */
  BT: 0x8000n,
} as const;

export const DR7_GD = 0x2000n;
/** L0–L3 and G0–G3. */
const DR7_ENABLES = 0xffn;

/** Does DR7 enable a breakpoint on an instruction (R/W 0)? */
export function hasInstructionBreakpoints(dr7: bigint): boolean {
  for (let n = 0n; n < 4n; n++) if (enabled(dr7, n)) return true;
  return false;
}

function enabled(dr7: bigint, n: bigint): boolean {
  return ((dr7 >> (2n * n)) & 3n) !== 0n && ((dr7 >> (16n + 4n * n)) & 3n) === 0n;
}

/** B0–B3 bits of the instruction breakpoints at an address; 0 when there are none. */
export function instructionBreakpoints(cpu: Cpu, linear: bigint): bigint {
  const { debug } = cpu;
  const dr7 = debug[7]!;
  if (!(dr7 & DR7_ENABLES)) return 0n;
  const bits = cpu.longMode ? 64 : 32;
  const address = BigInt.asUintN(bits, linear);
  let hit = 0n;
  for (let n = 0n; n < 4n; n++) {
    if (enabled(dr7, n) && BigInt.asUintN(bits, debug[Number(n)]!) === address) hit |= 1n << n;
  }
  return hit;
}
