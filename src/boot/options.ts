import type { EntryId } from '../entry/entry.js';
import type { GivenModule, Place } from '../entry/start/start.js';
import type { Variation } from '../entry/start/vary/choice.js';
import type { ChipsetId } from '../machine/chipset/create.js';
import type { ExtraDevice } from '../machine/chipset/extra-devices.js';
import type { Machine, MachineOptions, MachineStop } from '../machine/machine.js';
import type { Block } from '../machine/observe.js';
import type { CpuidOptions } from '../machine/x86/cpuid.js';
import type { InstructionDescription } from '../machine/x86/instruction.js';
import type { PlatformId, PlatformInstance } from '../platform/platform.js';
import type { ConsoleInput } from './console-input.js';
import type { Expectation } from './expectations.js';
import type { Waypoint } from './waypoints.js';

/** What decides how a boot goes: the same image and options give the same boot, to the last bit. */
export interface BootOptions {
  /** Default: the first in the table of entries that the image offers and that can be booted. */
  readonly entry?: EntryId;
  /** What the guest finds underneath; default: the first of the entry's. */
  readonly platform?: PlatformId;
  /** Default: that of the unified kernel image, else a generated one whose init prints a marker and powers off; through Multiboot none. */
  readonly initrd?: Uint8Array | readonly Uint8Array[];
  /** What a Multiboot or PVH kernel is given beside it, in this order. */
  readonly modules?: readonly GivenModule[];
  /** In place of `defaultCommandLine` and what the chipset needs. */
  readonly commandLine?: string;
  /** Put behind the command line of the unified kernel image, or for Linux `defaultCommandLine` and what the chipset needs. */
  readonly append?: string;
  /** RAM in MiB, default 512. */
  readonly memory?: number;
  readonly chipset?: ChipsetId;
  /** What is plugged in beside the chipset's own devices. */
  readonly devices?: readonly ExtraDevice[];
  readonly cpu?: CpuidOptions;
  /** hardware_subarch and its data, for the Linux entries. */
  readonly subarch?: number;
  readonly subarchData?: bigint;
  /** What the entry's ABI leaves open and is to be otherwise than usual. */
  readonly variation?: Variation;
  /** Waypoint or function of the kernel to stop at; default: until the guest powers off or cannot go on. */
  readonly until?: string;
  /** What the guest is to say on its console, all of it, for the boot to be a success. */
  readonly expect?: readonly Expectation[];
  /** The exit status the guest is to end with; switching the power off counts as 0. */
  readonly expectExit?: number;
  /** Virtual time to stop at, in instructions, idle time included (1 ns is one); default 20 G. */
  readonly budget?: number;
  /** @internal Default: all that the machine has. */
  readonly instructions?: readonly InstructionDescription[];
  /** @internal See `MachineOptions.traced`. */
  readonly traced?: boolean;
  /** @internal See `MachineOptions.translate`. */
  readonly translate?: MachineOptions['translate'];
}

/** How a boot is watched and driven from outside. */
export interface BootControl {
  /** What the guest sent to its console, a line or a part of one. */
  readonly onConsole?: (bytes: Uint8Array) => void;
  readonly onWaypoint?: (waypoint: Waypoint) => void;
  /** @internal Functions of the kernel, and what is called when each is entered the first time, before it runs. */
  readonly functions?: { readonly names: readonly string[]; entered(name: string): void };
  /** Called about ten times a second. */
  readonly onProgress?: (progress: BootProgress) => void;
  /** @internal Called when everything is laid out, before the machine starts. */
  readonly onMachine?: (machine: Machine, start: StartOfDay) => void;
  /** @internal Called when code runs for the first time, before it does; `instruction`: retired before it. */
  readonly onFirstRun?: (block: Block, instruction: number) => void;
  /** @internal Runs the machine in place of its own `run`, to see more of it. */
  readonly runner?: Runner;
  /** Ends the boot; when it is that of `AbortSignal.timeout`, for having taken too long. */
  readonly signal?: AbortSignal;
  /** What is typed on the guest's console. */
  readonly input?: ConsoleInput;
  /** Idle time passes as it does outside, and the guest's clock shows the host's date: no two boots are the same. */
  readonly realtime?: boolean;
}

/** What a guest is given: what was put where, and what is underneath. */
export interface StartOfDay {
  readonly places: readonly Place[];
  readonly platform: PlatformInstance;
}

/** What runs a machine; `run` as that of a machine. */
export interface Runner {
  run(machine: Machine, until: number): MachineStop;
}

export interface BootProgress {
  /** The last waypoint that was reached. */
  readonly waypoint: string;
  /** Retired so far. */
  readonly instructions: number;
  /** Million instructions a second since the last report. */
  readonly mips: number;
}

export const defaultMemory = 512;
export const defaultBudget = 20e9;

/**
 * What Linux's command line begins with: the console on the serial port, from the first line on, and no waiting after a
 * panic, which would only burn instructions.
 */
export const defaultCommandLine = 'console=ttyS0 earlyprintk=ttyS0 panic=-1';

/**
 * What the command line begins with through Multiboot where it is not Linux's: by custom the first word names the kernel's file. GRUB 2 leaves it
 * out, and kernels that know that tell by the loader's name.
 */
export const kernelName = 'kernel';
