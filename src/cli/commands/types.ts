import type { Command } from 'commander';
import type { Btf } from '../../image/btf/btf.js';
import { readBtf } from '../../image/btf/read.js';
import { layers } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import { similarTypes, typesText } from '../../report/types-text.js';
import type { Example } from '../commands.js';
import { CommandFailure } from '../failure.js';
import { type Input, readInput } from '../input.js';
import { print } from '../output.js';

/** `zeropage types IMAGE NAME…` */
export function define(command: Command): void {
  command
    .argument('<image>', 'kernel image; "-" reads standard input')
    .argument(
      '<names...>',
      'struct, union, enum, typedef, function or variable, e.g. boot_params, start_kernel',
    )
    .option('--hex', 'offsets and sizes in hexadecimal')
    .action(async (path: string, names: string[], options: { hex?: boolean }) => {
      const input = readInput(path);
      const btf = await typesOf(input);
      const texts = names.map((name) => {
        const text = typesText(btf, name, options);
        if (text === undefined) throw unknownType(name, btf, input);
        return text;
      });
      await print(texts.join('\n'));
    });
}

async function typesOf({ name, data }: Input): Promise<Btf> {
  const image = await openImage(data, { name });
  for (const layer of layers(image).reverse()) {
    const btf = readBtf(layer);
    if (btf) return btf;
  }
  const { inner } = layers(image).at(-1)!;
  if (inner) throw new CommandFailure(`its payload ${inner.problem ?? 'was not unpacked'}`, undefined, name);
  throw new CommandFailure('no BTF types', 'kernels have them when built with CONFIG_DEBUG_INFO_BTF=y', name);
}

function unknownType(name: string, btf: Btf, input: Input): CommandFailure {
  return new CommandFailure(
    `no type, function or variable is called '${name}'`,
    similarTypes(btf, name),
    input.name,
  );
}

export const examples: readonly Example[] = [
  ['zeropage types vmlinuz boot_params', 'the layout of a struct'],
  [
    "zeropage types vmlinuz start_kernel 'union thread_union'",
    'a prototype, and one kind of several of a name',
  ],
  ['zeropage types --hex vmlinuz task_struct'],
];
