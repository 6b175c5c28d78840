import { hex } from '../../core/errors.js';
import type { Elf } from '../../image/container/elf.js';
import type { Image } from '../../image/image.js';

export const ELF_SOURCE = 'rust-vmm linux-loader 0.14 src/loader/elf/mod.rs';
/** HIGH_RAM_START of cloud-hypervisor, get_kernel_start() of Firecracker. */
const LOWEST_ENTRY = 0x100000n;
const SEGMENT_ALIGN = 0x200000n;
const PHYS32_ENTRY = 18;

/** Why linux-loader refuses an ELF file; undefined where it takes it, or it is none. */
export function elfProblem({ formats: { elf } }: Image): string | undefined {
  if (!elf) return undefined;
  if (!elf.littleEndian) return '"Trying to load big-endian binary on little-endian machine".';
  if (elf.class !== 64) return '"Invalid program header size": it reads an ELF32 file as ELF64.';
  if (elf.entry < LOWEST_ENTRY)
    return `"Invalid entry address": e_entry ${hex(elf.entry)} is below ${hex(LOWEST_ENTRY)}.`;
  const skewed = elf.segments.find(
    ({ typeName, fileSize, align }) => typeName === 'PT_LOAD' && fileSize > 0 && align % SEGMENT_ALIGN !== 0n,
  );
  return skewed
    ? `"Invalid alignment": segment ${skewed.index} has p_align ${hex(skewed.align)}, not a multiple of 2 MiB.`
    : undefined;
}

/** Whether it finds a PVH entry: of several PT_NOTE segments the last one counts. */
export function hasPvhNote(elf: Elf): boolean {
  const segments = elf.segments.filter(({ typeName }) => typeName === 'PT_NOTE');
  const last = segments.at(-1)?.index;
  return elf.notes.some(
    ({ owner, type, segment }) => segment === last && owner === 'Xen' && type === PHYS32_ENTRY,
  );
}
