import type { OrderedItem } from '../core/ordered-table.js';
import type { Image } from '../image/image.js';
import type { PlatformId } from '../platform/platform.js';
import type { table } from './entries.js';
import type { Start } from './start/start.js';
import type { Freedom } from './start/vary/freedom.js';

/** Bytes of the image that prove a statement. */
export interface Evidence {
  /** Byte offset in the layer that holds them: the file itself, or the unpacked payload. */
  readonly offset: number;
  readonly layer: 'image' | 'payload';
  /** Space-separated hexadecimal pairs. */
  readonly bytes: string;
  /** What the bytes say, e.g. "xloadflags bit 0, XLF_KERNEL_64, is set". */
  readonly meaning: string;
  /** Where the rule stands: specification and section, or header and symbol. */
  readonly source: string;
}

/** What one layer says about one entry. */
export interface Claim {
  readonly offered: boolean;
  /** Where a loader jumps: physical for 16/32/64-bit and PVH, virtual for xen-pv, RVA for PE entries. */
  readonly address?: bigint;
  /** What `address` is: 'physical', 'virtual', 'RVA', 'file offset', 'segment:offset'. */
  readonly addressKind?: string;
  /** One sentence: why it is or is not offered. */
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  /** Further facts worth printing: {"32-bit entry": "0x190", "relocatable": "0x1000000–0x3fffffff, align 0x200000"}. */
  readonly facts?: Readonly<Record<string, string>>;
  /**
   * True where it is not offered, since nothing in the layer says so, and loaders that do not ask for that enter it at `address`
   * all the same: it is taken when it is asked for by name.
   */
  readonly byName?: boolean;
}

/** The part of an image that says whether it has an entry. The rules on that part are about the entry. */
export type Declaration = 'setup header' | 'ELF' | 'notes' | 'PE' | 'multiboot header' | 'arm64 header';

/** A documented way into an image. One file in this room each, one line in `entries.ts`. */
export interface EntryDefinition<Id extends string = EntryId> extends OrderedItem {
  readonly id: Id;
  /** Name in full, e.g. "Linux 64-bit boot protocol". */
  readonly title: string;
  readonly architecture: 'x86' | 'arm64';
  readonly declaredBy: readonly Declaration[];
  /** The essence of the state a loader must set, in a few short lines; the whole is in docs/entries/<id>.md. */
  readonly state: readonly string[];
  /** What it expects underneath, beside the platform. */
  readonly firmware?: 'BIOS' | 'UEFI';
  /** The command line begins with the kernel's name, unless it is Linux that reads it. */
  readonly namesKernel?: boolean;
  /** What its ABI leaves to the loader. */
  readonly freedom?: Freedom;
  /** Platforms it can be entered on, the usual one first; default: bare and kvm. */
  readonly platforms?: readonly PlatformId[];
  /** What this one layer (not what it wraps) says. Must not throw on a well-parsed image. */
  claim(layer: Image, layerName: 'image' | 'payload'): Claim;
  /** @internal How a machine is started through it; absent where it cannot be yet. Imported on demand: inspecting needs no machine. */
  readonly start?: () => Promise<Start>;
}

/** The ids of the table. */
export type EntryId = (typeof table)[number]['id'];

/** What a whole file says about one entry, over all its layers. */
export interface Offer extends Claim {
  readonly id: EntryId;
  /** 'image': any loader can use it as it stands; 'payload': only a loader that unpacks the payload; null: not offered. */
  readonly via: 'image' | 'payload' | null;
  /** Not offered as far as was looked: a layer that could tell was not unpacked, and `reason` says why. */
  readonly unknown?: true;
}
