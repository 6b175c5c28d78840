import { writeFileSync } from 'node:fs';
import { CommandFailure } from './failure.js';

/** Writes a file that was asked for with -o; `-` is standard output. */
export function writeOutput(path: string, data: Uint8Array): void {
  try {
    // Executable, as what linkers write.
    writeFileSync(path === '-' ? 1 : path, data, { mode: 0o777 });
  } catch (error) {
    throw new CommandFailure(`cannot be written: ${(error as Error).message}`, undefined, path);
  }
}
