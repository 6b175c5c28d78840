import { isCanonicalBaseAddress } from './canonical.js';
import type { Processor } from './processor.js';

/** Kinds of model-specific registers. */
export interface MsrRegister {
  /** Undefined: #GP. */
  read(cpu: Processor): bigint | undefined;
  /** False: #GP. */
  write(cpu: Processor, value: bigint): boolean;
}

/** A register that keeps what is written, as long as only bits of `mask` are set. */
export function stored(index: number, initial = 0n, mask = -1n): MsrRegister {
  return {
    read: (cpu) => cpu.msr.get(index) ?? initial,
    write: (cpu, value) => {
      if (value & BigInt.asUintN(64, ~mask)) return false;
      cpu.msr.set(index, value);
      return true;
    },
  };
}

/** A register whose writes are ignored. */
export const fixed = (value: bigint): MsrRegister => ({ read: () => value, write: () => true });
export const readOnly = (value: bigint): MsrRegister => ({ read: () => value, write: () => false });
/** A command: there is nothing to read. */
export const writeOnly: MsrRegister = { read: () => undefined, write: () => true };

/** An address: #GP unless canonical. */
export function address(index: number): MsrRegister {
  return {
    read: (cpu) => cpu.msr.get(index) ?? 0n,
    write: (cpu, value) => {
      if (!isCanonicalBaseAddress(cpu, value)) return false;
      cpu.msr.set(index, value);
      return true;
    },
  };
}
