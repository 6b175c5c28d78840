import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { oneOf } from '../../core/similar.js';
import { extractable, findLayer, type NamedImage } from '../../image/extract.js';
import { type Image, layers } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import { addSymtab } from '../../image/symbols/add-symtab.js';
import { readSymbols } from '../../image/symbols/read.js';
import { layerTableText } from '../../report/text/layers.js';
import { bytes, plural } from '../../report/text/quantity.js';
import type { Example } from '../commands.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { print, printJson } from '../output.js';
import { Progress } from '../progress.js';
import { terminal } from '../terminal.js';
import { writeOutput } from '../write-output.js';

interface Options {
  output?: string;
  symbols?: boolean;
  json?: boolean;
}

/** `zeropage extract IMAGE [LAYER] -o FILE` */
export function define(command: Command): void {
  command
    .argument('<image>', 'kernel image; "-" reads standard input')
    .argument('[layer]', 'name or number of a layer; needed where there are several inside')
    .option(
      '-o, --output <file>',
      'where to write the layer; "-" is standard output; without it they are listed',
    )
    .option('--symbols', "with an ELF symbol table made from the kernel's own kallsyms")
    .option('--json', 'list the layers as JSON: an array of {index, name, size}')
    .action(extract);
}

async function extract(path: string, wanted: string | undefined, options: Options): Promise<void> {
  const { output, symbols, json } = options;
  if (output !== undefined) refuseToOverwrite(path, output);
  const { name, data } = readInput(path);
  const progress = new Progress();
  progress.phase(`${name}: unpacking`);
  const image = await openImage(data, { name });
  progress.done();
  const all = extractable(image);
  if (output === undefined && json) {
    return printJson(
      all.map((each) => ({ index: each.index, name: each.name, size: each.image.bytes.length })),
    );
  }
  if (output === undefined && wanted === undefined) return print(layerTableText(all, terminal()));
  if (output === undefined) throw new CommandFailure('no output file was given', 'name one with -o FILE');
  const layer = choose(image, all, wanted, symbols === true);
  const { file, remark } = symbols ? withSymbols(image, layer) : { file: layer.image.bytes.data, remark: '' };
  writeOutput(output, file);
  if (output !== '-') await print(`${output}: ${layer.name} of ${name}, ${bytes(file.length)}${remark}\n`);
}

function choose(
  image: Image,
  all: readonly NamedImage[],
  wanted: string | undefined,
  symbols: boolean,
): NamedImage {
  const { inner } = layers(image).at(-1)!;
  const missing = inner && !inner.image ? `; what it wraps ${inner.problem ?? 'was not unpacked'}` : '';
  if (wanted !== undefined) {
    const found = findLayer(all, wanted);
    if (found) return found;
    throw new CommandFailure(
      `there is no layer '${wanted}'${missing}`,
      oneOf(
        wanted,
        'layers',
        all.map(({ name }) => name),
        listed(all),
      ),
      image.name,
    );
  }
  const inside = all.slice(1);
  // The kernel proper, which is what symbols are of.
  if (symbols || inside.length === 1) {
    if (!missing) return all.at(-1)!;
  }
  if (inside.length === 0 || missing) {
    throw new CommandFailure(
      `nothing to unpack${missing || ': it wraps no other image'}`,
      undefined,
      image.name,
    );
  }
  throw new CommandFailure(
    `${inside.length} layers are inside: which one?`,
    `name one of them before -o: ${listed(inside)}`,
    image.name,
  );
}

function listed(all: readonly NamedImage[]): string {
  return all.map(({ index, name }) => `${name} (${index})`).join(', ');
}

function withSymbols(image: Image, { name, image: layer }: NamedImage): { file: Uint8Array; remark: string } {
  const { elf } = layer.formats;
  if (!elf || layer.inner) {
    throw new CommandFailure(
      `the layer '${name}' is not an ELF file of the kernel, so it cannot hold a symbol table`,
      'zeropage symbols IMAGE prints the symbols',
      image.name,
    );
  }
  const { table, problem } = readSymbols(image);
  if (!table) throw new CommandFailure(`no symbols: ${problem ?? 'none found'}`, undefined, image.name);
  if (table.source.from === 'symtab') {
    return { file: layer.bytes.data, remark: ', with the symbol table it came with' };
  }
  return { file: addSymtab(layer.bytes, elf, table), remark: `, with ${plural(table.count, 'symbol')}` };
}

/** Both paths may name one file through links, so it is the file that counts. */
function refuseToOverwrite(input: string, output: string): void {
  if (input === '-' || output === '-') return;
  const [a, b] = [input, output].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  if (a && b && a.dev === b.dev && a.ino === b.ino) {
    throw new CommandFailure('this is the image itself', 'write to another file', output);
  }
}

export const notes = `Layers are numbered from the file itself, 0, inwards: the payload of a bzImage, the .linux section of a unified kernel image.`;

export const examples: readonly Example[] = [
  ['zeropage extract vmlinuz', 'which layers are there?'],
  ['zeropage extract vmlinuz -o vmlinux', 'the kernel inside, unpacked'],
  ['zeropage extract vmlinuz --symbols -o vmlinux', '… so that gdb, nm and perf know its functions'],
  ['zeropage extract image.efi linux -o vmlinuz', 'the bzImage of a unified kernel image'],
  ['zeropage extract vmlinuz -o - | readelf -n -'],
];
