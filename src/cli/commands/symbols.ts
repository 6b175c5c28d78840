import type { Command } from 'commander';
import { hex } from '../../core/errors.js';
import { openImage } from '../../image/open.js';
import { readSymbols } from '../../image/symbols/read.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import { symbolsText } from '../../report/symbols-text.js';
import type { Example } from '../commands.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { printAll } from '../output.js';
import { Progress } from '../progress.js';

/** `zeropage symbols IMAGE` */
export function define(command: Command): void {
  command
    .argument('<image>', 'kernel image; "-" reads standard input')
    .option('--json', 'print JSON: an array of {address, type, name}')
    .action(async (path: string, { json }: { json?: boolean }) => {
      const { name, data } = readInput(path);
      const progress = new Progress();
      progress.phase(`${name}: reading the image`);
      const image = await openImage(data, { name });
      progress.phase(`${name}: reading symbols`);
      const { table, problem } = readSymbols(image);
      progress.done();
      if (!table) throw new CommandFailure(`no symbols: ${problem ?? 'none found'}`, undefined, name);
      await printAll(json ? jsonText(table) : symbolsText(table));
    });
}

/** One symbol a line, so that line-based tools can be used on it too. */
function* jsonText(table: SymbolTable): Generator<string> {
  let before = '[\n';
  for (const { address, type, name } of table.entries()) {
    yield `${before}${JSON.stringify({ address: hex(address), type, name })}`;
    before = ',\n';
  }
  yield `${before === ',\n' ? '' : before}\n]\n`;
}

export const examples: readonly Example[] = [
  ['zeropage symbols vmlinuz | grep start_kernel'],
  ['zeropage symbols vmlinuz >System.map', 'a System.map where none was kept'],
];
