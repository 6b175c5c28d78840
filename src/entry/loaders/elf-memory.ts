import { elf32Header, elf64Header, elfMachine, segmentType } from '../../abi/elf.js';
import { hex } from '../../core/errors.js';
import type { Elf, ElfSegment } from '../../image/container/elf.js';
import { type Decision, mistakes } from './loader.js';
import type { Objection } from './loading.js';

/** Of a loader that does not look at e_machine: what it makes of code for another processor; undefined for that of x86. */
export function foreignCode({ machine }: Elf): Decision | undefined {
  return machine === elfMachine.EM_386 || machine === elfMachine.EM_X86_64
    ? undefined
    : mistakes(`It does not look at e_machine (${machine}) and enters code for another processor.`);
}

/** Segments that loaders look at, empty ones with them. */
export function loads(elf: Elf): readonly ElfSegment[] {
  return elf.segments.filter(({ type }) => type === segmentType.PT_LOAD);
}

/** The last byte of a segment, plus one. */
export function endOf({ paddr, memSize }: ElfSegment): bigint {
  return paddr + memSize;
}

/** An objection to a segment; its program header is the proof. */
export function toSegment(
  elf: Elf,
  segment: ElfSegment,
  outcome: Objection['outcome'],
  why: string,
): Objection {
  return { outcome, why, offset: segment.headerOffset, size: elf.class === 64 ? 56 : 32 };
}

/** An objection to a field of the ELF header. */
export function toField(
  elf: Elf,
  name: keyof typeof elf32Header.fields,
  size: number,
  outcome: Objection['outcome'],
  why: string,
): Objection {
  const { offset } = (elf.class === 64 ? elf64Header : elf32Header).fields[name];
  return { outcome, why, offset, size };
}

/** A segment in words. */
export function named({ index, paddr, memSize }: ElfSegment): string {
  return memSize === 0n
    ? `the empty segment ${index} at ${hex(paddr)}`
    : `segment ${index} at ${hex(paddr)}–${hex(paddr + memSize - 1n)}`;
}
