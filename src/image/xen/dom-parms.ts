import type { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { Elf, ElfSegment } from '../container/elf.js';
import { parseFeatures, type XenFeatureSet } from './features.js';
import { parseGuestSection, type XenGuestSection } from './guest-section.js';
import { libelfXenNotes } from './libelf-notes.js';
import { decodeXenNote, type XenNote, xenNote, xenNumber, xenString } from './notes.js';

/** Where a kernel tells Xen about itself. */
export type XenInfoSource = 'notes' | '__xen_guest' | 'none';

/**
 * What Xen's libelf makes of a kernel, as struct elf_dom_parms holds it.
 * Source: Xen xen/common/libelf/libelf-dominfo.c (4.20), elf_xen_parse; used by the hypervisor for dom0 and by
 * libxenguest for domUs.
 */
export interface XenDomParms {
  readonly from: XenInfoSource;
  readonly notes: readonly XenNote[];
  readonly guestSection?: XenGuestSection;
  /** File offset and length of the __xen_guest section. */
  readonly guestSectionAt?: { readonly offset: number; readonly size: number };
  readonly loader: string;
  readonly guestOs: string;
  readonly xenVersion: string;
  readonly pae: 'no' | 'yes' | 'extended-cr3' | 'bimodal';
  readonly features: XenFeatureSet;
  /** Physical range of the loadable segments, half open. */
  readonly physicalStart: bigint;
  readonly physicalEnd: bigint;
  /** Stated values; the defaults that libelf fills in are in `layout`. */
  readonly virtBase?: bigint;
  readonly virtEntry?: bigint;
  readonly paddrOffset?: bigint;
  readonly hypercallPage?: bigint;
  readonly initP2m?: bigint;
  readonly physEntry?: bigint;
}

/** The addresses a PV domain is built with: virtual, half open. */
export interface XenLayout {
  readonly base: bigint;
  readonly entry: bigint;
  readonly kernelStart: bigint;
  readonly kernelEnd: bigint;
}

/** What elf_xen_parse answers: the layout, or the reason why it refuses the kernel. */
export type XenVerdict = { readonly layout: XenLayout } | { readonly refusal: string };

/**
 * Collects what the kernel states; `file` is the whole ELF file. __xen_guest counts only where there is not one
 * Xen note, and for PV only.
 */
export function xenDomParms(elf: Elf, file: Bytes): XenDomParms {
  const notes = libelfXenNotes(elf, file).map((note) => decodeXenNote(note, elf.littleEndian));
  const segments = elf.segments.filter(isLoadable);
  const range = {
    physicalStart: segments.map(({ paddr }) => paddr).reduce(lower, UNSET_ADDR),
    physicalEnd: segments.map(({ paddr, memSize }) => paddr + memSize).reduce(higher, 0n),
  };
  if (notes.length > 0) return { from: 'notes', notes, ...range, ...fromNotes(notes) };
  const section = elf.sections.find(({ name }) => name === '__xen_guest');
  if (!section || !file.has(section.offset, section.size)) {
    return { from: 'none', notes, ...range, ...fromNotes(notes) };
  }
  const guestSection = parseGuestSection(file.slice(section.offset, section.size));
  return {
    from: '__xen_guest',
    notes,
    guestSection,
    guestSectionAt: { offset: section.offset, size: section.size },
    ...range,
    ...fromGuestSection(guestSection),
  };
}

/** elf_xen_note_check and elf_xen_addr_calc_check for a PV domain. */
export function xenPvVerdict(elf: Elf, parms: XenDomParms): XenVerdict {
  if (parms.from === 'none') return { refusal: 'no Xen ELF notes and no __xen_guest section' };
  const unknown = parms.features.unknown.find((name) => name.startsWith('!'));
  // Only in the note: what parsing __xen_guest returns is not looked at.
  if (unknown && parms.from === 'notes') {
    return { refusal: `FEATURES requires ${unknown.slice(1)}, which Xen does not know` };
  }
  if (!parms.loader.startsWith('generic') && !parms.guestOs.startsWith('linux')) {
    return {
      refusal: `LOADER is ${JSON.stringify(parms.loader)} and GUEST_OS ${JSON.stringify(parms.guestOs)}: one must start with "generic" or "linux"`,
    };
  }
  if (!parms.xenVersion.startsWith('xen-3.0')) {
    return { refusal: `XEN_VERSION is ${JSON.stringify(parms.xenVersion)}, not "xen-3.0"` };
  }
  if (parms.paddrOffset !== undefined && parms.virtBase === undefined) {
    return { refusal: 'PADDR_OFFSET is set, VIRT_BASE is not' };
  }
  return checkLayout(elf, parms);
}

function checkLayout(elf: Elf, parms: XenDomParms): XenVerdict {
  const base = parms.virtBase ?? 0n;
  const offset = parms.paddrOffset ?? (parms.from === 'notes' ? 0n : base);
  const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
  const kernelStart = wrap(parms.physicalStart + base - offset);
  const kernelEnd = wrap(parms.physicalEnd + base - offset);
  const entry = parms.virtEntry ?? elf.entry;
  if (kernelStart > kernelEnd || entry < kernelStart || entry > kernelEnd || base > kernelStart) {
    const stated = parms.virtEntry === undefined ? 'e_entry (there is no ENTRY)' : 'ENTRY';
    return {
      refusal: `${stated} ${hex(entry)} or VIRT_BASE ${hex(base)} is out of the kernel's bounds ${hex(kernelStart)}–${hex(kernelEnd)}`,
    };
  }
  if (parms.initP2m !== undefined && parms.initP2m >= kernelStart && parms.initP2m < kernelEnd) {
    return { refusal: `INIT_P2M ${hex(parms.initP2m)} is inside the kernel` };
  }
  return { layout: { base, entry, kernelStart, kernelEnd } };
}

/** PT_LOAD with any permission (elf_phdr_is_loadable). */
function isLoadable({ typeName, flags }: ElfSegment): boolean {
  return typeName === 'PT_LOAD' && (flags & 7) !== 0;
}

/** All ones stand for an address that was not given; libelf also begins its search for the lowest one with it. */
const UNSET_ADDR = (1n << 64n) - 1n;
const UNSET_ADDR32 = (1n << 32n) - 1n;

function unlessUnset(value: bigint | undefined, unset = UNSET_ADDR): bigint | undefined {
  return value === unset ? undefined : value;
}

function lower(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function higher(a: bigint, b: bigint): bigint {
  return a < b ? b : a;
}

type Stated = Omit<
  XenDomParms,
  'from' | 'notes' | 'guestSection' | 'guestSectionAt' | 'physicalStart' | 'physicalEnd'
>;

function fromNotes(notes: readonly XenNote[]): Stated {
  const pae = xenString(notes, 'PAE_MODE');
  return {
    loader: xenString(notes, 'LOADER'),
    guestOs: xenString(notes, 'GUEST_OS'),
    xenVersion: xenString(notes, 'XEN_VERSION'),
    pae: pae.includes('bimodal') ? 'bimodal' : pae === 'yes' ? 'extended-cr3' : 'no',
    features: bothFeatureNotes(notes),
    virtBase: unlessUnset(xenNumber(notes, 'VIRT_BASE')),
    virtEntry: unlessUnset(xenNumber(notes, 'ENTRY')),
    paddrOffset: unlessUnset(xenNumber(notes, 'PADDR_OFFSET')),
    hypercallPage: unlessUnset(xenNumber(notes, 'HYPERCALL_PAGE')),
    initP2m: unlessUnset(xenNumber(notes, 'INIT_P2M')),
    physEntry: unlessUnset(xenNumber(notes, 'PHYS32_ENTRY'), UNSET_ADDR32),
  };
}

/** Since Xen 4.2 the kernel supports what either note names. */
function bothFeatureNotes(notes: readonly XenNote[]): XenFeatureSet {
  const sets = (['FEATURES', 'SUPPORTED_FEATURES'] as const)
    .map((name) => xenNote(notes, name)?.value)
    .filter((value): value is XenFeatureSet => typeof value === 'object' && 'supported' in value);
  return {
    supported: [...new Set(sets.flatMap((set) => set.supported))],
    required: sets.flatMap((set) => set.required),
    unknown: sets.flatMap((set) => set.unknown),
  };
}

function fromGuestSection(section: XenGuestSection): Stated {
  return {
    loader: section.loader,
    guestOs: section.guestOs,
    xenVersion: section.xenVersion,
    pae: section.pae === 'yes[extended-cr3]' ? 'extended-cr3' : section.pae.startsWith('yes') ? 'yes' : 'no',
    features: parseFeatures(section.features),
    virtBase: unlessUnset(section.virtBase),
    virtEntry: unlessUnset(section.virtEntry),
    paddrOffset: unlessUnset(section.elfPaddrOffset),
    hypercallPage: section.hypercallPage,
  };
}
