import type { MachineStop } from '../machine/machine.js';

/** Why a boot went no further: why the machine stopped, or who stopped it. */
export type BootStop =
  | Exclude<MachineStop, 'stopped' | 'idle'>
  | 'waypoint'
  | 'stuck'
  | 'empty-memory'
  | 'interrupted'
  | 'time-limit';

/** What is known about an end beside why the machine stopped. */
export interface EndEvidence {
  readonly stop: BootStop;
  readonly console: string;
  /** 0–255, of a guest that ended the machine with one. */
  readonly exitStatus?: number;
  /** Of the end 'unsupported': what the guest asked for. */
  readonly lacking?: string;
  /**
   * Functions of Linux that were entered and say how it ended; undefined where they could not be watched, and what the console
   * says must do.
   */
  readonly entered?: ReadonlySet<string>;
}

/** An end in a word or two, and in a sentence about the guest. */
interface Ending {
  readonly short: string;
  readonly sentence: string;
  /**
   * 'ordered': the guest ended itself, as one does that is done. 'death': it could not go on. 'open': neither; it is a failure
   * unless the guest had done all it was asked to do.
   */
  readonly manner: 'ordered' | 'death' | 'open';
}

const endings: Readonly<Record<BootStop, Ending>> = {
  waypoint: { short: 'reached', sentence: 'it reached what it was to reach', manner: 'ordered' },
  budget: { short: 'out of budget', sentence: 'the budget of instructions ran out', manner: 'open' },
  'power-off': { short: 'power off', sentence: 'it switched the power off', manner: 'ordered' },
  exit: { short: 'exit', sentence: 'it ended the machine with an exit status', manner: 'ordered' },
  reset: { short: 'reset', sentence: 'it reset the machine', manner: 'open' },
  shutdown: {
    short: 'triple fault',
    sentence: 'a triple fault shut the processor down',
    manner: 'death',
  },
  crash: { short: 'crashed', sentence: 'it told its hypervisor that it had crashed', manner: 'death' },
  killed: { short: 'killed', sentence: 'its hypervisor ended it', manner: 'death' },
  unsupported: {
    short: 'not yet',
    sentence: 'it asked for what this machine does not have yet',
    manner: 'open',
  },
  'dead-halt': {
    short: 'halted',
    sentence: 'it halted with nothing left that could wake the processor',
    manner: 'open',
  },
  'empty-memory': {
    short: 'empty memory',
    sentence: 'it ran into memory that holds nothing but zeros',
    manner: 'death',
  },
  stuck: { short: 'stuck', sentence: 'it went round in circles', manner: 'open' },
  'time-limit': { short: 'time limit', sentence: 'its time of the host was over', manner: 'open' },
  interrupted: { short: 'interrupted', sentence: 'it was interrupted from outside', manner: 'open' },
};

/** What a kernel says when it panics, with the reason: Linux; Xen, whose reason stands in the line below. */
const panics = [
  /Kernel panic - not syncing: ([^\r\n]*)/,
  /\(XEN\) Panic on CPU \d+:\r?\n\(XEN\) ([^\r\n]*)/,
] as const;

/** A panic as the console has it. */
export interface PanicText {
  readonly short: 'kernel panic' | 'Xen panic';
  readonly reason: string;
  /** Where it begins. */
  readonly at: number;
}

export function panicOn(console: string): PanicText | undefined {
  for (const [i, pattern] of panics.entries()) {
    const match = pattern.exec(console);
    if (match) return { short: i ? 'Xen panic' : 'kernel panic', reason: match[1]!, at: match.index };
  }
  return undefined;
}

/** Linux's own way to stop when it cannot switch the power off, or was asked to halt. */
const halts = (entered: ReadonlySet<string> | undefined): boolean =>
  entered?.has('kernel_halt') === true || entered?.has('kernel_power_off') === true;

/**
 * How a boot ended. A panic is known by its function having run; a text alone, which any program can print, is taken for
 * one only where functions could not be watched and the guest did not end itself.
 */
export function endingOf({ stop, console, exitStatus, entered }: EndEvidence): Ending {
  const plain = endings[stop];
  if (stop === 'interrupted' || stop === 'time-limit' || stop === 'waypoint') return plain;
  const said = panicOn(console);
  const hasPanicked = entered
    ? entered.has('panic') || entered.has('vpanic')
    : said !== undefined && plain.manner !== 'ordered';
  if (hasPanicked) {
    const short = said?.short ?? 'kernel panic';
    return { short, sentence: said ? `${short}: ${said.reason}` : 'the kernel panicked', manner: 'death' };
  }
  if (stop === 'exit') {
    return { ...plain, sentence: `it ended the machine with exit status ${exitStatus}` };
  }
  if (stop === 'dead-halt' && halts(entered)) {
    return { short: 'halted', sentence: 'it was asked to halt, and did', manner: 'ordered' };
  }
  // With reboot=triple Linux resets by a triple fault.
  if ((stop === 'reset' || stop === 'shutdown') && entered?.has('kernel_restart')) {
    return { ...endings.reset, sentence: 'it was asked to restart, and reset the machine' };
  }
  return plain;
}
