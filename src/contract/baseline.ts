import { compiledName } from '../image/symbols/compiled-name.js';
import type { Found } from './found.js';

/** A finding as it is told from others in every build of a kernel: without instructions, addresses and texts that have them. */
export interface BaselineEntry {
  readonly rule: string;
  readonly entry: string | null;
  readonly function: string | null;
}

/** An entry, and how many findings of one image are it. */
export interface CountedEntry extends BaselineEntry {
  readonly count: number;
}

/** Findings that a project knows and lives with for now: schema/baseline.schema.json. */
export interface Baseline {
  readonly schemaVersion: 1;
  readonly findings: readonly CountedEntry[];
}

/** Findings set against a baseline. */
export interface AgainstBaseline<F> {
  /** Those that it does not have; all of an entry of which there are more now, since nothing tells which one came. */
  readonly fresh: readonly F[];
  readonly known: number;
  /** What it has and no image does any more. */
  readonly vanished: readonly BaselineEntry[];
}

type OfImage = Found & { readonly image: string };

/** An offset in a function, which changes with every build. */
const offset = /\+0x[0-9a-f]+$/;

/** What a finding is in a baseline. */
export function baselineEntry({ rule, entry, function: name }: Found): BaselineEntry {
  return { rule, entry, function: name === null ? null : compiledName(name.replace(offset, '')) };
}

/** A name of an entry, for maps. */
export const baselineKey = ({ rule, entry, function: name }: BaselineEntry): string =>
  JSON.stringify([rule, entry, name]);

/** Records findings: of each entry as many as the image with most of them has. */
export function baselineOf(findings: readonly OfImage[]): Baseline {
  const counts = [...mostOf(findings).values()].sort((a, b) => (baselineKey(a) < baselineKey(b) ? -1 : 1));
  return { schemaVersion: 1, findings: counts };
}

/** Tells known findings from new ones. */
export function againstBaseline<F extends OfImage>(
  findings: readonly F[],
  baseline: Baseline,
): AgainstBaseline<F> {
  const recorded = new Map(baseline.findings.map((one) => [baselineKey(one), one.count]));
  const now = mostOf(findings);
  const isKnown = (found: F): boolean => {
    const key = baselineKey(baselineEntry(found));
    return countIn(findings, found.image, key) <= (recorded.get(key) ?? 0);
  };
  const fresh = findings.filter((found) => !isKnown(found));
  const vanished = baseline.findings
    .filter((one) => !now.has(baselineKey(one)))
    .map(({ rule, entry, function: name }) => ({ rule, entry, function: name }));
  return { fresh, known: findings.length - fresh.length, vanished };
}

function mostOf(findings: readonly OfImage[]): Map<string, CountedEntry> {
  const most = new Map<string, CountedEntry>();
  for (const found of findings) {
    const entry = baselineEntry(found);
    const key = baselineKey(entry);
    const count = countIn(findings, found.image, key);
    if (count > (most.get(key)?.count ?? 0)) most.set(key, { ...entry, count });
  }
  return most;
}

function countIn(findings: readonly OfImage[], image: string, key: string): number {
  return findings.filter((one) => one.image === image && baselineKey(baselineEntry(one)) === key).length;
}
