import type { Path } from '../../../compare/path.js';
import { before } from '../constraints.js';
import { type Growth, growth, more, most, pathAgainst } from '../growth.js';
import { momentOf, unknownPlace } from '../known-functions.js';
import { type Measure, measured, measures } from '../measures.js';
import { who } from '../paths.js';
import type { RuleBase } from '../rule-base.js';
import { nameOf, whole } from '../shape.js';
import { strangePlaces } from '../strangers.js';
import type { Judged, Judging, Kind } from './kind.js';

export interface LimitRule extends RuleBase {
  /** What is measured, on each path. */
  readonly limit: Measure;
  readonly 'at-most'?: number;
  /** How much more there may be than on the same path of another image. */
  readonly growth?: Growth;
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
    growth,
    before,
  },
  someOf: ['at-most', 'growth'],
  isAboutPaths: true,
  *judge(rule, judging) {
    if (rule.growth !== undefined && !judging.subject.against) {
      yield {
        notKnown: true,
        severity: 'warning',
        message: "there is nothing to have grown against: give --against IMAGE, or 'against' in the contract",
      };
    }
    yield* strangePlaces([rule.before], judging.paths);
    for (const path of judging.paths) {
      if (rule.before !== undefined && unknownPlace(path.recording, rule.before) !== undefined) continue;
      const value = measured(rule.limit, path, rule.before);
      if (typeof value === 'string') yield { path, notKnown: true, message: value };
      else {
        yield* tooMuch(rule, { path, value }, judging);
        yield* tooMuchMore(rule, { path, value }, judging);
      }
    }
  },
};

/** A path, and how much was measured on it. */
interface Measured {
  readonly path: Path;
  readonly value: number;
}

function* tooMuch(rule: LimitRule, { path, value }: Measured, { subject }: Judging): Generator<Judged> {
  const { limit: measure, 'at-most': allowed, before: end } = rule;
  if (allowed === undefined || value <= allowed) return;
  const small = subject.paths.filter((other) => {
    const one = measured(measure, other, end);
    return typeof one === 'number' && one <= allowed;
  });
  yield {
    ...about(rule, path),
    message: `${what(rule)}: ${value}, and at most ${allowed} are allowed.`,
    other: who(small, 'keeps to that', 'keep to that'),
  };
}

function* tooMuchMore(rule: LimitRule, { path, value }: Measured, { subject }: Judging): Generator<Judged> {
  const { against } = subject;
  const { limit: measure, growth: allowed, before: end } = rule;
  if (allowed === undefined || !against) return;
  const base = pathAgainst(against, path);
  const was = typeof base === 'string' ? base : measured(measure, base, end);
  if (typeof was === 'string') {
    const whose = typeof base === 'string' ? '' : `of ${against.name}, `;
    yield { path, notKnown: true, message: `${whose}${was}` };
  } else if (value > most(was, allowed)) {
    yield {
      ...about(rule, path),
      message: `${what(rule)}: ${value}, ${more(was, value)} than the ${was} of ${against.name}; ${allowed} more are allowed.`,
    };
  }
}

const what = ({ limit: measure, before: end }: LimitRule): string =>
  `${measures[measure]}${end === undefined ? '' : ` before ${end}`}`;

const about = (
  { before: end }: LimitRule,
  path: Path,
): Pick<Judged, 'path' | 'function' | 'instruction'> => ({
  path,
  function: end ?? null,
  instruction: end === undefined ? null : (momentOf(path, end) ?? null),
});
