import type { Elf, ElfSegment } from '../image/container/elf.js';
import type { Image } from '../image/image.js';
import { indexOfLinuxBanner } from '../image/linux-banner.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine } from '../machine/machine.js';
import { highMapping, type Seen } from './high-mapping.js';

/** Linux moves itself by multiples of this, physically and virtually (CONFIG_PHYSICAL_ALIGN, at least 2 MiB on x86-64). */
const slideStep = 0x200000n;
/** On i386 the alignment can be smaller; real configurations keep to multiples of this. */
const slideStep32 = 0x100000n;
/** How far KASLR moves a kernel up at most: x86-64 has 1 GiB for the image, i386 half of that. */
const slideLimit = 0x40000000n;
/** Bytes compared to recognise the kernel; its banner is longer, an entry's code too. */
const markLength = 48;

interface Mark {
  /** Link-time virtual and physical address. */
  readonly virtual: bigint;
  readonly physical: bigint;
  readonly bytes: Uint8Array;
}

/**
 * Where a kernel lies now, against where it was linked: KASLR and loaders move it in physical memory, KASLR also in
 * virtual memory. Found by bytes of the image that never change (the version banner, else the code at its entry):
 * through the page tables, else in physical memory, where it also lies before any high mapping exists.
 */
export class KernelPlace {
  /** Distance from the link-time virtual addresses. */
  readonly slide: bigint;
  /** It was seen, and is not taken for 0 since the kernel has not yet run where it will. */
  readonly isSlideSeen: boolean;
  /** Distance from the link-time physical addresses; undefined while the kernel is nowhere in memory. */
  readonly physicalSlide: bigint | undefined;
  /** Link-time virtual addresses of what is mapped as one piece. Per-CPU data, linked at 0, is not among it. */
  readonly start: bigint;
  readonly end: bigint;
  /** Link-time distance from physical to virtual addresses. */
  readonly #lift: bigint;

