import type { Machine } from '../../../machine/machine.js';
import type { CpuidOptions } from '../../../machine/x86/cpuid.js';
import type { Freedom } from './freedom.js';
import type { Random } from './random.js';

/** What choices are about; all of a family can be asked for by its name. */
export const families = [
  'registers',
  'flags',
  'control',
  'segments',
  'memory',
  'places',
  'fields',
  'processor',
] as const;
export type Family = (typeof families)[number];

/** Something of the start of day that a loader may do one way or another. One file a family, one line in `choices.ts`. */
export interface Choice {
  readonly id: string;
  readonly family: Family;
  /** What is other than usual, as "with …" has it: 'another value in RDX'. */
  readonly title: string;
  /** Other code may run by design, so that only how far the boot gets is to be compared. */
  readonly otherCode?: boolean;
  /** The system register that it has a bit of, as a recording names it. */
  readonly register?: 'cr0' | 'cr4' | 'efer' | 'rflags';
  /** The clause of an ABI that leaves it open; undefined: none does. */
  clause(freedom: Freedom): string | undefined;
  /** Chooses another processor. */
  cpu?(cpu: CpuidOptions, random: Random): CpuidOptions;
  /** Before anything is laid out. */
  before?(machine: Machine, random: Random): void;
  /** When all is laid out and the processor is about to start. */
  after?(machine: Machine, random: Random): void;
}

/** What a boot makes otherwise. */
export interface Variation {
  /** All that is drawn follows from it. */
  readonly seed: number;
  /** Ids of choices or families; default: all that the ABI leaves open but for the processor. */
  readonly choices?: readonly string[];
}
