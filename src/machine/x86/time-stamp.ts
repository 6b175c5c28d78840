import type { Processor } from './processor.js';

/** The time-stamp counter: retired instructions, moved by what the guest wrote to it. */
export function readTimeStamp(cpu: Processor): bigint {
  return BigInt.asUintN(64, BigInt(cpu.now) + cpu.timeStampOffset);
}

export function writeTimeStamp(cpu: Processor, value: bigint): void {
  moveTimeStamp(cpu, value - BigInt(cpu.now));
}

/** IA32_TSC_ADJUST: what all writes to the counter and to this register have added to it (Intel SDM vol. 3, §18.17.3). */
export function moveTimeStamp(cpu: Processor, offset: bigint): void {
  cpu.timeStampOffset = BigInt.asIntN(64, offset);
  cpu.outside.timeStampMoved?.(cpu.timeStampOffset);
}
