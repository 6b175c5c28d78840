/**
 * What `inspect` says about one image: the JSON document of `zeropage inspect --json`, field for field.
 * schema/inspect.schema.json states the same; addresses, which may pass 2⁵³, are
 * 0x-hex strings; offsets in a layer and sizes are numbers.
 */

import type { Severity } from '../contract/rule.js';
import type { EntryId, Evidence } from '../entry/entry.js';

export interface Inspection {
  /** Raised when a field changes its meaning or goes away. */
  readonly schemaVersion: 1;
  readonly file: FileReport;
  /** 'headers': packed payloads, symbols, types and tables were left alone (`--fast`). */
  readonly depth: 'full' | 'headers';
  /** What the file is, e.g. "Linux bzImage, x86-64, EFI application". */
  readonly description: string;
  /** Kernel release, e.g. "6.12.107+deb13-cloud-amd64". */
  readonly release: string | null;
  /** The image and what it wraps, outermost first. */
  readonly layers: readonly LayerReport[];
  /** Every entry there is, offered or not, in the order of the entry table. */
  readonly entries: readonly EntryReport[];
  /** Linux/x86 boot protocol facts. */
  readonly linux: LinuxReport | null;
  readonly efi: EfiReport | null;
  /** What a unified kernel image carries. */
  readonly uki: UkiReport | null;
  /** Xen ELF notes, decoded. */
  readonly xen: XenReport | null;
  /** Every ELF note of every layer, in file order. */
  readonly notes: readonly NoteReport[];
  /** null when not asked for. */
  readonly symbols: SymbolsReport | null;
  readonly tables: readonly TableReport[] | null;
  readonly types: TypesReport | null;
  readonly findings: readonly FindingReport[];
}

export type LayerName = 'image' | 'payload';
/** `0x`-prefixed lower-case hexadecimal. */
export type Hex = string;

export interface FileReport {
  readonly name: string;
  readonly size: number;
  /** Left out under `--fast`. */
  readonly sha256?: string;
}

export interface LayerReport {
  readonly layer: LayerName;
  /** Formats the bytes are valid as, e.g. ["bzImage", "PE32+ x86-64"]. */
  readonly formats: readonly string[];
  readonly size: number;
  /** Where the layer outside holds it; null for the file itself. */
  readonly packed: PackedReport | null;
  /** Why a layer that is there was not unpacked. */
  readonly problem: string | null;
}

export interface PackedReport {
  readonly how: string;
  readonly codec: string;
  readonly offset: number;
  readonly length: number;
}

export interface EntryReport {
  readonly id: EntryId;
  readonly title: string;
  /** null: not known, since a layer that could tell was not unpacked. */
  readonly offered: boolean | null;
  readonly via: LayerName | null;
  readonly address: Hex | null;
  readonly addressKind: string | null;
  readonly reason: string;
  /** Not offered, but taken by loaders that do not ask, at `address`; and by `boot` where it is named. */
  readonly byName: boolean;
  readonly evidence: readonly Evidence[];
  readonly facts: Readonly<Record<string, string>>;
  /** The essence of the state a loader must set. */
  readonly state: readonly string[];
}

/** A value with the name its specification gives it. */
export interface Named {
  readonly value: number;
  readonly name: string;
}

export interface LinuxReport {
  readonly layer: LayerName;
  /** Boot protocol version, e.g. "2.15"; null before 2.00. */
  readonly protocol: string | null;
  /** The whole version string, with builder and build date. */
  readonly versionString: string | null;
  readonly loadflags: readonly string[];
  readonly xloadflags: readonly string[];
  /** Bytes of real-mode code, boot sector included. */
  readonly setupSize: number;
  /** Most bytes of command line, without the NUL. */
  readonly cmdlineSize: number | null;
  /** Highest address the initrd may occupy. */
  readonly initrdMax: Hex | null;
  readonly relocatable: boolean | null;
  readonly preferredAddress: Hex | null;
  readonly alignment: Hex | null;
  readonly minAlignment: Hex | null;
  /** Where the protected-mode kernel may be loaded; null when only at its fixed address, or unknown. */
  readonly loadRange: { readonly from: Hex; readonly to: Hex | null; readonly step: Hex } | null;
  /** Bytes of memory the kernel needs from its load address on. */
  readonly initSize: number | null;
  /** The file's own value; a loader sets it. */
  readonly hardwareSubarch: Named | null;
  /** Highest type of setup_data it takes (protocol ≥ 2.15). */
  readonly setupTypeMax: Hex | null;
  /** Every header field this protocol version has, by its name in the specification. */
  readonly header: Readonly<Record<string, Hex>>;
}

