import type { Command } from 'commander';
import { Argument } from 'commander';
import type { Example } from '../commands.js';
import { answer } from '../completion/answer.js';
import { completionScript, shells } from '../completion/script.js';
import { print } from '../output.js';

/** `zeropage complete SHELL`; and `zeropage complete -- WORD…`, which its scripts call. */
export function define(command: Command, args: readonly string[]): void {
  if (args[args.indexOf('complete') + 1] === '--') {
    command
      .argument('[words...]')
      .action((words: string[]) => answer(command.parent!, words).then((text) => print(text)));
    return;
  }
  command
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action((shell: string) => print(completionScript(shell)));
}

export const notes = `Completes the names of commands, options, entries, platforms, waypoints and the like, and files. In bash it needs the package
bash-completion. zeropage must be found under that name.`;

export const examples: readonly Example[] = [
  ['source <(zeropage complete bash)', 'in ~/.bashrc'],
  ['source <(zeropage complete zsh)', 'in ~/.zshrc, behind compinit'],
  ['zeropage complete fish >~/.config/fish/completions/zeropage.fish'],
];