  constructor(
    kernel: Image & { formats: { elf: Elf } },
    symbols: SymbolTable | undefined,
    readonly machine: Machine,
    recorder: Seen,
  ) {
    const { elf } = kernel.formats;
    const loaded = elf.segments.filter(({ typeName, memSize }) => typeName === 'PT_LOAD' && memSize > 0n);
    const main = mainSegment(elf, loaded, symbols);
    this.#lift = main ? main.vaddr - main.paddr : 0n;
    const pieces = loaded.filter(({ vaddr, paddr }) => vaddr - paddr === this.#lift);
    this.start = least(pieces.map(({ vaddr }) => vaddr));
    this.end = -least(pieces.map(({ vaddr, memSize }) => -(vaddr + memSize)));
    const mark = main && this.#mark(kernel, elf, main, symbols);
    const step = elf.class === 64 ? slideStep : slideStep32;
    const mapped = mark && this.#mappedAt(mark, step);
    this.physicalSlide = mapped?.physicalSlide ?? (mark && this.#inMemory(mark, step));
    // On i386 both move together.
    const together = elf.class === 32 ? this.physicalSlide : undefined;
    const high = this.#lift === 0n ? highMapping(kernel, machine, recorder) : undefined;
    const slide = high ?? mapped?.slide ?? this.#seen(recorder, step) ?? together;
    this.slide = slide ?? 0n;
    this.isSlideSeen = slide !== undefined;
  }

  /** Link-time virtual address of what is at an address now, whether that is virtual or (identity-mapped) physical. */
  linked(address: bigint): bigint | undefined {
    const virtual = address - this.slide;
    if (virtual >= this.start && virtual < this.end) return virtual;
    return this.linkedPhysical(address);
  }

  /** Physical address of what was linked at a virtual one. */
  physical(linked: bigint): number | undefined {
    if (this.physicalSlide === undefined || linked < this.start || linked >= this.end) return undefined;
    return Number(linked - this.#lift + this.physicalSlide);
  }

  /** Link-time virtual address of what lies at a physical address. */
  linkedPhysical(address: bigint | number): bigint | undefined {
    if (this.physicalSlide === undefined) return undefined;
    const moved = BigInt(address) - this.physicalSlide + this.#lift;
    return moved >= this.start && moved < this.end ? moved : undefined;
  }

  /** Where the kernel's image begins in physical memory; undefined while it lies nowhere. */
  get physicalStart(): bigint | undefined {
    return this.physicalSlide === undefined ? undefined : this.start - this.#lift + this.physicalSlide;
  }

  /**
   * Bytes at a virtual address of the running kernel: through the page tables, and where these do not map it now, as
   * under those of a program or of early code, from where the image lies.
   */
  read(address: bigint, bytes: number): Uint8Array | undefined {
    const { cpu, memory } = this.machine;
    const mapped = cpu.linear.peek(address, bytes);
    if (mapped || this.physicalSlide === undefined) return mapped;
    const virtual = address - this.slide;
    if (virtual < this.start || virtual + BigInt(bytes) > this.end) return undefined;
    const physical = Number(virtual - this.#lift + this.physicalSlide);
    return physical + bytes <= memory.ramSize ? memory.ram(physical, bytes).slice() : undefined;
  }

  /** The memory the kernel's image lies in, .bss included; undefined while it lies nowhere. */
  memory(): Uint8Array | undefined {
    if (this.physicalStart === undefined) return undefined;
    const { memory } = this.machine;
    const start = Number(this.physicalStart);
    const size = Math.min(Number(this.end - this.start), memory.ramSize - start);
    return start >= 0 && size > 0 ? memory.ram(start, size) : undefined;
  }

  /** Bytes that are the same in the file and in memory. */
  #mark(kernel: Image, elf: Elf, main: ElfSegment, symbols: SymbolTable | undefined): Mark | undefined {
    // Symbols of code alone do not have it, and relocation changes i386's entry.
    const banner = symbols?.find('linux_banner') ?? bannerIn(kernel, elf);
    const entry = elf.entry >= this.start && elf.entry < this.end ? elf.entry : elf.entry + this.#lift;
    for (const virtual of [banner, entry, main.vaddr]) {
      if (virtual === undefined) continue;
      const segment = elf.segments.find(
        ({ typeName, vaddr, fileSize }) =>
          typeName === 'PT_LOAD' &&
          virtual >= vaddr &&
          virtual + BigInt(markLength) <= vaddr + BigInt(fileSize),
      );
      if (!segment) continue;
      const offset = segment.offset + Number(virtual - segment.vaddr);
      if (!kernel.bytes.has(offset, markLength)) continue;
      const bytes = kernel.bytes.slice(offset, markLength);
      // Zeros are everywhere.
      if (bytes.every((byte) => byte === 0)) continue;
      return { virtual, physical: virtual - this.#lift, bytes };
    }
    return undefined;
  }

  /** Looks through the current page tables. */
  #mappedAt(mark: Mark, step: bigint): { slide: bigint; physicalSlide: bigint } | undefined {
    const { cpu } = this.machine;
    for (let slide = 0n; slide < slideLimit; slide += step) {
      const address = mark.virtual + slide;
      const bytes = cpu.linear.peek(address, markLength);
      if (!bytes || !same(bytes, mark.bytes, 0)) continue;
      const signed = BigInt.asIntN(64, address);
      const page = Number((cpu.longMode ? signed : BigInt.asUintN(32, address)) >> 12n);
      const physical = BigInt(cpu.walker.peek(page)!) * 4096n + (address & 0xfffn);
      // Without paging a kernel linked at low addresses is found here too, and was not moved virtually.
      return { slide, physicalSlide: physical - mark.physical };
    }
    return undefined;
  }

  /** Looks through physical memory; the lowest place counts: a loader's own copy, if one is left over, lies behind. */
  #inMemory(mark: Mark, step: bigint): bigint | undefined {
    const { memory } = this.machine;
    const first = mark.physical % step;
    for (let at = first; at + BigInt(markLength) <= BigInt(memory.ramSize); at += step) {
      if (same(memory.guest, mark.bytes, Number(at))) return at - mark.physical;
    }
    return undefined;
  }

  /** From code that ran at a virtual address while its physical one was known. */
  #seen(recorder: Seen, step: bigint): bigint | undefined {
    if (this.physicalSlide === undefined || this.#lift === 0n) return undefined;
    for (const { pc, at } of recorder.firstRuns.toReversed()) {
      const linked = BigInt(at) - this.physicalSlide + this.#lift;
      const slide = pc - linked;
      if (linked < this.start || linked >= this.end) continue;
      if (slide >= 0n && slide < slideLimit && slide % step === 0n) return slide;
    }
    return undefined;
  }
}

/** The segment with the kernel's code. */
function mainSegment(
  elf: Elf,
  loaded: readonly ElfSegment[],
  symbols: SymbolTable | undefined,
): ElfSegment | undefined {
  const text = symbols?.find('_stext') ?? symbols?.find('_text');
  const holds = (address: bigint) => (segment: ElfSegment) =>
    address >= segment.vaddr && address < segment.vaddr + segment.memSize;
  const holdsPhysical = ({ paddr, memSize }: ElfSegment): boolean =>
    elf.entry >= paddr && elf.entry < paddr + memSize;
  return (
    (text !== undefined && loaded.find(holds(text))) ||
    loaded.find(holds(elf.entry)) ||
    loaded.find(holdsPhysical) ||
    loaded[0]
  );
}

function least(values: readonly bigint[]): bigint {
  return values.reduce((low, value) => (value < low ? value : low), values[0] ?? 0n);
}

/** Link-time address of a kernel's banner. */
function bannerIn(kernel: Image, elf: Elf): bigint | undefined {
  const { data } = kernel.bytes;
  for (const { typeName, vaddr, offset, fileSize } of elf.segments) {
    if (typeName !== 'PT_LOAD') continue;
    const at = indexOfLinuxBanner(data.subarray(0, offset + Number(fileSize)), offset);
    if (at !== -1) return vaddr + BigInt(at - offset);
  }
  return undefined;
}

function same(memory: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < bytes.length; i++) if (memory[at + i] !== bytes[i]) return false;
  return true;
}
