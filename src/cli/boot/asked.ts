import { Command } from 'commander';
import { quoted } from '../../contract/reproduce.js';
import { addMachineOptions } from './options.js';

/** The machine's options of a command line, as they were given, each with a space before it. */
export function askedOptions(args: readonly string[]): string {
  const { options } = addMachineOptions(new Command());
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [flag = '', value] = args[i]!.split(/=(.*)/s, 2);
    const option = options.find(({ short, long }) => flag === short || flag === long);
    if (!option) continue;
    words.push(args[i]!);
    if (option.required && value === undefined) words.push(args[++i] ?? '');
  }
  return words.map((word) => ` ${quoted(word)}`).join('');
}
