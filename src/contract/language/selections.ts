import type { Path } from '../../compare/path.js';
import type { EntryId } from '../../entry/entry.js';
import type { Rule } from './kinds/kinds.js';

/** Paths that one rule can be about: whom it names, and what is put behind a rule's name where it is one of several. */
export interface Selection {
  readonly who: string;
  readonly suffix: string;
  /** Empty: all paths. */
  readonly when: Pick<Rule, 'when'>;
}

/** These of all paths: by entries where that says which, else entry by entry with its platforms. */
export function selections(some: readonly Path[], all: readonly Path[]): Selection[] {
  const byEntry = grouped(some, ({ recording }) => recording.boot.entry);
  const entries = [...byEntry.keys()];
  const who = entries.join('-');
  if (some.length === all.length) return [{ who, suffix: '', when: {} }];
  const isWhole = (entry: EntryId): boolean =>
    all.filter(({ recording }) => recording.boot.entry === entry).length === byEntry.get(entry)!.length;
  const whole = entries.filter(isWhole);
  const split = entries.filter((entry) => !isWhole(entry));
  const ofWhole =
    whole.length > 0 ? [{ who: whole.join('-'), suffix: '', when: { when: { entries: oneOr(whole) } } }] : [];
  const ofSplit = split.map((entry) => {
    const platforms = byEntry.get(entry)!.map(({ recording }) => recording.boot.platform);
    const name = [entry, ...platforms].join('-');
    return { who: name, suffix: `-${name}`, when: { when: { entries: entry, platforms: oneOr(platforms) } } };
  });
  return [...ofWhole, ...ofSplit];
}

const oneOr = <T>(items: readonly T[]): T | readonly T[] => (items.length === 1 ? items[0]! : items);

export function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
