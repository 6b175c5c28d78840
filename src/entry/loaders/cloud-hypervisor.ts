import { hex } from '../../core/errors.js';
import { field } from '../setup-facts.js';
import { isHigh, withMagic } from './bzimage-rules.js';
import { type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';
import { ELF_SOURCE, elfProblem, hasPvhNote } from './rust-vmm.js';

const LOAD = 'cloud-hypervisor vmm/src/vm.rs, load_kernel()';
/** arch::layout::HIGH_RAM_START. */
const HIGH_RAM_START = 0x100000;

const pvh: LoaderRule = {
  asks: 'an ELF64 file it can load, with PHYS32_ENTRY in the last PT_NOTE segment',
  source: `${LOAD}; ${ELF_SOURCE}, validate_header(), load() and parse_elf_note()`,
  decide({ image }) {
    const { elf } = image.formats;
    if (!elf || elfProblem(image) !== undefined) return undefined;
    return hasPvhNote(elf)
      ? takes('pvh', 'Entered at PHYS32_ENTRY.')
      : refuses('"Kernel lacks PVH header" (KernelMissingPvhHeader).');
  },
};

/** Whatever is wrong with an ELF file, the next attempt is a bzImage, and that is complained of. */
const bzImage: LoaderRule = {
  asks: 'bzImage of protocol 2.00 or newer',
  source: `${LOAD}; rust-vmm linux-loader src/loader/bzimage/mod.rs, load(); since 42`,
  decide({ image }) {
    const kernel = withMagic(image);
    if (!kernel || !isHigh(kernel)) {
      const asElf = elfProblem(image);
      const why = asElf === undefined ? 'neither an ELF file nor a bzImage.' : `and as an ELF file ${asElf}`;
      return refuses(`"Invalid bzImage": ${why}`);
    }
    if (kernel.setupSize > image.bytes.length)
      return refuses('"Underflow occurred during an arithmetic operation": its setup code is not all there.');
    const start = field(kernel, 'code32_start');
    return start < HIGH_RAM_START
      ? refuses(`"invalid kernel start address": code32_start ${hex(start)} is below ${hex(HIGH_RAM_START)}.`)
      : takes('linux32', 'Loaded at code32_start and entered there; the payload is not unpacked.');
  },
};

export const cloudHypervisor: readonly LoaderWay[] = [
  {
    id: 'cloud-hypervisor',
    loader: 'cloud-hypervisor',
    how: '--kernel',
    versions: '42 to 53',
    rules: [pvh, bzImage],
  },
];
