import type { MachineStop } from '../machine/machine.js';

/** Why a boot went no further: why the machine stopped, or who stopped it. */
export type BootStop =
  | Exclude<MachineStop, 'stopped' | 'idle'>
  | 'waypoint'
  | 'stuck'
  | 'interrupted'
  | 'time-limit';

/** The same in a word or two, and in a sentence about the guest. */
interface Ending {
  readonly short: string;
  readonly sentence: string;
}

const endings: Readonly<Record<BootStop, Ending>> = {
  waypoint: { short: 'reached', sentence: 'it reached what it was to reach' },
  budget: { short: 'out of budget', sentence: 'the budget of instructions ran out' },
  'power-off': { short: 'power off', sentence: 'it switched the power off' },
  exit: { short: 'exit', sentence: 'it ended the machine with an exit status' },
  reset: { short: 'reset', sentence: 'it reset the machine' },
  shutdown: { short: 'triple fault', sentence: 'a triple fault shut the processor down' },
  crash: { short: 'crashed', sentence: 'it told its hypervisor that it had crashed' },
  killed: { short: 'killed', sentence: 'its hypervisor ended it' },
  'dead-halt': { short: 'halted', sentence: 'it halted with nothing left that could wake the processor' },
  stuck: { short: 'stuck', sentence: 'it went round in circles' },
  'time-limit': { short: 'time limit', sentence: 'its time of the host was over' },
  interrupted: { short: 'interrupted', sentence: 'it was interrupted from outside' },
};

/** How a boot ended. A panic is known by what the kernel said: what stops the machine then is what it did about it. */
export function endingOf(stop: BootStop, console: string): Ending {
  const panic = /Kernel panic - not syncing: ([^\r\n]*)/.exec(console)?.[1];
  return panic === undefined || stop === 'interrupted' || stop === 'time-limit' || stop === 'waypoint'
    ? endings[stop]
    : { short: 'kernel panic', sentence: `kernel panic: ${panic}` };
}
