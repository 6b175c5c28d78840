import type { Path } from '../compare/path.js';
import type { Offer } from '../entry/entry.js';
import type { Finding } from './rule.js';
import type { Varied } from './vary/varied.js';

/** Another image, mostly an older build, and its boots as far as they could be judged. */
export interface Against {
  readonly name: string;
  /** Files that the command line names; none where the contract does. */
  readonly files: readonly string[];
  /** Why it could not be booted, in a sentence's end. */
  readonly problem: string | null;
  readonly paths: readonly Path[];
}

/** An image and the boots that a check looks at. */
export interface Subject {
  readonly image: {
    readonly name: string;
    /** As the command line has it. */
    readonly file: string;
    /** What is wrong with the file itself. */
    readonly findings: readonly Finding[];
    readonly offers: readonly Offer[];
  };
  /** Its boots as they were asked for, in the order of entries and platforms. */
  readonly paths: readonly Path[];
  /** What the start of day made differ that was to make no difference, in the order of the paths. */
  readonly variations: readonly Varied[];
  /** Options of the command line that all of them were booted with: ` --append nokaslr`. */
  readonly options: string;
  /** What growth is measured against; undefined: nothing was given. */
  readonly against?: Against;
}
