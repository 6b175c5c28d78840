import { entries } from '../../entry/entries.js';
import { type Difference, keyOf, type Section } from './comparison.js';

/** Sections in the order of a report. */
export const sectionNames: readonly Section[] = [
  'entries',
  'linux',
  'efi',
  'uki',
  'xen',
  'image',
  'layers',
  'notes',
  'symbols',
  'tables',
  'types',
  'findings',
];

/** What a comparison is confined to: sections, entries and keys, the last with "*" for any words. */
export interface Filter {
  /** Nothing else; all when empty. */
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
}

/** Whether a word can name anything; keys are not checked further. */
export function canName(word: string): boolean {
  return (
    (sectionNames as readonly string[]).includes(word) ||
    entries.some(({ id }) => id === word) ||
    (sectionNames as readonly string[]).includes(word.split('.')[0]!)
  );
}

export function passes(difference: Difference, { only = [], ignore = [] }: Filter): boolean {
  const wanted =
    only.length === 0 || only.some((word) => names(word, difference) || isPartOf(word, difference));
  return wanted && !isIgnored(difference, ignore);
}

/** What belongs to several entries is left out when none of them is wanted. */
function isIgnored(difference: Difference, ignore: readonly string[]): boolean {
  if (ignore.some((word) => names(word, difference))) return true;
  const { entries: about } = difference;
  return about.length > 0 && about.every((id) => ignore.includes(id));
}

const isPartOf = (word: string, { entries: about }: Difference): boolean =>
  (about as readonly string[]).includes(word);

/** A section, an entry, or a key or the beginning of one. */
function names(word: string, difference: Difference): boolean {
  const key = keyOf(difference);
  const { section, subject } = difference;
  if (section === 'entries' && subject === word) return true;
  const pattern = word
    .split('*')
    .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}(?:\\.|$)`).test(key);
}
