import type { Choice } from '../../entry/start/vary/choice.js';
import type { Difference } from './difference.js';
import { shrink } from './shrink.js';

/** What was found of one cause: choices that cannot be fewer, and what they do. */
export interface Cause {
  readonly choices: readonly Choice[];
  readonly difference: Difference;
}

/** Wants a boot with these choices, and is told how it differs. */
export type Search = Generator<readonly Choice[], readonly Cause[], Difference | undefined>;

/** Independent causes that are told of one boot at the most. */
const MOST = 5;

/**
 * All that makes a boot differ: with all choices first; then the fewest that do the same, then again without them. What ends
 * the boot is looked for before what sets up the processor otherwise, and that before what makes other functions run.
 */
export function* search(all: readonly Choice[]): Search {
  const causes: Cause[] = [];
  let left = all;
  while (left.length > 0 && causes.length < MOST) {
    const whole = yield left;
    if (!whole) break;
    const cause = yield* smallest(left, whole);
    causes.push(cause);
    left = left.filter((choice) => !isKnown(choice, cause));
  }
  return causes;
}

function* smallest(
  all: readonly Choice[],
  whole: Difference,
): Generator<readonly Choice[], Cause, Difference | undefined> {
  let last: Difference = whole;
  const shrinking = shrink(all);
  let step = shrinking.next();
  while (!step.done) {
    const found = yield step.value;
    const happens = found?.kind === whole.kind;
    if (happens) last = found;
    step = shrinking.next(happens);
  }
  return { choices: step.value, difference: last };
}

/** Of the bits of a register that a kernel takes over as they are, one stands for all. */
function isKnown({ id, register }: Choice, { choices, difference }: Cause): boolean {
  if (choices.some((choice) => choice.id === id)) return true;
  if (difference.kind !== 'registers' || register === undefined) return false;
  return choices.some((choice) => choice.register === register);
}
