import { StartError } from '../../core/errors.js';
import type { Struct } from '../../core/struct.js';
import type { Image } from '../../image/image.js';
import type { Machine } from '../../machine/machine.js';
import type { PlatformInstance } from '../../platform/platform.js';
import type { Claim } from '../entry.js';
import type { Variant } from './vary/variant.js';

/** What a user gives to a boot beside the image. */
export interface BootInput {
  readonly commandLine: string;
  readonly initrd?: Uint8Array;
  /** What `initrd` was joined of, for entries that hand over modules. */
  readonly initrds?: readonly Uint8Array[];
  /** Further modules. */
  readonly modules?: readonly GivenModule[];
  /** Most bytes of command line the kernel takes, without the NUL, where the image says so or it is Linux. */
  readonly commandLineMax?: number;
  /** hardware_subarch and its data, for the Linux entries. */
  readonly subarch?: number;
  readonly subarchData?: bigint;
  /** What is under the machine. */
  readonly platform?: PlatformInstance;
  /** What is to be otherwise than usual. */
  readonly variant?: Variant;
}

/** A file that a kernel is given along, with a string of its own. */
export interface GivenModule {
  readonly data: Uint8Array;
  readonly string: string;
}

/** Where the machine's memory ends at the least and at the most, in MiB. */
export const memoryRange = { least: 16, most: 3072 } as const;

const MEBIBYTE = 0x100000;

/** What to do when there is too little RAM; `end` is where it would have to end at the least, if that is known. */
export function memoryAdvice(end?: number): string {
  if (end === undefined) return 'give the machine more memory with -m';
  const wanted = Math.ceil(end / MEBIBYTE);
  if (wanted > memoryRange.most)
    return `no -m helps: the machine can have ${memoryRange.most} MiB at the most`;
  // The kernel wants some for itself.
  return `give the machine more memory, e.g. -m ${Math.min(memoryRange.most, (Math.ceil(wanted / 64) + 1) * 64)}`;
}

/** Something that lies in guest memory when the guest starts. */
export interface Place {
  readonly name: string;
  readonly start: number;
  /** Bytes. */
  readonly size: number;
  /** Layout of the structure, or of each of the structures, that lie there. */
  readonly struct?: Struct;
}

/** For entries that hand over nothing but an initrd. */
export function refuseModules({ modules = [] }: BootInput, structure: string): void {
  if (modules.length === 0) return;
  throw new StartError(
    `${structure} has no modules`,
    'give an initrd with --initrd, or boot through pvh, multiboot or multiboot2',
  );
}

/** For entries that hand over no zero page. */
export function refuseSubarch({ subarch }: BootInput, structure: string): void {
  if (subarch === undefined) return;
  throw new StartError(
    `${structure} has no hardware_subarch`,
    'leave --subarch away, or boot through an entry with a zero page',
  );
}

/** Lays out an entry's start of day, memory, structures and registers, and says what it put where. */
export type Start = (machine: Machine, layer: Image, claim: Claim, input: BootInput) => readonly Place[];
