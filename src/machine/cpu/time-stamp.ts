import type { Cpu } from './cpu.js';

/** The time-stamp counter: retired instructions, moved by what the guest wrote to it. */
export function readTimeStamp(cpu: Cpu): bigint {
  return BigInt.asUintN(64, BigInt(cpu.now) + cpu.timeStampOffset);
}

export function writeTimeStamp(cpu: Cpu, value: bigint): void {
  cpu.timeStampOffset = value - BigInt(cpu.now);
}
