/**
 * The long run: npm run fuzz -- --count 100000 --seed 1
 *
 * Reads many mutated images and prints what became of them. Failing inputs are written to a directory.
 * Exit code 0 when every input was read or refused properly, 1 when one was not, 2 for wrong arguments.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeInput } from './inputs.js';
import { emptySummary, type Failure, type Summary } from './run-inputs.js';
import { allSeeds } from './seeds.js';
import type { WorkerTask } from './worker.js';

/** An input that takes this long never ends. */
const WATCHDOG = 20_000;
const PER_TASK = 2000;

const options = readOptions();
const seeds = allSeeds({ corpus: options.corpus });
console.log(
  `${options.count} inputs from ${seeds.length} images, seed ${options.seed}, ${options.jobs} processes, ` +
    `corpus ${seeds.some(({ name }) => name.startsWith('head of')) ? 'used' : 'not used'}`,
);
const started = Date.now();
const total = emptySummary();
let next = options.start;
const end = options.start + options.count;
let ticks = 0;
/** The tasks that run, by their first input, with what tells how far they are. */
const running = new Map<number, () => number>();
const directory = mkdtempSync(join(tmpdir(), 'zeropage-fuzz-'));
const timer = setInterval(report, 2000);
await Promise.all(Array.from({ length: options.jobs }, runTasks));
clearInterval(timer);
if (process.stderr.isTTY) process.stderr.write('\n');
finish();

function readOptions(): { count: number; seed: number; start: number; jobs: number; corpus: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        count: { type: 'string', default: '100000' },
        seed: { type: 'string', default: '1' },
        start: { type: 'string', default: '0' },
        jobs: { type: 'string', default: '2' },
        'no-corpus': { type: 'boolean', default: false },
      },
    });
    const number = (name: 'count' | 'seed' | 'start' | 'jobs', least: number): number => {
      const value = Number(values[name]);
      if (!Number.isSafeInteger(value) || value < least)
        throw new Error(`--${name} ${values[name]}: not a number`);
      return value;
    };
    return {
      count: number('count', 1),
      seed: number('seed', 0),
      start: number('start', 0),
      jobs: number('jobs', 1),
      corpus: !values['no-corpus'],
    };
  } catch (error) {
    console.error(
      `${(error as Error).message}\nusage: npm run fuzz -- [--count N] [--seed N] [--start N] [--jobs N] [--no-corpus]`,
    );
    process.exit(2);
  }
}

async function runTasks(): Promise<void> {
  while (next < end) {
    const from = next;
    next = Math.min(end, from + PER_TASK);
    await runTask(from, next);
  }
}

/** Runs a task in a process of its own; where an input never ends or ends the process, notes that and goes on behind it. */
async function runTask(from: number, to: number): Promise<void> {
  const progress = join(directory, `progress-${from}`);
  writeFileSync(progress, Buffer.alloc(8, 0xff));
  const current = (): number => Number(readFileSync(progress).readBigInt64LE());
  running.set(from, current);
  const task: WorkerTask = { seed: options.seed, from, to, corpus: options.corpus, progress };
  const child = fork(new URL('./worker.ts', import.meta.url), [JSON.stringify(task)], {
    execArgv: [...process.execArgv, '--max-old-space-size=1024'],
    serialization: 'advanced',
  });
  const failed = await new Promise<string | undefined>((resolve) => {
    let late = false;
    let seen = -1;
    let since = Date.now();
    const watchdog = setInterval(() => {
      const at = current();
      if (at !== seen) since = Date.now();
      seen = at;
      late = Date.now() - since > WATCHDOG;
      if (late) child.kill('SIGKILL');
    }, 500);
    child.on('message', (summary: Summary) => {
      merge(summary);
      clearInterval(watchdog);
      resolve(undefined);
    });
    child.on('exit', (code, signal) => {
      clearInterval(watchdog);
      const why = late
        ? `did not end within ${WATCHDOG} ms`
        : `ended the process (${signal ?? `exit code ${code}`})`;
      resolve(why);
    });
  });
  running.delete(from);
  const index = current();
  rmSync(progress);
  if (failed === undefined) return;
  if (index < 0) throw new Error(`a process could not start: ${failed}`);
  total.count++;
  total.failures.push({ index, ...makeInput(seeds, options.seed, index), reason: failed });
  // What the process had found before is lost with it: do that part again.
  if (index > from) await runTask(from, index);
  if (index + 1 < to) await runTask(index + 1, to);
}

function merge(summary: Summary): void {
  total.count += summary.count;
  total.outcomes.read += summary.outcomes.read;
  total.outcomes.refused += summary.outcomes.refused;
  total.failures.push(...summary.failures);
  if (summary.slowest.time > total.slowest.time) total.slowest = summary.slowest;
}

function report(): void {
  let done = total.count;
  for (const [from, current] of running) done += Math.max(0, current() - from);
  const line = `${done} of ${options.count} inputs, ${total.failures.length} failures, ${Math.round((Date.now() - started) / 1000)} s`;
  if (process.stderr.isTTY) process.stderr.write(`\r${line}`);
  else if (ticks++ % 5 === 4) process.stderr.write(`${line}\n`);
}

function finish(): void {
  const { count, outcomes, failures, slowest } = total;
  console.log(
    `${count} inputs: ${outcomes.read} read, ${outcomes.refused} refused with an ImageError, ${failures.length} failures`,
  );
  console.log(`slowest: ${Math.round(slowest.time)} ms, input ${slowest.index} (${slowest.name})`);
  if (failures.length === 0) {
    rmSync(directory, { recursive: true });
    return;
  }
  const kinds = new Map<string, Failure[]>();
  for (const failure of failures) {
    writeFileSync(join(directory, `${options.seed}-${failure.index}`), failure.bytes);
    const kind = failure.reason
      .split('\n')
      .slice(0, 3)
      .join('\n')
      .replaceAll(/\b\d+\b/g, 'N');
    kinds.set(kind, [...(kinds.get(kind) ?? []), failure]);
  }
  for (const [first, ...others] of kinds.values()) {
    console.log(
      `\n${others.length + 1} × input ${first!.index} (${first!.name}, ${first!.bytes.length} bytes)\n${first!.reason}`,
    );
  }
  console.log(`\nfailing inputs are in ${directory}, named SEED-NUMBER`);
  process.exitCode = 1;
}
