import type { OrderedItem } from '../core/ordered-table.js';
import type { ChipsetId } from '../machine/chipset/create.js';
import type { Machine } from '../machine/machine.js';
import type { CpuidOptions } from '../machine/x86/cpuid.js';

export const platformIds = ['bare', 'kvm', 'xen-pv', 'xen-pvh'] as const;

export type PlatformId = (typeof platformIds)[number];

/**
 * What a guest does with a piece of the machine. Every platform says it of every one: `native` is the bare machine's way, by
 * name, so that nothing is left out by being left empty.
 */
export const operationNames = [
  'privileged instructions',
  'page tables',
  'descriptor tables',
  'exceptions',
  'system calls',
  'interrupts',
  'timer',
  'clock',
  'wall clock',
  'CPUID',
  'MSRs',
  'ports',
  'idle',
  'console',
  'store',
  'power off',
] as const;

export type OperationName = (typeof operationNames)[number];

/** How an operation is done: natively, or by what the platform offers instead of it or beside it. */
export interface PlatformOperation {
  readonly by: 'native' | 'hypercall' | 'emulated' | 'shared memory' | 'none';
  /** In a few words: the device, instruction, hypercall or structure. */
  readonly what: string;
}

export type PlatformOperations = Readonly<Record<OperationName, PlatformOperation>>;

/** What a machine must be for a platform. */
export interface PlatformMachine {
  /** RAM beside the guest's own, in MiB. */
  readonly extraMemory: number;
  readonly cpu: CpuidOptions;
  /** What is usually around the processor there. */
  readonly chipset?: ChipsetId;
}

/** What a platform is given of the world outside. */
export interface PlatformWires {
  readonly onConsoleByte: (byte: number) => void;
  /** Seconds since 1970 at the start; default as the real-time clock's. */
  readonly wallClockStart?: number;
}

/** A platform under a machine. */
export interface PlatformInstance {
  readonly id: PlatformId;
  /** Types on the guest's console. */
  receive(byte: number): void;
  /** Registers that the guest's kernel reads otherwise than the processor has them, with `kernel gs.base` for while a program runs. */
  registers?(): Readonly<Record<string, bigint>>;
  /** The hypercalls that were not carried out, and what was asked for. */
  readonly hypercalls?: {
    readonly refusals: readonly {
      readonly name: string;
      readonly errno: string;
      readonly rip: bigint;
      /** What may be the return address of the wrapper around the hypercall; 0: unknown. */
      readonly caller: bigint;
      readonly unknown: boolean;
    }[];
    readonly counts: ReadonlyMap<string, number>;
    /** Told of each call before it is carried out. */
    onCall: ((name: string) => void) | undefined;
    /** Told when one was carried out. */
    onDone: (() => void) | undefined;
  };
}

/** A hypercall or an operation of one, and what a guest gets for it. */
export interface ListedHypercall {
  readonly number: number;
  readonly name: string;
  /**
   * 'implemented': it is carried out. 'refused': with `errno`, as Xen does for want of a version, a device, a right to more.
   * 'forbidden': only a privileged domain may. Every other number gets ENOSYS.
   */
  readonly status: 'implemented' | 'refused' | 'forbidden';
  readonly errno: string | null;
  readonly operations: readonly ListedHypercall[];
}

/** What the guest finds underneath. One file in this room each, one line in `platforms.ts`. */
export interface PlatformDefinition extends OrderedItem {
  readonly id: PlatformId;
  readonly title: string;
  readonly operations: PlatformOperations;
  /** What there is of hypercalls, in the order of their numbers. */
  readonly hypercalls?: readonly ListedHypercall[];
  /** What a Linux command line begins with there; default: the console on the serial port. */
  readonly commandLine?: string;
  /** What is added to the machine; `memory` is the guest's, in MiB. */
  machine?(cpu: CpuidOptions, memory: number): PlatformMachine;
  /** Puts the platform under a machine that has just been built; `memory` as above. */
  attach(machine: Machine, memory: number, wires: PlatformWires): PlatformInstance;
}

/** 2026-01-01T00:00:00Z, as the real-time clock starts. */
export const defaultWallClock = 1767225600;

export const native = (what: string): PlatformOperation => ({ by: 'native', what });
export const hypercall = (what: string): PlatformOperation => ({ by: 'hypercall', what });
export const emulated = (what: string): PlatformOperation => ({ by: 'emulated', what });
export const sharedMemory = (what: string): PlatformOperation => ({ by: 'shared memory', what });
/** Not there, as against forgotten. */
export const absent = (what: string): PlatformOperation => ({ by: 'none', what });
