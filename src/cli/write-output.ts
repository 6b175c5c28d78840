import { writeFileSync } from 'node:fs';
import { CommandFailure } from './failure.js';

/** Writes a file that was asked for with -o; `-` is standard output. */
export function writeOutput(path: string, data: Uint8Array): void {
  try {
    writeFileSync(path === '-' ? 1 : path, data);
  } catch (error) {
    throw new CommandFailure(`cannot be written: ${(error as Error).message}`, undefined, path);
  }
}
