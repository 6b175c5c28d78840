import { VECTOR } from '../../abi/x86/vectors.js';
import { raise } from './exceptions/fault.js';
import type { Processor } from './processor.js';

/** #GP(0) above privilege level 0; virtual-8086 mode runs at level 3. */
export function requirePrivilege(cpu: Processor): void {
  if (cpu.cpl !== 0) raise(VECTOR.GP, 0);
}
