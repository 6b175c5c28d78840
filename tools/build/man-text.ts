import type { Command } from 'commander';
import type { CommandModule } from '../../src/cli/commands.js';

/** What the page says beside the commands. */
export interface ManFrame {
  readonly version: string;
  /** What holds for all commands. */
  readonly notes: string;
}

type Help = Pick<CommandModule, 'notes' | 'examples'>;

/** The manual page of a command line, in man(7): a section with usage, arguments, options and examples a command. */
export function manPage(
  program: Command,
  help: ReadonlyMap<string, Help>,
  { version, notes }: ManFrame,
): string {
  const name = program.name();
  const shown = program.createHelp().visibleCommands(program);
  const commands = shown.filter((command) => help.has(command.name()));
  return [
    '.\\" Made by npm run build from the definitions of the command line.',
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}" "User Commands"`,
    '.SH NAME',
    `${name} \\- kernel boot entries: which are there, which work, and why not`,
    '.SH SYNOPSIS',
    ...commands
      .flatMap((command) => [`.B ${name} ${escaped(command.name())}`, argumentsOf(command), '.br'])
      .slice(0, -1),
    '.SH DESCRIPTION',
    roff(program.description()),
    ...paragraphs(notes),
    '.SH COMMANDS',
    ...commands.flatMap((command) => section(command, help.get(command.name())!, name)),
    '.SH ENVIRONMENT',
    ...item('NO_COLOR, FORCE_COLOR', 'without and with colours, wherever the output goes'),
    ...item('ZEROPAGE_DEBUG', 'show where in the sources an error occurred'),
    '',
  ].join('\n');
}

function section(command: Command, { notes = '', examples }: Help, program: string): string[] {
  const help = command.createHelp();
  return [
    `.SS ${program} ${escaped(command.name())} ${argumentsOf(command)}`,
    roff(`${command.description()}.`),
    ...help.visibleArguments(command).flatMap((each) => item(each.name(), help.argumentDescription(each))),
    ...help.visibleOptions(command).flatMap((each) => item(each.flags, help.optionDescription(each))),
    ...(notes ? paragraphs(notes) : []),
    '.PP',
    examples.length > 1 ? 'Examples:' : 'Example:',
    ...examples.flatMap(([line, meaning = '']) => [
      '.PP',
      '.RS 4',
      `\\fB${escaped(line)}\\fR`,
      ...below(meaning),
      '.RE',
    ]),
  ];
}

function below(meaning: string): string[] {
  return meaning ? ['.br', roff(meaning)] : [];
}

/** Behind the name: `[options] <image>`. */
function argumentsOf(command: Command): string {
  return escaped(command.createHelp().commandUsage(command).split(` ${command.name()} `)[1] ?? '');
}

function item(tag: string, text: string): string[] {
  return ['.TP', `\\fB${escaped(tag)}\\fR`, ...(text ? [roff(text)] : ['\\&'])];
}

function paragraphs(text: string): string[] {
  return text.split('\n\n').flatMap((paragraph) => ['.PP', ...paragraph.split('\n').map(roff)]);
}

/** A line of text: nothing in it is taken for a request. */
function roff(line: string): string {
  return escaped(line).replace(/^[.']/, '\\&$&');
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll("'", '\\(aq')
    .replaceAll('…', '\\&...');
}
