import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { commands } from './commands.js';
import { EXIT } from './exit.js';
import { CommandFailure, explain } from './failure.js';

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

async function program(args: readonly string[]): Promise<Command> {
  const root = configured(new Command('zeropage'))
    .description('Lists every boot entry of a kernel image, with the bytes that prove it.')
    .usage('COMMAND [ARGUMENT…]')
    .helpCommand(false)
    .option('--version', 'print the version')
    .addHelpText('after', footer)
    .action(async (options: { version?: boolean }, command: Command) => {
      if (!options.version) command.help({ error: true });
      const { version } = await import('./version.js');
      process.stdout.write(`${version()}\n`);
    });
  const wanted = args.find((arg) => arg === '-' || !arg.startsWith('-'));
  if (wanted !== undefined && !commands.some(({ name }) => name === wanted)) throw unknownCommand(wanted);
  for (const { name, summary, load } of commands) {
    const command = configured(root.command(name))
      .description(summary)
      .helpOption('-h, --help', 'show this help');
    if (name === wanted) await (await load()).define(command, args);
  }
  return root;
}

/** The same manners for every command: errors are thrown, and printed the way all our errors are. */
function configured(command: Command): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError()
    .helpOption('-h, --help', 'show this help')
    .configureOutput({
      outputError: (text, write) =>
        write(
          `zeropage: ${text.replace(/^error: /, '')}  zeropage ${command.name() === 'zeropage' ? '' : `${command.name()} `}--help shows how it is used\n`,
        ),
    });
}

function unknownCommand(name: string): CommandFailure {
  if (name === '-' || existsSync(name)) {
    return new CommandFailure(`'${name}' is not a command`, `to read an image: zeropage inspect ${name}`);
  }
  const names = commands.map((command) => command.name).join(', ');
  return new CommandFailure(
    `'${name}' is not a command`,
    `the commands are ${names}; zeropage --help says more`,
  );
}

const footer = `
Exit codes: 0 done, 1 differences found, answered no or not booted, 2 unreadable image or misuse, 4 skipped.
An IMAGE of "-" is read from standard input.`;
