import type { XenDomain } from './domain.js';

/** struct vcpu_runstate_info (Xen public/vcpu.h): state, when it began, ns spent in each of the four. */
export const RUNSTATE_SIZE = 48;
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
  const bytes = new Uint8Array(RUNSTATE_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, STATE.running, true);
  view.setBigUint64(8, BigInt(runstate.since), true);
  view.setBigUint64(16, BigInt(runstate.running + time.now - runstate.since), true);
  view.setBigUint64(16 + STATE.blocked * 8, BigInt(runstate.blocked), true);
  return bytes;
}
