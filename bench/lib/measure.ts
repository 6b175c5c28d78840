import { type Command, time } from './command.js';

/** Times of one command, in milliseconds: of the wall clock unless told otherwise. */
export interface Times {
  readonly label: string;
  readonly median: number;
  /** A quarter of the runs were faster than `low`, a quarter slower than `high`. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

export interface Rounds {
  readonly rounds: number;
  /** Rounds before, that are not counted: they fill the page cache. */
  readonly warmUp: number;
  readonly onRound?: (round: number) => void;
}

/** One measurement of a run. */
interface Turn {
  /** Which of the things that are measured. */
  readonly which: number;
  /** False while warming up. */
  readonly counts: boolean;
}

/**
 * Things that are measured side by side, in turn: every round has each of them once, and begins with another one, so that a disturbance
 * or a drift of the machine's clock meets them alike.
 */
export function* turns(things: number, { rounds, warmUp, onRound }: Rounds): Generator<Turn> {
  for (let round = -warmUp; round < rounds; round++) {
    onRound?.(round);
    for (let i = 0; i < things; i++) yield { which: (i + round + warmUp) % things, counts: round >= 0 };
  }
}

/** Times commands side by side, as `measure` does. */
export function interleave(commands: readonly Command[], rounds: Rounds, measure = time): Times[] {
  const times = commands.map(() => [] as number[]);
  for (const { which, counts } of turns(commands.length, rounds)) {
    const elapsed = measure(commands[which]!);
    if (counts) times[which]!.push(elapsed);
  }
  return commands.map(({ label }, i) => summarise(label, times[i]!));
}

export function summarise(label: string, times: readonly number[]): Times {
  const sorted = [...times].sort((a, b) => a - b);
  return {
    label,
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    runs: sorted.length,
  };
}

/** Value at a fraction of a sorted list, between neighbours by proportion. */
export function quantile(sorted: readonly number[], fraction: number): number {
  const place = (sorted.length - 1) * fraction;
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}
