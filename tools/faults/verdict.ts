import type { CheckFinding } from '../../src/report/check.js';
import type { Fault } from './fault.js';

/** How a check did on a faulty kernel. */
export interface Verdict {
  /** What says the fault by one of its rules, on a way it is there on. */
  readonly hits: readonly CheckFinding[];
  /** What else was found that the twin does not have: most faults show in several ways. */
  readonly others: readonly CheckFinding[];
  /** False alarms: what the same rules say of the twin, notes aside. */
  readonly alarms: readonly CheckFinding[];
}

/** Sets what was found of a faulty kernel against what was to be found, and against its twin. */
export function judge(fault: Fault, found: readonly CheckFinding[], twin: readonly CheckFinding[]): Verdict {
  const { rules, ways } = fault.expected;
  const grave = (of: readonly CheckFinding[]): CheckFinding[] =>
    of.filter(({ severity }) => severity !== 'note');
  const known = new Set(grave(twin).map(keyOf));
  const fresh = grave(found).filter((finding) => !known.has(keyOf(finding)));
  const isHit = ({ rule, entry }: CheckFinding): boolean =>
    rules.includes(rule) && (ways.length === 0 || ways.some((way) => way === entry));
  return {
    hits: fresh.filter(isHit),
    others: fresh.filter((finding) => !isHit(finding)),
    alarms: grave(twin).filter(({ rule }) => rules.includes(rule)),
  };
}

/** Found by its rule, on which the twin is silent. */
export const isProof = ({ hits, alarms }: Verdict): boolean => hits.length > 0 && alarms.length === 0;

const keyOf = ({ rule, entry, function: name }: CheckFinding): string => JSON.stringify([rule, entry, name]);
