import { StartError } from '../../core/errors.js';
import type { Struct } from '../../core/struct.js';
import type { Image } from '../../image/image.js';
import type { Machine } from '../../machine/machine.js';
import type { PlatformInstance } from '../../platform/platform.js';
import type { Claim } from '../entry.js';

/** What a user gives to a boot beside the image. */
export interface BootInput {
  readonly commandLine: string;
  readonly initrd?: Uint8Array;
  /** What `initrd` was joined of, for entries that hand over modules. */
  readonly initrds?: readonly Uint8Array[];
  /** Further modules. */
  readonly modules?: readonly GivenModule[];
  /** hardware_subarch and its data, for the Linux entries. */
  readonly subarch?: number;
  readonly subarchData?: bigint;
  /** What is under the machine. */
  readonly platform?: PlatformInstance;
}

/** A file that a kernel is given along, with a string of its own. */
export interface GivenModule {
  readonly data: Uint8Array;
  readonly string: string;
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
