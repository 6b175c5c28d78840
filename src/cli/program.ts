import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { oneOf } from '../core/similar.js';
import { type CommandLine, commands } from './commands.js';
import { CommandFailure } from './failure.js';
import { helpText } from './help-text.js';

/**
 * The command line, with the arguments and options of the command that `args` names, of that alone: for others nothing is
 * loaded. `help boot` and a completion of `boot …` name `boot`, too.
 */
export async function program(args: readonly string[]): Promise<Command> {
  const [wanted, about] = args.filter((arg) => arg === '-' || !arg.startsWith('-'));
  if (wanted !== undefined && !isCommand(wanted)) throw unknownCommand(wanted);
  if (wanted === 'help' && about !== undefined && !isCommand(about)) throw unknownCommand(about);
  const named = wanted === 'help' || wanted === 'complete' ? [wanted, about] : [wanted];
  return withCommands(({ name }) => named.includes(name), args);
}

/** All of it: for the manual page. */
export function wholeProgram(): Promise<Command> {
  return withCommands(() => true, []);
}

async function withCommands(
  defined: (line: CommandLine) => boolean,
  args: readonly string[],
): Promise<Command> {
  const root = configured(new Command('zeropage'))
    .description('Lists every boot entry of a kernel image, with the bytes that prove it.')
    .usage('COMMAND [ARGUMENT…]')
    .helpCommand('help [command]', 'show how a command is used')
    .option('--version', 'print the version')
    .addHelpText('after', `\n${notes}`)
    .action(async (options: { version?: boolean }, command: Command) => {
      if (!options.version) command.help({ error: true });
      const { version } = await import('./version.js');
      process.stdout.write(`${version()}\n`);
    });
  for (const line of commands) {
    const command = configured(root.command(line.name)).description(line.summary);
    if (!defined(line)) continue;
    const module = await line.load();
    await module.define(command, args);
    command.addHelpText('after', helpText(module));
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

function isCommand(name: string): boolean {
  return name === 'help' || commands.some((command) => command.name === name);
}

function unknownCommand(name: string): CommandFailure {
  if (name === '-' || existsSync(name)) {
    return new CommandFailure(`'${name}' is not a command`, `to read an image: zeropage inspect ${name}`);
  }
  const names = commands.map((command) => command.name);
  return new CommandFailure(
    `'${name}' is not a command`,
    `${oneOf(name, 'commands', names)}; zeropage --help says more`,
  );
}

/** What holds for all commands. */
export const notes = `Exit codes: 0 done, 1 differences found, answered no or not booted, 2 unreadable image or misuse, 4 skipped.
An IMAGE of "-" is read from standard input.`;
