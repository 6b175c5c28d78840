import { InvalidArgumentError } from 'commander';
import { oneOf } from '../core/similar.js';
import { CommandFailure } from './failure.js';

/** An argument that is the name of nothing: `what` in the singular and plural. */
export function unknownName(
  word: string,
  [one, several]: readonly [string, string],
  names: readonly string[],
): CommandFailure {
  return new CommandFailure(`there is no ${one} '${word}'`, oneOf(word, several, names));
}

/** An option's value that is none of its names. */
export function invalidName(word: string, several: string, names: readonly string[]): InvalidArgumentError {
  const hint = oneOf(word, several, names);
  return new InvalidArgumentError(`${hint[0]!.toUpperCase()}${hint.slice(1)}.`);
}
