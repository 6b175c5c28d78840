import type { Command } from 'commander';
import { hex } from '../../core/errors.js';
import { isLinux } from '../../entry/linux.js';
import { openImage } from '../../image/open.js';
import { stubsText } from '../../report/text/stubs.js';
import type { StubId } from '../../stub/entries/entry-stub.js';
import { wrap, wrapEntries } from '../../stub/wrap/wrap.js';
import type { Example } from '../commands.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { print } from '../output.js';
import { Progress } from '../progress.js';
import { terminal } from '../terminal.js';
import { writeOutput } from '../write-output.js';
import { stubIds } from './guest.js';

/** `zeropage wrap PAYLOAD -o OUT` */
export function define(command: Command): void {
  command
    .argument('<payload>', 'a Linux kernel, or an ELF file that takes boot information in RDI')
    .requiredOption('-o, --output <file>', 'where to write the image; "-" is standard output')
    .option('--entry <ids>', `the entries it gains (default: ${wrapEntries.join(',')})`, stubIds)
    .action(async (path: string, { output, entry }: { output: string; entry?: StubId[] }) => {
      const { name, data } = readInput(path);
      const unable = entry?.find((id) => !(wrapEntries as readonly StubId[]).includes(id));
      if (unable) {
        throw new CommandFailure(
          `a wrapped image is an ELF file, which cannot offer ${unable}`,
          `it can offer ${wrapEntries.join(', ')}`,
        );
      }
      const progress = new Progress();
      progress.phase(`${name}: reading the image`);
      const image = await openImage(data, { name });
      progress.phase(`${name}: wrapping`);
      const { file, universal, address, handover } = wrap(image, isLinux(image), entry);
      progress.done();
      await writeOutput(output, file);
      if (output === '-') return;
      const what = handover === 'linux' ? 'a zero page in RSI' : 'boot information in RDI';
      await print(stubsText(output, file.length, universal, terminal()));
      await print(`${name} lies at ${hex(address)} and is entered with ${what}.\n`);
    });
}

export const notes = `The stubs lie right below the payload, which is loaded where it wants to be. QEMU takes an image that has a Multiboot header
through that; for its PVH loader give --entry pvh.`;

export const examples: readonly Example[] = [
  ['zeropage wrap vmlinuz -o wrapped.elf', 'with pvh, multiboot and multiboot2'],
  ['zeropage wrap vmlinuz --entry pvh -o wrapped.elf', 'for the PVH loader of QEMU'],
];
