import type { CommandModule } from './commands.js';

/** Of examples: a longer one has its meaning in the next line. */
const WIDTH = 52;

/** What stands below a command's options in its help: what else is to be known, and examples. */
export function helpText({ notes, examples }: Pick<CommandModule, 'notes' | 'examples'>): string {
  const short = examples.filter(([line, meaning]) => meaning && line.length <= WIDTH);
  const width = Math.max(...short.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => {
    if (meaning === undefined) return `  ${line}`;
    return line.length > WIDTH ? `  ${line}\n      ${meaning}` : `  ${line.padEnd(width)}  ${meaning}`;
  });
  const head = examples.length > 1 ? 'Examples:' : 'Example:';
  return [...(notes ? ['', notes] : []), '', head, ...lines].join('\n');
}
