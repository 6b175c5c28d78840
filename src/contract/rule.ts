import type { BootStop } from '../boot/ending.js';
import type { OrderedItem } from '../core/ordered-table.js';
import type { EntryId, Offer } from '../entry/entry.js';
import type { Image } from '../image/image.js';

/** From the gravest to the least. */
export const severities = ['error', 'warning', 'note'] as const;
export type Severity = (typeof severities)[number];

/** What a rule found. */
export interface Finding {
  /** Stable id of the rule, e.g. 'pvh-entry-outside-segments'; its page is docs/rules/<rule>.md. */
  readonly rule: string;
  readonly severity: Severity;
  /** One sentence: what is wrong, and what breaks where. */
  readonly message: string;
  /** Byte offset of the culprit in its layer. */
  readonly offset?: number;
  readonly layer: 'image' | 'payload';
}

/** What to say of a boot that died early, where the fault by itself keeps a kernel from its first steps. */
export interface Fatal {
  /** The cause in a word or two. */
  readonly cause: string;
  /** The same as a sentence, without a full stop. */
  readonly sentence: string;
  /** What to do about it. */
  readonly advice: string;
  /** How such a boot ends; in any way that is the guest's own unless given. */
  readonly ends?: readonly BootStop[];
}

/** A static check on an image. One file each in image-rules/, one line in its table. */
export interface ImageRule extends OrderedItem {
  readonly severity: Severity;
  readonly title: string;
  /** The entries it is about; those of its level unless given. */
  readonly entries?: readonly EntryId[];
  readonly fatal?: Fatal;
  check(
    image: Image,
    offers: readonly Offer[],
  ): Iterable<Omit<Finding, 'rule' | 'severity'> & { severity?: Severity }>;
}