export interface EfiReport {
  readonly layer: LayerName;
  readonly format: 'PE32' | 'PE32+';
  readonly machine: string;
  readonly entry: Hex;
  readonly imageBase: Hex;
  readonly sizeOfImage: number;
  readonly subsystem: Named;
  readonly nxCompat: boolean;
  /** Version of the EFI stub features, from the PE image version. */
  readonly imageVersion: string;
  /** Carries LINUX_PE_MAGIC, the mark of Linux's EFI stub. */
  readonly linuxMagic: boolean;
  /** A 64-bit kernel that 32-bit firmware can start. */
  readonly mixedMode: boolean;
  /** Entry points of .compat, for firmware of another machine type. */
  readonly compatEntries: readonly { readonly machine: string; readonly entry: Hex }[];
  /** Carries an Authenticode signature; whether it is valid is not checked. */
  readonly signed: boolean;
  readonly signature: { readonly offset: number; readonly size: number } | null;
  readonly sbat: readonly SbatRow[];
  readonly sections: readonly PeSectionReport[];
}

export interface UkiReport {
  readonly layer: LayerName;
  /** What the stub calls itself, e.g. "systemd-stub 252.39-1~deb12u2". */
  readonly stub: string | null;
  /** What `boot` gives to the kernel; null when there is none. */
  readonly commandLine: string | null;
  /** The variables of os-release. */
  readonly osRelease: Readonly<Record<string, string>>;
  /** Kernel release as the image states it. */
  readonly uname: string | null;
  /** Sections that a stub looks for, in file order. */
  readonly parts: readonly UkiPartReport[];
}

export interface UkiPartReport {
  /** Name of the section, e.g. ".initrd". */
  readonly name: string;
  readonly what: string;
  readonly offset: number;
  readonly size: number;
  /** Compression or format by the first bytes: "zstd", "cpio". */
  readonly content: string | null;
}

export interface SbatRow {
  readonly component: string;
  readonly generation: string;
  readonly vendor: string;
  readonly package: string;
  readonly version: string;
  readonly url: string;
}

export interface PeSectionReport {
  readonly name: string;
  readonly address: Hex;
  readonly virtualSize: number;
  readonly offset: number;
  readonly size: number;
  /** "r", "w", "x" in that order, "-" for a right it does not have. */
  readonly rights: string;
}

export interface XenReport {
  readonly layer: LayerName;
  /** ELF notes, or the section that older kernels have instead. */
  readonly from: 'notes' | '__xen_guest';
  /** Notes in file order; of a name that occurs twice, Xen uses the last. */
  readonly notes: readonly XenNoteReport[];
  /** The NAME=VALUE pairs of __xen_guest. */
  readonly guestSection: readonly { readonly name: string; readonly value: string }[];
  readonly features: {
    readonly supported: readonly string[];
    readonly required: readonly string[];
    readonly unknown: readonly string[];
  };
}

export interface XenNoteReport {
  /** Name without "XEN_ELFNOTE_". */
  readonly name: string;
  readonly type: number;
  /** Addresses as 0x-hex strings, counts as numbers, structured descriptors as objects. */
  readonly value: unknown;
  /** The value in words. */
  readonly text: string;
  readonly offset: number;
}

export interface NoteReport {
  readonly layer: LayerName;
  readonly offset: number;
  readonly owner: string;
  readonly type: number;
  /** Name of the type, where this tool knows it. */
  readonly name: string | null;
  readonly size: number;
  /** The descriptor as hexadecimal pairs, cut after 64 bytes. */
  readonly desc: string;
  /** The descriptor in words, where this tool can read it. */
  readonly text: string | null;
}

export interface SymbolsReport {
  readonly count: number;
  readonly from: 'symtab' | 'kallsyms' | null;
  /** How they are stored, in a few words. */
  readonly form: string | null;
  readonly layer: LayerName | null;
  /** Linked address ranges that the kernel marks with symbols. */
  readonly ranges: readonly RangeReport[];
  /** Why there are none. */
  readonly problem: string | null;
}

export interface RangeReport {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly start: Hex;
  readonly end: Hex;
  readonly size: number;
}

export interface TypesReport {
  /** Number of BTF types. */
  readonly count: number;
  readonly size: number;
  readonly layer: LayerName | null;
  readonly offset: number | null;
  readonly problem: string | null;
}

export interface FindingReport {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly offset: number | null;
  readonly layer: LayerName;
}

/** A table that the linker put together and the kernel walks at boot. */
export interface TableReport {
  readonly id: string;
  readonly title: string;
  /** Where the kernel declares it. */
  readonly source: string;
  /** How its bounds were found. */
  readonly foundBy: string;
  readonly start: Hex;
  readonly end: Hex;
  readonly count: number;
  /** In the order in which the kernel walks them. */
  readonly entries: readonly TableEntryReport[];
}

export interface TableEntryReport {
  /** Where the entry itself stands. */
  readonly place: Hex;
  /** The function or structure it refers to. */
  readonly address: Hex;
  readonly name: string;
  /** When it is called, where the table has levels. */
  readonly level: string | null;
  readonly facts: Readonly<Record<string, string>>;
}
