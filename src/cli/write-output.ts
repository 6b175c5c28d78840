import { writeFileSync } from 'node:fs';
import { CommandFailure } from './failure.js';
import { print } from './output.js';

/** Permissions of what linkers write, and of what one reads. */
const modes = { program: 0o777, text: 0o666 } as const;

/** Writes a file that was asked for with -o; `-` is standard output. */
export async function writeOutput(
  path: string,
  data: Uint8Array | string,
  kind: keyof typeof modes = 'program',
): Promise<void> {
  if (path === '-') return print(data);
  try {
    writeFileSync(path, data, { mode: modes[kind] });
  } catch (error) {
    throw new CommandFailure(`cannot be written: ${(error as Error).message}`, undefined, path);
  }
}
