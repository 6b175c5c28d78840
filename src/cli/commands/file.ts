import type { Command } from 'commander';
import { Bytes } from '../../core/bytes.js';
import { ImageError } from '../../core/errors.js';
import { fileChecks } from '../../entry/file-checks.js';
import type { Image } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';

/** `zeropage file --is-… IMAGE`, as grub-file: says nothing and exits with 0 for yes and 1 for no. */
export function define(command: Command): void {
  command.argument('<image>', 'file; "-" reads standard input');
  for (const name of Object.keys(fileChecks)) command.option(`--${name}`);
  command.action(async (path: string, options: Record<string, boolean>) => {
    const asked = command.options.filter((option) => options[option.attributeName()] === true);
    if (asked.length !== 1) {
      throw new CommandFailure(
        asked.length === 0 ? 'no question was asked' : 'only one question can be answered at a time',
        'give one --is-… option: zeropage file --help lists them',
      );
    }
    const { data } = readInput(path);
    const check = fileChecks[asked[0]!.long!.slice(2)]!;
    if (!check(await asImage(data))) process.exitCode = EXIT.no;
  });
}

/** The file as an image; one of no known format is an image without formats, about which one can ask all the same. */
async function asImage(data: Uint8Array): Promise<Image> {
  try {
    return await openImage(data);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { name: 'image', bytes: new Bytes(data, 'image'), formats: {}, problems: [] };
  }
}

export const notes = `Exit code 0 is yes, 1 is no, 2 that the file cannot be read. What grub-file asks too is answered by the rules of GRUB 2.06;
the other questions are about entries: yes when the image or its payload offers it (zeropage loaders says who takes it).`;

export const examples: readonly Example[] = [
  ["zeropage file --is-x86-pvh vmlinuz && echo 'has a PVH entry'"],
];
