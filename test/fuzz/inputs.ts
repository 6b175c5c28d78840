import { mutate, type Ranges, splice } from './mutate.js';
import { randomFor } from './random.js';

/** An image that inputs are made from. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Where its structures stand; the whole of it where nothing is given. */
  readonly ranges?: Ranges;
  /** What is put around the changed image. */
  readonly wrap?: (bytes: Uint8Array) => Uint8Array;
}

/** One input of a run, and how it was made. */
export interface Input {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The input of that number: the same for the same seeds, seed and number, whatever ran before. */
export function makeInput(seeds: readonly Seed[], seed: number, index: number): Input {
  const random = randomFor(seed, index);
  const first = random.pick(seeds);
  if (random.oneIn(8)) {
    const second = random.pick(seeds);
    const bytes = splice(first.bytes, second.bytes, random);
    const name = `${first.name} + ${second.name}`;
    return random.oneIn(2) ? { name, bytes } : { name, bytes: mutate(bytes, first.ranges ?? [], random) };
  }
  const bytes = mutate(first.bytes, first.ranges ?? [], random);
  return { name: first.name, bytes: first.wrap?.(bytes) ?? bytes };
}
