import type { Command } from './command.js';

/** Two commands to compare, and the largest ratio of medians that is good enough; without one it is for information. */
export interface Pair {
  readonly ours: Command;
  readonly peer: Command;
  readonly target?: number;
}

/** What a bench compares, filled by one function a peer. */
export class Plan {
  readonly pairs: Pair[] = [];
  /** What each peer is and does, a line each. */
  readonly notes: string[] = [];
  /** What is left out, and why. */
  readonly skipped: string[] = [];

  add(note: string, ...pairs: Pair[]): void {
    this.notes.push(note);
    this.pairs.push(...pairs);
  }

  skip(reason: string): void {
    this.skipped.push(reason);
  }

  /** Every command once, in order of first use. */
  get commands(): Command[] {
    return [...new Set(this.pairs.flatMap(({ ours, peer }) => [ours, peer]))];
  }
}
