import type { Path } from '../../compare/path.js';
import type { Judged } from './kinds/kind.js';
import { firstOf, momentOf, timesOf, unknownPlace } from './known-functions.js';
import { isWhole } from './paths.js';
import type { OneOrMore, RuleBase } from './rule-base.js';
import { either, nameOf, object, oneOrMore, type Shape, text, whole } from './shape.js';

/** How often a function is to run; what has run before calls are no more told apart (docs/recording.md) counts. */
const howOften = ['exactly once', 'not twice'] as const;

/** When a function that runs is to run. */
export interface Constraints extends RuleBase {
  /** A function or waypoint that it is to come before, and one that it is to come after. */
  readonly before?: string;
  readonly after?: string;
  readonly runs?: (typeof howOften)[number];
  /** Instructions from the start of the boot, or from a function or waypoint. */
  readonly 'first-within'?: number | { readonly instructions: number; readonly of: string };
}

export const functionNames = (description: string): Shape => oneOrMore(text(description));
export type FunctionNames = OneOrMore<string>;

export const before = text('A function or waypoint that it must come before.');

const instructions = whole('Instructions from the start of the boot.', 1);
export const constraints = {
  before,
  after: text('A function or waypoint that it must come after.'),
  runs: nameOf(howOften, 'ways to say it', 'How often it must run.'),
  'first-within': either(
    instructions,
    object(
      {
        instructions: whole('Instructions from there.', 1),
        of: text('The function or waypoint that they count from.'),
      },
      ['instructions', 'of'],
      'Where it must have been entered at the latest.',
    ),
    (value) => typeof value === 'number',
    'Instructions in which it must have been entered.',
  ),
} satisfies Record<Exclude<keyof Constraints, keyof RuleBase>, unknown>;

/** What a function that ran on a path did not keep to. */
export function* unkept(name: string, rule: Constraints, path: Path): Generator<Judged> {
  const at = firstOf(path, name)!;
  const about = { path, function: name, instruction: at };
  const { before, after, runs } = rule;
  if (before !== undefined) {
    const limit = momentOf(path, before);
    if (limit !== undefined && at > limit)
      yield { ...about, message: `${name} must come before ${before} and comes ${behind(at - limit)} it.` };
  }
  if (after !== undefined) {
    const limit = momentOf(path, after);
    if (limit === undefined && unknownPlace(path.recording, after) === undefined)
      yield { ...about, message: `${name} must come after ${after} and ran without it.` };
    if (limit !== undefined && at < limit)
      yield { ...about, message: `${name} must come after ${after} and comes ${ahead(limit - at)} it.` };
  }
  if (runs !== undefined) yield* timesKept(name, runs, path, at);
  yield* entersInTime(name, rule['first-within'], path, at);
}

function* timesKept(
  name: string,
  runs: NonNullable<Constraints['runs']>,
  path: Path,
  at: number,
): Generator<Judged> {
  const times = timesOf(path, name);
  const about = { path, function: name, instruction: at };
  if (times === undefined)
    yield {
      path,
      function: name,
      notKnown: true,
      message: `how often ${name} runs is not recorded where it does`,
    };
  else if (times > 1)
    yield {
      ...about,
      message: `${name} must run ${runs === 'not twice' ? 'no more than once' : runs} and runs ${times} times.`,
    };
}

function* entersInTime(
  name: string,
  within: Constraints['first-within'],
  path: Path,
  at: number,
): Generator<Judged> {
  if (within === undefined) return;
  const { instructions, of } = typeof within === 'number' ? { instructions: within, of: 'entry' } : within;
  const start = of === 'entry' ? 0 : momentOf(path, of);
  if (start === undefined || at - start <= instructions) return;
  yield {
    path,
    function: name,
    instruction: at,
    message: `${name} must be entered within ${instructions} instructions of ${of} and is after ${at - start}.`,
  };
}

/**
 * When on a path it is certain that what has not run will not in time: at the `before` of a rule, at the end of its
 * `first-within`, else at the end of the boot. A few words for that; undefined: it is not certain.
 */
export function deadline(rule: Constraints, path: Path): string | undefined {
  const { before } = rule;
  const within = rule['first-within'];
  if (before !== undefined && momentOf(path, before) !== undefined) return `before ${before}`;
  if (typeof within === 'number' && within <= path.recording.instructions)
    return `within ${within} instructions`;
  return isWhole(path) ? '' : undefined;
}

/** Functions and waypoints that a rule's constraints go by. */
export function placesIn({ before, after, 'first-within': within }: Constraints): (string | undefined)[] {
  return [before, after, typeof within === 'object' ? within.of : undefined];
}

const behind = (distance: number): string => `${distance} instructions after`;
const ahead = (distance: number): string => `${distance} instructions before`;
