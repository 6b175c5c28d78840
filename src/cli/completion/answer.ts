import type { Command, Option } from 'commander';
import { namesFor } from './names.js';

/** What the shell is to do beside offering the candidates (the protocol of Cobra, which the scripts speak). */
const FILES = ':0';
const NO_FILES = ':4';

/** What could stand there: its text, and what it is. */
type Candidate = readonly [text: string, what: string];

/**
 * Answers a shell's script: the candidates for the last of the words behind `zeropage`, a line each with a tab before what it is,
 * and in the last line whether files could stand there instead.
 */
export async function answer(root: Command, words: readonly string[]): Promise<string> {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const candidates = await candidatesFor(root, before, word);
  const lines = (candidates ?? [])
    .filter(([text]) => text.startsWith(word))
    .map(([text, what]) => `${text}\t${what}\n`);
  return `${lines.join('')}${candidates ? NO_FILES : FILES}\n`;
}

/** Undefined: a file. */
async function candidatesFor(
  root: Command,
  before: readonly string[],
  word: string,
): Promise<readonly Candidate[] | undefined> {
  const name = before.find((arg) => !arg.startsWith('-'));
  const commands = root.commands.map((each): Candidate => [each.name(), each.description()]);
  if (name === undefined) {
    return word.startsWith('-') ? optionsOf(root) : [...commands, ['help', 'show how a command is used']];
  }
  if (name === 'help') return commands;
  const command = root.commands.find((each) => each.name() === name);
  if (!command) return [];
  const last = before.at(-1);
  const option = command.options.find(
    ({ required, short, long }) => required && (short === last || long === last),
  );
  if (option) return valuesOf(option, await namesFor(name, option.attributeName()));
  if (word.startsWith('-')) return optionsOf(command);
  const names = command.registeredArguments[0]?.argChoices ?? (await namesFor(name, ''));
  return names && named(names);
}

function optionsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => [long ?? short!, description]);
}

/** Undefined: a file; empty: something else. */
function valuesOf(
  { argChoices, flags }: Option,
  names: readonly string[] | undefined,
): Candidate[] | undefined {
  const known = argChoices ?? names;
  if (known) return named(known);
  return flags.includes('<file') ? undefined : [];
}

function named(names: readonly string[]): Candidate[] {
  return names.map((name) => [name, '']);
}
