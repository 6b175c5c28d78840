import { foreignCode } from './elf-memory.js';
import { type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';
import { ELF_SOURCE, elfProblem, hasPvhNote } from './rust-vmm.js';

const LOAD = 'Firecracker src/vmm/src/arch/x86_64/mod.rs, load_kernel()';

const elfOnly: LoaderRule = {
  asks: 'ELF magic',
  source: `${LOAD}; ${ELF_SOURCE}`,
  decide: ({ image }) =>
    image.formats.elf
      ? undefined
      : refuses('"Invalid Elf magic number": it takes uncompressed ELF files only.'),
};

const elfHeader: LoaderRule = {
  asks: 'an ELF64 file it can load',
  source: `${ELF_SOURCE}, validate_header() and load()`,
  decide({ image }) {
    const problem = elfProblem(image);
    return problem === undefined ? undefined : refuses(problem);
  },
};

const pvh: LoaderRule = {
  asks: 'PHYS32_ENTRY in the last PT_NOTE segment',
  source: `${LOAD}; ${ELF_SOURCE}, parse_elf_note()`,
  decide: ({ image }) =>
    hasPvhNote(image.formats.elf!) ? takes('pvh', 'PVH is preferred wherever the note is there.') : undefined,
};

const linux64: LoaderRule = {
  asks: 'no more: the 64-bit Linux protocol',
  source: `${LOAD}, configure_64bit_boot()`,
  decide: ({ image }) =>
    foreignCode(image.formats.elf!) ??
    takes('linux64', 'Entered at e_entry in 64-bit mode with a zero page in RSI, whatever the file is.'),
};

export const firecracker: readonly LoaderWay[] = [
  {
    id: 'firecracker',
    loader: 'Firecracker',
    how: 'kernel_image_path',
    versions: '1.12 to 1.17',
    rules: [elfOnly, elfHeader, pvh, linux64],
  },
  {
    id: 'firecracker-1.11',
    loader: 'Firecracker',
    how: 'kernel_image_path, before PVH',
    versions: '1.0 to 1.11',
    rules: [elfOnly, elfHeader, linux64],
  },
];
