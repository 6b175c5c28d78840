import { elfMachine } from '../../abi/elf.js';
import type { Image } from '../../image/image.js';
import { bzImageProblem, relocatable64Problem, withMagic } from './bzimage-rules.js';
import { type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';

const tools = (file: string): string => `kexec-tools 2.0.29 kexec/${file}`;

/** What slurp_decompress_file() leaves of a packed file: it knows gzip, and xz where it was built with liblzma. */
function unpacked(image: Image): Image {
  const { inner } = image;
  const packed = inner?.how === 'gzip' || (inner?.how === 'compressed' && inner.codec === 'xz');
  return packed && inner.image ? inner.image : image;
}

const isElf = (image: Image, machine: number): boolean => image.formats.elf?.machine === machine;

const rules: readonly LoaderRule[] = [
  {
    asks: 'i386 ELF file with a Multiboot2 header',
    source: tools('arch/i386/kexec-mb2-x86.c, multiboot2_x86_probe()'),
    decide({ image }) {
      const file = unpacked(image);
      return isElf(file, elfMachine.EM_386) && file.formats.multiboot2
        ? takes('multiboot2', 'Loaded by its ELF segments.')
        : undefined;
    },
  },
  {
    asks: 'x86-64 ELF file',
    source: tools('arch/x86_64/kexec-elf-x86_64.c, elf_x86_64_probe()'),
    decide: ({ image }) =>
      isElf(unpacked(image), elfMachine.EM_X86_64)
        ? takes(
            'linux64',
            'Only with --args-linux; by default it is given ELF boot notes in RDI, which no Linux kernel reads.',
          )
        : undefined,
  },
  {
    asks: 'Multiboot header',
    source: tools('arch/i386/kexec-multiboot-x86.c, multiboot_x86_probe()'),
    decide({ image }) {
      const header = unpacked(image).formats.multiboot;
      if (!header) return undefined;
      const { load } = header;
      if (load && load.loadAddr & 0xfff) return refuses('"multiboot load address not 4k aligned".');
      return takes(
        'multiboot',
        load ? 'Loaded by the address fields of the header.' : 'Loaded by its ELF segments.',
      );
    },
  },
  {
    asks: 'i386 ELF file',
    source: tools('arch/i386/kexec-elf-x86.c, elf_x86_probe()'),
    decide: ({ image }) =>
      isElf(unpacked(image), elfMachine.EM_386)
        ? takes('linux32', 'Only with --args-linux; by default it is given ELF boot notes on the stack.')
        : undefined,
  },
  {
    asks: 'bzImage that runs in 64-bit mode anywhere',
    source: tools('arch/x86_64/kexec-bzImage64.c, bzImage64_probe()'),
    decide: ({ image }) =>
      relocatable64Problem(withMagic(unpacked(image))) === undefined
        ? takes('linux64', 'Entered at 0x200 (--entry-32bit and --real-mode take linux32 and linux16).')
        : undefined,
  },
  {
    asks: 'bzImage of protocol 2.00 or newer',
    source: tools('arch/i386/kexec-bzImage.c, bzImage_probe()'),
    decide({ image }) {
      const problem = bzImageProblem(withMagic(unpacked(image)), 0x0200);
      return problem ? undefined : takes('linux32', 'Entered at its 32-bit code.');
    },
  },
  {
    asks: 'unified kernel image',
    source: tools('kexec-uki.c, uki_image_probe(); since 2.0.30'),
    decide: ({ image }) =>
      image.formats.uki
        ? takes('linux64', 'The kernel in its .linux section, with its .initrd and .cmdline.')
        : undefined,
  },
  {
    asks: 'none of its file types',
    source: tools('kexec.c, my_load()'),
    decide: ({ image }) =>
      refuses(
        `"Cannot determine the file type". As a bzImage: ${bzImageProblem(withMagic(unpacked(image)), 0x0200)}`,
      ),
  },
];

const file: LoaderRule = {
  asks: 'bzImage that runs in 64-bit mode anywhere',
  source: 'Linux 6.12 arch/x86/kernel/kexec-bzimage64.c, bzImage64_probe()',
  decide({ image }) {
    const problem = relocatable64Problem(withMagic(image));
    return problem
      ? refuses(`ENOEXEC: ${problem}`)
      : takes('linux64', 'Entered at 0x200. Under Secure Boot also its signature is checked.');
  },
};

export const kexec: readonly LoaderWay[] = [
  { id: 'kexec', loader: 'kexec-tools', how: 'kexec -c -l (kexec_load)', versions: '2.0.29', rules },
  {
    id: 'kexec-file',
    loader: 'Linux',
    how: 'kexec -s -l (kexec_file_load)',
    versions: '3.17 to 6.17',
    rules: [file],
  },
];
