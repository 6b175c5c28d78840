import { type Input, makeInput, type Seed } from './inputs.js';
import { type Outcome, readAll } from './pipeline.js';

/** Most memory an input may take, in bytes. It is read twice, and a zstd window of 128 MiB is a legal one. */
const MAX_MEMORY = 1 << 29;

/** An input that broke the promise: read or refused, in time, in little memory, offsets in the file. */
export interface Failure {
  readonly index: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly reason: string;
}

export interface Summary {
  count: number;
  readonly outcomes: Record<Outcome, number>;
  readonly failures: Failure[];
  /** The slowest input. */
  slowest: { index: number; name: string; time: number };
}

export function emptySummary(): Summary {
  return {
    count: 0,
    outcomes: { read: 0, refused: 0 },
    failures: [],
    slowest: { index: -1, name: '', time: 0 },
  };
}

export interface Watch {
  /** Told each number first, for a watchdog. */
  readonly before?: (index: number) => void;
  /** Longest an input may take, in milliseconds of processor time: other processes must not make it fail. */
  readonly maxTime?: number;
}

/** Runs the inputs from `from` to `to` − 1. */
export async function runInputs(
  seeds: readonly Seed[],
  seed: number,
  from: number,
  to: number,
  summary: Summary,
  { before, maxTime = Number.POSITIVE_INFINITY }: Watch = {},
): Promise<void> {
  for (let index = from; index < to; index++) {
    before?.(index);
    const input = makeInput(seeds, seed, index);
    const reason = await tryInput(input, index, summary, maxTime);
    summary.count++;
    if (reason) summary.failures.push({ index, ...input, reason });
  }
}

async function tryInput(
  input: Input,
  index: number,
  summary: Summary,
  maxTime: number,
): Promise<string | undefined> {
  const memoryBefore = memory();
  const start = process.cpuUsage();
  try {
    summary.outcomes[await readAll(input.bytes)]++;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { user, system } = process.cpuUsage(start);
  const time = (user + system) / 1000;
  const used = memory() - memoryBefore;
  if (time > summary.slowest.time) summary.slowest = { index, name: input.name, time };
  if (time > maxTime) return `took ${Math.round(time)} ms`;
  if (used > MAX_MEMORY) return `took ${Math.round(used / 2 ** 20)} MiB`;
  return undefined;
}

/** Bytes in use, garbage included: an upper bound unless the collector ran in between. */
function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
