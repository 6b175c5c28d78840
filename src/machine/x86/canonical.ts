import { CR4 } from '../../abi/x86/control-registers.js';
import { advertises } from './cpuid.js';
import type { Processor } from './processor.js';

/**
 * Canonical addresses, by their upper 32 bits (signed). There are two questions, and where 57-bit addresses are offered
 * but not enabled their answers differ (Intel SDM vol. 3, §4.5.2, §5.10.4).
 */

function fits(high: number, bits: 48 | 57): boolean {
  const sign = high >> (bits - 33);
  return sign === 0 || sign === -1;
}

/** Can memory be accessed there, code run there? As wide as paging translates: CR4.LA57. */
export function isCanonical(cpu: Processor, high: number): boolean {
  return fits(high, cpu.cr4 & CR4.LA57 ? 57 : 48);
}

/**
 * May a register hold it: MSRs, bases of segments and descriptor tables, the address of INVPCID? As wide as the processor
 * can ever translate, whatever CR4.LA57 is.
 */
export function isCanonicalBase(cpu: Processor, high: number): boolean {
  return fits(high, 48) || (fits(high, 57) && advertises(cpu.outside.cpuid, 'la57'));
}

/** The same of a whole 64-bit value. */
export function isCanonicalBaseAddress(cpu: Processor, value: bigint): boolean {
  return isCanonicalBase(cpu, Number(BigInt.asIntN(32, value >> 32n)));
}
