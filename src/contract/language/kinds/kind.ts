import type { Path } from '../../../compare/path.js';
import type { OrderedItem } from '../../../core/ordered-table.js';
import type { Probe } from '../../../trace/probes/row.js';
import type { Found } from '../../found.js';
import type { Severity } from '../../rule.js';
import type { Subject } from '../../subject.js';
import type { RuleBase } from '../rule-base.js';
import type { Members } from '../shape.js';

/** What a rule is held against. */
export interface Judging {
  readonly subject: Subject;
  /** Those that the rule is about, and all others. */
  readonly paths: readonly Path[];
  readonly others: readonly Path[];
}

/** What came of it where the rule does not hold, or cannot be judged; what is left out is filled in. */
export interface Judged
  extends Pick<Found, 'message'>,
    Partial<Pick<Found, 'function' | 'instruction' | 'other'>> {
  /** Not given: the image. */
  readonly path?: Path;
  /** It cannot be told; `message` says why. */
  readonly notKnown?: true;
  /** Default: the rule's; of what cannot be told: note. */
  readonly severity?: Severity;
  /** What shows it; default: the check of that path. */
  readonly command?: 'inspect' | 'boot';
}

/** A kind of rule. One file each, one line in the table; its id is the key that makes a rule one of the kind. */
export interface Kind<R extends RuleBase = RuleBase> extends OrderedItem {
  readonly title: string;
  /** Keys beside those that all rules have. */
  readonly members: Members;
  /** Of these, those that must be there, too. */
  readonly required?: readonly string[];
  /** Of these, one at least. */
  readonly someOf?: readonly string[];
  /** What must be asked of the machine for a rule, before the boots. */
  probes?(rule: R): readonly Probe[];
  /** Where no path that a rule is about was booted there is nothing to judge. */
  readonly isAboutPaths: boolean;
  judge(rule: R, judging: Judging): Iterable<Judged>;
}
