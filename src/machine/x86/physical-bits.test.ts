import { expect, test } from 'vitest';
import { Guest } from '../../../test/machine/guest.js';
import { VECTOR } from '../../abi/x86/vectors.js';
import { createCpuid, physicalBitsOf } from './cpuid.js';
import { GuestFault } from './exceptions/fault.js';

/** Error code of the page fault that a read of a page with this entry raises; undefined: none. */
function faultOf(physicalBits: number, entry: bigint): number | undefined {
  const guest = new Guest('long', { physicalBits });
  guest.page(0x100000, entry);
  try {
    guest.cpu.linear.read(0x100000n, 8);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof GuestFault)) throw thrown;
    expect(thrown.vector).toBe(VECTOR.PF);
    return thrown.errorCode;
  }
}

// Present, with reserved bits set: Intel SDM vol. 3, §5.7.
const reserved = 0x9;

test.each([36, 39, 40, 46])('the processor is as wide as CPUID says: %i bits', (physicalBits) => {
  expect(physicalBitsOf(createCpuid({ physicalBits }))).toBe(physicalBits);
  expect(new Guest('long', { physicalBits }).cpu.physicalBits).toBe(physicalBits);
  expect(faultOf(physicalBits, (1n << BigInt(physicalBits)) | 7n)).toBe(reserved);
  expect(faultOf(physicalBits, (1n << BigInt(physicalBits - 1)) | 7n)).toBeUndefined();
});

test('36 where CPUID has no leaf for it', () => {
  expect(physicalBitsOf(() => ({ eax: 0, ebx: 0, ecx: 0, edx: 0 }))).toBe(36);
});
