import { hex } from '../../core/errors.js';
import type { Elf } from '../../image/container/elf.js';
import { field } from '../setup-facts.js';
import { enter32, withMagic } from './bzimage-rules.js';
import { crosvmMultiboot } from './crosvm-multiboot.js';
import { endOf, foreignCode, loads } from './elf-memory.js';
import { type LoaderRule, type LoaderWay, refuses, takes } from './loader.js';
import { loadBy } from './loading.js';
import { decisionOf } from './multiboot-decision.js';
import { hasAddresses } from './multiboot-fields.js';

const LOAD = 'crosvm x86_64/src/lib.rs, load_kernel()';
/** It reads as much before it looks at anything: struct boot_params. */
const BOOT_PARAMS = 4096;

/** Nothing may be loaded below. */
const KERNEL_START_OFFSET = 0x200000n;

/** Why it does not load an ELF file. */
function crosvmElfProblem(elf: Elf): string | undefined {
  if (!elf.littleEndian) return '"trying to load big-endian binary on little-endian machine".';
  const segments = loads(elf);
  const low = segments.find(({ paddr }) => paddr < KERNEL_START_OFFSET);
  if (low)
    return `"program header address out of allowed address range": segment ${low.index} is loaded at ${hex(low.paddr)}, below ${hex(KERNEL_START_OFFSET)}.`;
  const [first, last] = [segments[0], segments.at(-1)];
  if (!first || !last) return '"no loadable program headers found".';
  return elf.entry < first.paddr || elf.entry > endOf(last)
    ? `"invalid entry point": e_entry ${hex(elf.entry)} is no physical address between the first and the last segment.`
    : undefined;
}

const multiboot: LoaderRule = {
  asks: 'Multiboot header with address fields',
  source: `${LOAD}; kernel_loader/src/multiboot.rs`,
  decide({ image }) {
    const { multiboot: header, elf } = image.formats;
    if (!header) return undefined;
    const taken = takes('multiboot', 'Loaded by the address fields; a header without them is passed over.');
    const decision = decisionOf(loadBy(crosvmMultiboot, { layer: image, header, elf }), taken);
    return decision === taken && !hasAddresses(header) ? undefined : decision;
  },
};

const elf: LoaderRule = {
  asks: 'ELF file',
  source: `${LOAD}; kernel_loader/src/lib.rs, load_elf() and KERNEL_START_OFFSET`,
  decide({ image }) {
    const { elf } = image.formats;
    if (!elf) return undefined;
    const problem = crosvmElfProblem(elf);
    if (problem !== undefined) return refuses(problem);
    const foreign = foreignCode(elf);
    if (foreign) return foreign;
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
    const { length } = image.bytes;
    if (length < BOOT_PARAMS) return refuses('"unable to read boot_params": the file is shorter than these.');
    if (!kernel) return refuses('"bad kernel header signature": neither ELF file nor bzImage.');
    if (kernel.setupSize + field(kernel, 'syssize') * 16 > length)
      return refuses('"unable to read kernel image": by its syssize the kernel ends behind the file.');
    return kernel.xloadflags.includes('XLF_KERNEL_64')
      ? takes('linux64', 'XLF_KERNEL_64 is set: entered at 0x200 in 64-bit mode.')
      : enter32(kernel, 'XLF_KERNEL_64 is clear: entered at its 32-bit code.');
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
