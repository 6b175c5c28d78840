import type { Command } from 'commander';
import { Option } from 'commander';
import { stubsText } from '../../report/text/stubs.js';
import type { StubId } from '../../stub/entries/entry-stub.js';
import { entryStubs } from '../../stub/entries/entry-stubs.js';
import { type GuestFormat, guestImage } from '../../stub/guest/image.js';
import { invalidName } from '../choice.js';
import type { Example } from '../commands.js';
import { CommandFailure } from '../failure.js';
import { print } from '../output.js';
import { terminal } from '../terminal.js';
import { writeOutput } from '../write-output.js';

interface Options {
  output: string;
  entry?: StubId[];
  format: GuestFormat;
}

/** `zeropage guest -o FILE` */
export function define(command: Command): void {
  command
    .requiredOption('-o, --output <file>', 'where to write it; "-" is standard output')
    .option('--entry <ids>', 'only these entries (default: every one)', stubIds)
    .addOption(
      new Option('--format <format>', 'a bzImage with the ELF file as its payload, or the ELF file alone')
        .choices(['bzimage', 'elf'])
        .default('bzimage'),
    )
    .action(async ({ output, entry, format }: Options) => {
      const { file, universal } = build(format, entry);
      await writeOutput(output, file);
      if (output !== '-') await print(stubsText(output, file.length, universal, terminal()));
    });
}

function build(format: GuestFormat, entries: StubId[] | undefined): ReturnType<typeof guestImage> {
  try {
    return guestImage(format, entries);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandFailure(error.message);
    throw error;
  }
}

/** Entries that the universal image can have, separated by commas. */
export function stubIds(text: string, before: StubId[] = []): StubId[] {
  const ids = text.split(',').map((name) => {
    const stub = entryStubs.find(({ id }) => id === name);
    const ids = entryStubs.map(({ id }) => id);
    if (!stub) throw invalidName(name, 'entries', ids);
    return stub.id;
  });
  return [...before, ...ids];
}

export const notes = `The guest checks what the ABI of the entry it was started through promises, prints KTAP on COM1 (or the Xen console), and
switches off. zeropage matrix without an image boots it through every entry; other machines can be tried as well.`;

export const examples: readonly Example[] = [
  ['zeropage guest --format elf --entry pvh -o guest.elf'],
  ['qemu-system-x86_64 -nographic -no-reboot -kernel guest.elf'],
];
