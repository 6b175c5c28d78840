import type { EntryId } from '../../entry/entry.js';
import type { Difference, DifferenceSeverity, Section, Value } from './comparison.js';

/** How bad it is that a value changed. */
export type Weigh = (a: Value, b: Value) => DifferenceSeverity;

/** One value of an image that can differ from that of another. */
export interface Fact {
  readonly subject: string;
  readonly field?: string | null;
  readonly value: Value;
  readonly weigh: Weigh;
  /** Entries to whose meaning it belongs. */
  readonly entries?: readonly EntryId[];
  /** The value is a list of names too long to be repeated: only what came and went is said. */
  readonly counted?: boolean;
}

/** The facts of both images that differ. What is a part of no entry that `shared` has is no more than a note. */
export function differ(
  section: Section,
  a: readonly Fact[],
  b: readonly Fact[],
  shared: readonly EntryId[],
): Difference[] {
  const [inA, inB] = [keyed(a), keyed(b)];
  const keys = [...new Set([...inA.keys(), ...inB.keys()])];
  const differences = keys.flatMap((key) => {
    const [before, after] = [inA.get(key), inB.get(key)];
    return difference(section, before, after, shared) ?? [];
  });
  // What only B has comes last in `keys`, but belongs to the rest about its subject.
  const subjects = [...new Set(differences.map(({ subject }) => subject))];
  return subjects.flatMap((subject) => differences.filter((one) => one.subject === subject));
}

/** Facts under their keys; what occurs again under one key is numbered. */
function keyed(facts: readonly Fact[]): Map<string, Fact> {
  const all = new Map<string, Fact>();
  for (const fact of facts) {
    const base = `${fact.subject}\n${fact.field ?? ''}`;
    let key = base;
    for (let i = 2; all.has(key); i++) key = `${base}\n${i}`;
    all.set(key, fact);
  }
  return all;
}

function difference(
  section: Section,
  before: Fact | undefined,
  after: Fact | undefined,
  shared: readonly EntryId[],
): Difference | undefined {
  const { subject, field = null, weigh, entries = [], counted = false } = (before ?? after)!;
  const [a, b] = [before?.value ?? null, after?.value ?? null];
  const lists = listsOf(a, b);
  if (lists ? lists.came.length + lists.went.length === 0 : JSON.stringify(a) === JSON.stringify(b)) {
    return undefined;
  }
  const about = entries.filter((id) => shared.includes(id));
  const weight = weigh(a, b);
  const severity = entries.length > 0 && about.length === 0 && weight !== 'detail' ? 'note' : weight;
  const shown = (value: Value): Value => (counted && isList(value) ? value.length : value);
  return { section, subject, field, severity, entries: about, a: shown(a), b: shown(b), ...lists };
}

/** What came and went of a list; undefined where neither is one. */
function listsOf(a: Value, b: Value): Required<Pick<Difference, 'came' | 'went'>> | undefined {
  if (!isList(a) && !isList(b)) return undefined;
  const [inA, inB] = [new Set(isList(a) ? a : []), new Set(isList(b) ? b : [])];
  return {
    came: [...inB].filter((item) => !inA.has(item)),
    went: [...inA].filter((item) => !inB.has(item)),
  };
}

/** A list of names or flags; an empty one too. */
export function isList(value: Value): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
