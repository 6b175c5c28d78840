import type { Machine } from '../../src/machine/machine.js';
import { stateHash } from '../../src/machine/state-hash.js';

/** The state hash with all RAM looked at, whether or not anybody is known to have written there. */
export function wholeHash(machine: Machine): string {
  machine.memory.touched.fill(1);
  return stateHash(machine);
}
