import type { Severity } from './rule.js';

/** How sure a finding is: observed as it is said; observed, and what it means inferred; a difference that may be by design. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** What a check of an image and its boots found. */
export interface Found {
  /** Stable id of the rule; its page is docs/rules/<rule>.md. Of a contract's rule, its name. */
  readonly rule: string;
  readonly severity: Severity;
  /** The boot it is about: the entry, with the platform behind it where that is not the usual one; null: the image itself. */
  readonly entry: string | null;
  readonly function: string | null;
  /** Retired before it. */
  readonly instruction: number | null;
  /** One sentence: what is wrong, and what breaks where. */
  readonly message: string;
  /** What the other entries do there, in a sentence; null where there is nothing to compare. */
  readonly other: string | null;
  readonly confidence: Confidence;
  /** One command that shows it. */
  readonly reproduce: string;
}
