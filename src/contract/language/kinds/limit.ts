import { before } from '../constraints.js';
import { momentOf } from '../known-functions.js';
import { type Measure, measured, measures } from '../measures.js';
import { who } from '../paths.js';
import type { RuleBase } from '../rule-base.js';
import { nameOf, whole } from '../shape.js';
import type { Kind } from './kind.js';

export interface LimitRule extends RuleBase {
  /** What is measured, on each path. */
  readonly limit: Measure;
  readonly 'at-most': number;
  /** Up to this function or waypoint; default: to the end of the boot. */
  readonly before?: string;
}

export const limit: Kind<LimitRule> = {
  id: 'limit',
  order: 8,
  title: 'How much each path may run',
  members: {
    limit: nameOf(Object.keys(measures), 'measures', 'What is measured, on each path.'),
    'at-most': whole('The most there may be.'),
    before,
  },
  required: ['at-most'],
  isAboutPaths: true,
  *judge({ limit: measure, 'at-most': most, before: end }, { subject, paths }) {
    for (const path of paths) {
      const value = measured(measure, path, end);
      if (typeof value === 'string') yield { path, notKnown: true, message: value };
      else if (value > most) {
        const until = end === undefined ? '' : ` before ${end}`;
        const small = subject.paths.filter((other) => {
          const one = measured(measure, other, end);
          return typeof one === 'number' && one <= most;
        });
        yield {
          path,
          function: end ?? null,
          instruction: end === undefined ? null : (momentOf(path, end) ?? null),
          message: `${measures[measure]}${until}: ${value}, and at most ${most} are allowed.`,
          other: who(small, 'keeps to that', 'keep to that'),
        };
      }
    }
  },
};
