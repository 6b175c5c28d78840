import { once } from 'node:events';
import { EXIT } from './exit.js';
import { CommandFailure, explain } from './failure.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe may leave early (`| head`); that is its right and no error of ours.
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(
    explain(new CommandFailure(`cannot be written: ${error.message}`, undefined, 'output')),
  );
  process.exit(EXIT.error);
});

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
