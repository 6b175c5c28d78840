import { isHigh, withMagic } from './bzimage-rules.js';
import { type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';
import { ELF_SOURCE, elfHeader, hasPvhNote } from './rust-vmm.js';

const LOAD = 'cloud-hypervisor vmm/src/vm.rs, load_kernel()';

const pvh: LoaderRule = {
  asks: 'ELF file with PHYS32_ENTRY in the last PT_NOTE segment',
  source: `${LOAD}; ${ELF_SOURCE}, parse_elf_note()`,
  decide({ image }) {
    const { elf } = image.formats;
    if (!elf) return undefined;
    return hasPvhNote(elf)
      ? takes('pvh', 'Entered at PHYS32_ENTRY.')
      : refuses('"Kernel lacks PVH header" (KernelMissingPvhHeader).');
  },
};

const bzImage: LoaderRule = {
  asks: 'bzImage of protocol 2.00 or newer',
  source: `${LOAD}; rust-vmm linux-loader src/loader/bzimage/mod.rs, load(); since 42`,
  decide({ image }) {
    const kernel = withMagic(image);
    return kernel && isHigh(kernel)
      ? takes('linux32', 'Entered at its 32-bit code; the payload is not unpacked.')
      : refuses('Neither an ELF file nor a bzImage.');
  },
};

export const cloudHypervisor: readonly LoaderWay[] = [
  {
    id: 'cloud-hypervisor',
    loader: 'cloud-hypervisor',
    how: '--kernel',
    versions: '42 to 53',
    rules: [elfHeader, pvh, bzImage],
  },
];
