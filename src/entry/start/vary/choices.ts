import { StartError } from '../../../core/errors.js';
import { didYouMean } from '../../../core/similar.js';
import { type Choice, families } from './choice.js';
import { control } from './control.js';
import { fields } from './fields.js';
import { flags } from './flags.js';
import type { Freedom } from './freedom.js';
import { memory } from './memory.js';
import { places } from './places.js';
import { greaterProcessor, lesserProcessor } from './processor.js';
import { registers } from './registers.js';
import { segments } from './segments.js';

/**
 * All that a start of day may have otherwise, by what one boot can have together: a loader's choices, and processors. A new family
 * is one file here and one line in this table.
 */
const groups: readonly (readonly Choice[])[] = [
  [...registers, ...flags, ...control, ...segments, ...memory, ...places, ...fields],
  lesserProcessor,
  greaterProcessor,
];
const choices = groups.flat();

/** Those that an ABI leaves open, by what one boot can have together. */
export const groupsOf = (freedom: Freedom = {}): (readonly Choice[])[] =>
  groups
    .map((group) => group.filter((choice) => choice.clause(freedom) !== undefined))
    .filter((group) => group.length > 0);

/** Those that an ABI leaves open. */
export const choicesOf = (freedom: Freedom = {}): readonly Choice[] => groupsOf(freedom).flat();

/** Is it about the processor that there is, and not about what a loader left or laid out? */
export const isOfProcessor = ({ family }: Choice): boolean => family === 'processor';

/**
 * Choices by their ids, or those of their families; all but those about the processor where none is named. Throws StartError for
 * one that there is not, or that the ABI does not leave open.
 */
export function chosen(freedom: Freedom | undefined, ids: readonly string[] | undefined): Choice[] {
  const open = choicesOf(freedom);
  if (!ids) return open.filter((choice) => !isOfProcessor(choice));
  const wanted = new Set(ids);
  for (const id of wanted) {
    if (open.some((choice) => choice.id === id || choice.family === id)) continue;
    if (choices.some((choice) => choice.id === id || choice.family === id)) {
      throw new StartError(`the entry does not leave '${id}' open`, `open are: ${listed(open)}`);
    }
    const known = [...families, ...choices.map((choice) => choice.id)];
    throw new StartError(`there is no choice '${id}'`, didYouMean(id, known) ?? `there are: ${listed(open)}`);
  }
  return open.filter((choice) => wanted.has(choice.id) || wanted.has(choice.family));
}

const listed = (open: readonly Choice[]): string => open.map(({ id }) => id).join(', ');
