import { detectors } from './detectors/detectors.js';
import { imageRules } from './image-rules/image-rules.js';
import type { Contract } from './language/contract.js';
import type { Severity } from './rule.js';
import type { Subject } from './subject.js';

/** A rule that a check sets against an image. */
export interface KnownRule {
  /** As findings name it. */
  readonly rule: string;
  readonly title: string;
  /** The gravest that its findings are. */
  readonly severity: Severity;
  /** What it looks at: the file, boots, or what a contract says. */
  readonly about: 'image' | 'boots' | 'contract';
}

/** A rule that says nothing about an image, and why, in a sentence. */
export interface UnjudgedRule {
  readonly rule: string;
  readonly reason: string;
}

/** Rules that need no contract, in the order of their tables. */
export const knownRules: readonly KnownRule[] = [
  ...imageRules.map(({ id, title, severity }) => ({ rule: id, title, severity, about: 'image' as const })),
  ...detectors.map(({ id, title, severity }) => ({ rule: id, title, severity, about: 'boots' as const })),
];

/** The same and those of a contract, without what it turned off, and as severe as it says. */
export function rulesUnder({ rules = [], detectors: changed = {} }: Partial<Contract> = {}): KnownRule[] {
  const known = knownRules.flatMap((one) => {
    const severity = changed[one.rule] ?? one.severity;
    return severity === 'off' ? [] : [{ ...one, severity }];
  });
  const own = rules.map(({ name, comment, severity = 'error' }) => ({
    rule: name,
    title: comment?.trim().replace(/\.$/, '') || name,
    severity,
    about: 'contract' as const,
  }));
  return [...known, ...own];
}

/** Which of these rules could not be judged by the boots that there are. */
export function unjudged({ paths }: Subject, rules: readonly KnownRule[]): UnjudgedRule[] {
  if (paths.length > 0) return [];
  return rules
    .filter(({ about }) => about === 'boots')
    .map(({ rule }) => ({ rule, reason: 'There is no boot that it could be seen in.' }));
}
