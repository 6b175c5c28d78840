import { enteredBefore } from '../../trace/before.js';
import type { Recording } from '../../trace/recording.js';
import { whyEnded } from '../why-ended.js';
import { type DifferentRegister, differentRegisters } from './registers.js';

/** How a varied boot differs from the plain one. */
export type Difference =
  /** It did not get where the other did. */
  | {
      readonly kind: 'end';
      /** In a sentence. */
      readonly reason: string;
      readonly function: string | null;
      readonly instruction: number;
    }
  /** It got there with a processor that is set up otherwise. */
  | { readonly kind: 'registers'; readonly registers: readonly DifferentRegister[] }
  /** It got there, and other functions ran before. */
  | {
      readonly kind: 'functions';
      /** That ran in the plain boot alone, and in the varied one alone, in the order in which they did. */
      readonly missing: readonly string[];
      readonly added: readonly string[];
    };

/** What differs as far as `until`, or to the end; undefined when nothing does. */
export function difference(
  plain: Recording,
  varied: Recording,
  until: string | undefined,
): Difference | undefined {
  const wanted = waypointsTo(plain, until);
  const got = waypointsTo(varied, until);
  // A plain boot may have gone on behind `until`, or not have got there either.
  const came = until !== undefined && wanted.includes(until);
  const ends = came
    ? varied.stop !== 'waypoint'
    : plain.stop !== varied.stop || plain.verdict !== varied.verdict;
  if (ends || wanted.join() !== got.join()) {
    return endOf(
      varied,
      wanted.filter((name) => !got.includes(name)),
    );
  }
  const registers = differentRegisters(plain, varied);
  if (registers.length > 0) return { kind: 'registers', registers };
  const [before, after] = [enteredBefore(plain), enteredBefore(varied)];
  const [known, seen] = [new Set(before), new Set(after)];
  const missing = [...known].filter((name) => !seen.has(name));
  const added = [...seen].filter((name) => !known.has(name));
  return missing.length + added.length > 0 ? { kind: 'functions', missing, added } : undefined;
}

function endOf(varied: Recording, missed: readonly string[]): Difference {
  const { autopsy, instructions } = varied;
  const why = whyEnded(varied);
  return {
    kind: 'end',
    reason: missed.length > 0 ? `It does not get to ${missed[0]}. ${why}` : why,
    function: autopsy?.function ?? null,
    instruction: autopsy?.instruction ?? instructions,
  };
}

function waypointsTo({ waypoints }: Recording, until: string | undefined): string[] {
  const names = waypoints.map(({ name }) => name);
  const end = until === undefined ? -1 : names.indexOf(until);
  return end === -1 ? names : names.slice(0, end + 1);
}
