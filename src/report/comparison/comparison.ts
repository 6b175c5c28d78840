import type { Severity } from '../../contract/rule.js';
import type { EntryId } from '../../entry/entry.js';
import type { FileReport, LayerName } from '../inspection.js';

/** What differs between two images: the JSON document of `zeropage inspect A B --json`. */
export interface Comparison {
  /** Raised when a field changes its meaning or goes away. */
  readonly schemaVersion: 2;
  readonly a: ComparedFile;
  readonly b: ComparedFile;
  /** The bytes are the same; null when their digests were not taken (`--fast`). */
  readonly identical: boolean | null;
  /** There are no differences, not even details. */
  readonly same: boolean;
  /** The worst severity of a difference; null when there is none. */
  readonly severity: DifferenceSeverity | null;
  /** Entries that one of the images offers, in the order of the entry table. */
  readonly entries: readonly EntryChange[];
  /** Section by section. */
  readonly differences: readonly Difference[];
}

export interface ComparedFile extends FileReport {
  readonly description: string;
  readonly release: string | null;
}

/**
 * 'error': something that entered A cannot enter B so. 'warning': entries came, or mean something else to a loader.
 * 'note': what is in the kernel besides. 'detail': addresses, sizes, build ids.
 */
export type DifferenceSeverity = Severity | 'detail';

/** From the least to the worst. */
const severities: readonly DifferenceSeverity[] = ['detail', 'note', 'warning', 'error'];

export interface EntryChange {
  readonly id: EntryId;
  /** 'changed': both offer it, but it means something else to a loader. 'unknown': one was not unpacked. */
  readonly change: 'came' | 'went' | 'changed' | 'same' | 'unknown';
  readonly severity: DifferenceSeverity | null;
  readonly a: EntryOffer;
  readonly b: EntryOffer;
  /** Keys of the differences that change its meaning, e.g. "linux.xloadflags". */
  readonly because: readonly string[];
  /** Why the image that does not offer it does not, in a sentence; null when both do. */
  readonly reason: string | null;
}

export interface EntryOffer {
  readonly offered: boolean | null;
  readonly via: LayerName | null;
}

export type Section =
  | 'entries'
  | 'linux'
  | 'efi'
  | 'uki'
  | 'xen'
  | 'image'
  | 'layers'
  | 'notes'
  | 'symbols'
  | 'tables'
  | 'types'
  | 'findings';

export type Scalar = string | number | boolean | null;

/** Addresses are 0x-hex strings, sizes and counts numbers, flags and names lists of strings, structures objects. */
export type Value = Scalar | readonly string[] | Structure | readonly Structure[];

export type Structure = Readonly<Record<string, unknown>>;

export interface Difference {
  readonly section: Section;
  /** What it is about: an entry id, a header field, a note, a table, a rule. */
  readonly subject: string;
  /** What about it differs; null where the subject says all. */
  readonly field: string | null;
  readonly severity: DifferenceSeverity;
  /** Entries that both images offer and to whose meaning it belongs. */
  readonly entries: readonly EntryId[];
  /** The value in each image; null where it has none. Of names that are listed in `came` and `went`, how many there are. */
  readonly a: Value;
  readonly b: Value;
  /** Of a list: what only B has, and what only A has. */
  readonly came?: readonly string[];
  readonly went?: readonly string[];
}

/** Section, subject and field of a difference in one word, as filters name it: "linux.init_size", "entries.pvh.via". */
export function keyOf({
  section,
  subject,
  field,
}: Pick<Difference, 'section' | 'subject' | 'field'>): string {
  return [section, subject, field].filter((part) => part !== null).join('.');
}

/** The worst of several; null of none. */
export function worst(all: readonly DifferenceSeverity[]): DifferenceSeverity | null {
  return severities.findLast((severity) => all.includes(severity)) ?? null;
}

/** Whether a severity is at least as bad as another. */
export function reaches(severity: DifferenceSeverity, least: DifferenceSeverity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least);
}
