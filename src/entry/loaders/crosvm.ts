import { withMagic } from './bzimage-rules.js';
import { type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';

const LOAD = 'crosvm x86_64/src/lib.rs, load_kernel()';

const multiboot: LoaderRule = {
  asks: 'Multiboot header with address fields',
  source: `${LOAD}; kernel_loader/src/multiboot.rs`,
  decide: ({ image }) =>
    image.formats.multiboot?.load
      ? takes('multiboot', 'Loaded by the address fields; a header without them is passed over.')
      : undefined,
};

const elf: LoaderRule = {
  asks: 'ELF file',
  source: `${LOAD}; kernel_loader/src/lib.rs, load_elf()`,
  decide({ image }) {
    const { elf } = image.formats;
    if (!elf) return undefined;
    if (!elf.littleEndian) return refuses('A big-endian ELF file.');
    return elf.class === 64
      ? takes(
          'linux64',
          'Entered at e_entry in 64-bit mode with a zero page in RSI; a PVH note is not looked for.',
        )
      : takes(
          'linux32',
          'Entered at e_entry in 32-bit mode with a zero page in ESI; a PVH note is not looked for.',
        );
  },
};

const bzImage: LoaderRule = {
  asks: '"HdrS" at 0x202',
  source: `${LOAD}; x86_64/src/bzimage.rs, load_bzimage()`,
  decide({ image }) {
    const kernel = withMagic(image);
    if (!kernel) return refuses('"bad kernel header signature": neither ELF file nor bzImage.');
    return kernel.xloadflags.includes('XLF_KERNEL_64')
      ? takes('linux64', 'XLF_KERNEL_64 is set: entered at 0x200 in 64-bit mode.')
      : takes('linux32', 'XLF_KERNEL_64 is clear: entered at its 32-bit code.');
  },
};

export const crosvm: readonly LoaderWay[] = [
  {
    id: 'crosvm',
    loader: 'crosvm',
    how: 'run KERNEL',
    versions: 'main of 2025',
    rules: [multiboot, elf, bzImage],
  },
];
