import { ImageError } from '../core/errors.js';
import { openImage } from '../image/open.js';
import { readSymbols } from '../image/symbols/read.js';
import type { NameFunction } from '../report/text/operations.js';
import { type LinkResult, linkGuest } from '../stub/link/link.js';
import { EXIT } from './exit.js';
import { CommandFailure, explain } from './failure.js';
import type { Input } from './input.js';

/** The tables of a guest or module; problems are printed and leave the exit code, and undefined is returned. */
export function linkedOrExplained({ name, data }: Input): LinkResult | undefined {
  const result = linkGuest(data, name);
  if (result.problems.length === 0) return result;
  for (const problem of result.problems) {
    process.stderr.write(explain(new CommandFailure(problem, undefined, name)));
  }
  process.exitCode = EXIT.no;
  return undefined;
}

/** Names of functions, where the file has symbols. */
export async function functionNames({ name, data }: Input): Promise<NameFunction> {
  try {
    const { table } = readSymbols(await openImage(data, { name }));
    return (address) => table?.exactly(address, 'tTwW')?.name;
  } catch (error) {
    // A file that has tables may still be one that cannot be shown in full.
    if (error instanceof ImageError) return () => undefined;
    throw error;
  }
}
