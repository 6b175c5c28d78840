import { CommanderError } from 'commander';
import { EXIT } from './exit.js';
import { explain } from './failure.js';
import { program } from './program.js';

/** Runs the command line and returns its exit code; everything that goes wrong is explained on stderr. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await (await program(args)).parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    // Commander has already printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.error;
    if (process.env.ZEROPAGE_DEBUG) process.stderr.write(`${(error as Error).stack ?? error}\n`);
    process.stderr.write(explain(error));
    return EXIT.error;
  }
}
