import { vcpuRunstateInfo } from '../../abi/xen-structures.js';
import type { XenDomain } from './domain.js';

/** RUNSTATE_*, which also order the times of struct vcpu_runstate_info. */
const STATE = { running: 0, blocked: 2 } as const;

/** Counts the time since the last change to the state that ends now. */
export function account(domain: XenDomain, ending: 'running' | 'blocked'): void {
  const { runstate, time } = domain;
  runstate[ending] += time.now - runstate.since;
  runstate.since = time.now;
}

/** The runstate as it is now, with the processor running. */
export function runstateOf(domain: XenDomain): Uint8Array {
  const { runstate, time } = domain;
  const times = new BigUint64Array(4);
  times[STATE.running] = BigInt(runstate.running + time.now - runstate.since);
  times[STATE.blocked] = BigInt(runstate.blocked);
  const bytes = new Uint8Array(vcpuRunstateInfo.size);
  vcpuRunstateInfo.write(new DataView(bytes.buffer), 0, {
    state: STATE.running,
    state_entry_time: BigInt(runstate.since),
    time: new Uint8Array(times.buffer),
  });
  return bytes;
}
