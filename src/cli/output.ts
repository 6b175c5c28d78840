import { once } from 'node:events';
import { EXIT } from './exit.js';
import { CommandFailure, explain } from './failure.js';

/**
 * Says what happens when an output can take no more: to be called before anything is written, by help and errors too.
 * The reader of a pipe may leave early (`| head`); that is its right and no error of ours.
 */
export function watchOutputs(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // With the exit code so far: a command whose answer would be missing has set it to `unfinished`.
    if (error.code === 'EPIPE') process.exit();
    process.stderr.write(
      explain(new CommandFailure(`cannot be written: ${error.message}`, undefined, 'output')),
    );
    process.exit(EXIT.error);
  });
  // Messages that nobody reads are no reason to give up the work.
  process.stderr.on('error', () => {});
}

/** Writes to standard output, and waits while its reader is slower. */
export async function print(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

const BATCH = 1 << 16;

/** Writes many pieces without holding all of them in memory; small strings go out together. */
export async function printAll(pieces: Iterable<string> | Iterable<Uint8Array>): Promise<void> {
  let batch = '';
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      await print(piece);
      continue;
    }
    batch += piece;
    if (batch.length < BATCH) continue;
    await print(batch);
    batch = '';
  }
  if (batch !== '') await print(batch);
}

/** Writes a value as indented JSON. */
export async function printJson(value: unknown): Promise<void> {
  await print(`${JSON.stringify(value, undefined, 2)}\n`);
}
