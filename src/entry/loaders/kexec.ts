import { elfMachine } from '../../abi/elf.js';
import type { Image } from '../../image/image.js';
import { bzImageProblem, enter32, relocatable64Problem, withMagic } from './bzimage-rules.js';
import { kexecMultiboot } from './kexec-multiboot.js';
import { type Candidate, type Decision, type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';
import { type Loading, loadBy } from './loading.js';
import { hasAddresses } from './multiboot-fields.js';

const tools = (file: string): string => `kexec-tools 2.0.29 kexec/${file}`;

/** What slurp_decompress_file() leaves of a packed file: it knows gzip, and xz where it was built with liblzma. */
function unpacked(image: Image): Image {
  const { inner } = image;
  const packed = inner?.how === 'gzip' || (inner?.how === 'compressed' && inner.codec === 'xz');
  return packed && inner.image ? inner.image : image;
}

const isElf = ({ formats }: Image, ...machines: readonly number[]): boolean =>
  machines.includes(formats.elf?.machine ?? 0);

/** A rule on what it has unpacked. */
interface FileType extends Pick<LoaderRule, 'asks' | 'source'> {
  decide(file: Image): Decision | undefined;
}

/** What it makes of a Multiboot header; undefined where there is none. */
function multibootOf(layer: Image): Loading | undefined {
  const { multiboot: header, elf } = layer.formats;
  return header && loadBy(kexecMultiboot, { layer, header, elf });
}

/** file_type[] of arch/x86_64/kexec-x86_64.c, but for two that are no entries (beoboot, nbi). */
const types: readonly FileType[] = [
  {
    asks: 'ELF file for i386 or x86-64 with a Multiboot2 header',
    source: tools('arch/i386/kexec-mb2-x86.c, multiboot2_x86_probe()'),
    decide: (file) =>
      isElf(file, elfMachine.EM_386, elfMachine.EM_X86_64) && file.formats.multiboot2
        ? takes('multiboot2', 'Loaded by its ELF segments.')
        : undefined,
  },
  {
    asks: 'x86-64 ELF file',
    source: tools('arch/x86_64/kexec-elf-x86_64.c, elf_x86_64_probe()'),
    decide: (file) =>
      isElf(file, elfMachine.EM_X86_64)
        ? takes(
            'linux64',
            'Only with --args-linux; by default it is given ELF boot notes in RDI, which no Linux kernel reads.',
          )
        : undefined,
  },
  {
    asks: 'Multiboot header',
    source: tools('arch/i386/kexec-multiboot-x86.c, multiboot_x86_probe()'),
    decide(file) {
      const loading = multibootOf(file);
      if (!loading || loading.objection) return undefined;
      const how = hasAddresses(file.formats.multiboot!)
        ? 'the address fields of the header'
        : 'its ELF segments';
      return takes('multiboot', `Loaded by ${how}.`);
    },
  },
  {
    asks: 'i386 ELF file',
    source: tools('arch/i386/kexec-elf-x86.c, elf_x86_probe()'),
    decide: (file) =>
      isElf(file, elfMachine.EM_386)
        ? takes('linux32', 'Only with --args-linux; by default it is given ELF boot notes on the stack.')
        : undefined,
  },
  {
    asks: 'bzImage that runs in 64-bit mode anywhere',
    source: tools('arch/x86_64/kexec-bzImage64.c, bzImage64_probe()'),
    decide: (file) =>
      relocatable64Problem(withMagic(file)) === undefined
        ? takes('linux64', 'Entered at 0x200 (--entry-32bit and --real-mode take linux32 and linux16).')
        : undefined,
  },
  {
    asks: 'bzImage of protocol 2.00 or newer',
    source: tools('arch/i386/kexec-bzImage.c, bzImage_probe()'),
    decide(file) {
      const kernel = withMagic(file);
      return kernel && bzImageProblem(kernel, 0x0200) === undefined
        ? enter32(kernel, 'Entered at its 32-bit code.')
        : undefined;
    },
  },
];

const uki: FileType = {
  asks: 'unified kernel image with one of these in its .linux section',
  source: 'kexec-tools 2.0.32 kexec/kexec-uki.c, uki_image_probe(); 2.0.29 does not have it',
  decide({ formats, inner }) {
    const kernel = formats.uki && inner?.image;
    const decision = kernel && firstOf(types, kernel);
    return decision?.verdict === 'takes'
      ? takes(
          decision.entry,
          'The kernel in its .linux section, with its .initrd; .cmdline is not looked at.',
        )
      : decision;
  },
};

function firstOf(list: readonly FileType[], file: Image): Decision | undefined {
  for (const type of list) {
    const decision = type.decide(file);
    if (decision) return decision;
  }
  return undefined;
}

const none: LoaderRule = {
  asks: 'none of its file types',
  source: tools('kexec.c, my_load()'),
  decide({ image }) {
    const file = unpacked(image);
    const objection = multibootOf(file)?.objection;
    const asMultiboot = objection ? ` As a Multiboot file: ${objection.why}.` : '';
    return refuses(
      `"Cannot determine the file type". As a bzImage: ${bzImageProblem(withMagic(file), 0x0200)}${asMultiboot}`,
    );
  },
};

const rules: readonly LoaderRule[] = [
  ...[...types, uki].map(({ asks, source, decide }) => ({
    asks,
    source,
    decide: ({ image }: Candidate) => decide(unpacked(image)),
  })),
  none,
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
  {
    id: 'kexec',
    loader: 'kexec-tools',
    how: 'kexec -c -l (kexec_load)',
    versions: '2.0.29 to 2.0.32',
    rules,
  },
  {
    id: 'kexec-file',
    loader: 'Linux',
    how: 'kexec -s -l (kexec_file_load)',
    versions: '3.17 to 6.17',
    rules: [file],
  },
];
