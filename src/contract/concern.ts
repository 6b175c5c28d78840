import type { BootStop } from '../boot/ending.js';
import { entries } from '../entry/entries.js';
import type { Declaration, EntryId } from '../entry/entry.js';
import { imageRules } from './image-rules/image-rules.js';
import type { Fatal, Finding, ImageRule } from './rule.js';

/** What rules of a level look at; what wraps a kernel is in the way of all entries. */
const lookedAt: Readonly<Record<number, Declaration>> = {
  2: 'setup header',
  3: 'ELF',
  4: 'notes',
  5: 'PE',
  6: 'multiboot header',
};

const rules: ReadonlyMap<string, ImageRule> = new Map(imageRules.map((rule) => [rule.id, rule]));
const rank = { error: 0, warning: 1, note: 2 } as const;

/**
 * The errors and warnings that a boot through an entry, of that layer if one offers it, may come to feel, those of the
 * wrapping first, then the gravest.
 */
export function concerning(
  findings: readonly Finding[],
  entry: EntryId | null,
  via: Finding['layer'] | null,
): Finding[] {
  const level = (rule: string): number => rules.get(rule)!.order;
  return findings
    .filter(({ rule, severity, layer }) => {
      if (severity === 'note') return false;
      const about = rules.get(rule)!.entries ?? declaredBy(lookedAt[level(rule)]);
      if (about === undefined) return true;
      return (entry === null || about.includes(entry)) && (via === null || layer === via);
    })
    .sort(
      (a, b) =>
        Number(level(b.rule) === 1) - Number(level(a.rule) === 1) || rank[a.severity] - rank[b.severity],
    );
}

/** Entries that this part of an image declares; undefined for a rule on what wraps them all. */
function declaredBy(part: Declaration | undefined): readonly EntryId[] | undefined {
  if (part === undefined) return undefined;
  return entries.filter((entry) => entry.declaredBy.includes(part)).map(({ id }) => id);
}

/** How a kernel ends that was given something it cannot use; nobody stopped it from outside. */
const deaths: readonly BootStop[] = ['shutdown', 'dead-halt', 'stuck', 'empty-memory', 'reset'];

/** The finding that by itself is why a kernel came to such an end before it got far. */
export function fatal(
  findings: readonly Pick<Finding, 'rule' | 'message'>[],
  stop: BootStop | null,
): (Fatal & Pick<Finding, 'message'>) | undefined {
  for (const { rule, message } of findings) {
    const found = rules.get(rule)?.fatal;
    if (stop !== null && found && (found.ends ?? deaths).includes(stop)) return { ...found, message };
  }
  return undefined;
}
