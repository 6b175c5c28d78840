import { elf64Rela, elfMachine, elfType, sectionType } from '../../abi/elf.js';
import { Bytes } from '../../core/bytes.js';
import { hex, ImageError } from '../../core/errors.js';
import { type Elf, type ElfSection, type ElfSegment, parseElf } from '../../image/container/elf.js';

const MAX_TEXT = 4096;
const PF_X = 1;
const SHF_ALLOC = 2n;

/** A guest's linked file, whose tables are read through its addresses and rewritten in place. Every error names the offset. */
export class GuestElf {
  readonly data: Uint8Array;
  readonly bytes: Bytes;
  readonly view: DataView;
  readonly elf: Elf;
  readonly #loads: readonly ElfSegment[];

  /** Keeps a copy of `input`. Throws ImageError for anything but a little-endian ELF file for x86-64 with segments. */
  constructor(input: Uint8Array, name: string) {
    // Not slice(): of a Buffer it would be the same memory.
    this.data = Uint8Array.from(input);
    this.bytes = new Bytes(this.data, name);
    this.view = this.bytes.view;
    const elf = parseElf(this.bytes);
    if (!elf)
      throw new ImageError(
        'this is not an ELF file',
        0,
        'give what the linker made, not an object or a bzImage',
      );
    if (elf.class !== 64 || !elf.littleEndian || elf.machine !== elfMachine.EM_X86_64) {
      throw new ImageError('this ELF file is not for x86-64', 4, 'guests are 64-bit');
    }
    if (elf.type === elfType.ET_REL) {
      throw new ImageError('this is an object file', 16, 'link it first');
    }
    const [problem] = elf.problems;
    if (problem) throw new ImageError(problem.message, problem.offset, 'the ELF file is damaged');
    this.elf = elf;
    this.#loads = elf.segments.filter(({ typeName, memSize }) => typeName === 'PT_LOAD' && memSize > 0n);
    if (this.#loads.length === 0) throw new ImageError('this ELF file has no segment to load', 32);
  }

  get loads(): readonly ElfSegment[] {
    return this.#loads;
  }

  /** The section of that name; undefined where there is none. Throws when there are several, or when it is not loaded as it says. */
  section(name: string): ElfSection | undefined {
    const [section, second] = this.elf.sections.filter((one) => one.name === name);
    if (!section) return undefined;
    if (second) {
      throw new ImageError(
        `two sections ${name}`,
        second.offset,
        `a linker script must collect them: ${name} : { KEEP(*(${name})) }`,
      );
    }
    if (section.type !== sectionType.SHT_NOBITS && section.size > 0) {
      const at = this.offsetOf(section.addr, section.size);
      if (at !== section.offset) {
        throw new ImageError(
          `section ${name} at offset ${hex(section.offset)} is not what is loaded at ${hex(section.addr)}`,
          section.offset,
          'section and program headers disagree',
        );
      }
    }
    return section;
  }

  /** File offset of `size` bytes at an address; undefined where they are not in the file. */
  offsetOf(address: bigint, size: number): number | undefined {
    const load = this.#loads.find(
      ({ vaddr, fileSize }) => address >= vaddr && address + BigInt(size) <= vaddr + BigInt(fileSize),
    );
    if (!load) return undefined;
    const offset = load.offset + Number(address - load.vaddr);
    return this.bytes.has(offset, size) ? offset : undefined;
  }

  /** Whether an address lies in a segment that may be executed. */
  isCode(address: bigint): boolean {
    return this.#loads.some(
      ({ vaddr, fileSize, flags }) =>
        (flags & PF_X) !== 0 && address >= vaddr && address < vaddr + BigInt(fileSize),
    );
  }

  /** Whether `size` bytes at an address are in memory, file or not. */
  isMemory(address: bigint, size: number): boolean {
    return this.#loads.some(
      ({ vaddr, memSize }) => address >= vaddr && address + BigInt(size) <= vaddr + memSize,
    );
  }

  /** The zero-terminated text that the pointer at file offset `at` points to; undefined for 0. */
  textOf(at: number, what: string): string | undefined {
    const address = this.bytes.u64(at);
    if (address === 0n) return undefined;
    const offset = this.offsetOf(address, 1);
    if (offset === undefined) {
      throw new ImageError(`${what} points to ${hex(address)}, where the file has nothing`, at);
    }
    const text = this.bytes.cString(offset, MAX_TEXT + 1);
    if (text.length > MAX_TEXT) throw new ImageError(`${what} is longer than ${MAX_TEXT} characters`, at);
    if (!/^[\x20-\x7e]*$/.test(text)) throw new ImageError(`${what} is not printable text`, at);
    return text;
  }

  /** The function that the pointer at file offset `at` points to; undefined for 0. */
  functionOf(at: number, what: string): bigint | undefined {
    const address = this.bytes.u64(at);
    if (address === 0n) return undefined;
    if (!this.isCode(address)) {
      throw new ImageError(`${what} points to ${hex(address)}, which is not code of this file`, at);
    }
    return address;
  }

  /** Throws when relocations remain to be applied to a section, or were kept for it: it cannot be rewritten then. */
  refuseRelocations(section: ElfSection): void {
    for (const { type, flags, info, offset, size } of this.elf.sections) {
      if (type === sectionType.SHT_RELA || type === sectionType.SHT_REL) {
        const kept = (flags & SHF_ALLOC) === 0n && info === section.index;
        const at = kept ? offset : this.#relocationIn(section, type, offset, size);
        if (at !== undefined) {
          throw new ImageError(
            `section ${section.name} has relocations`,
            at,
            'link the image to fixed addresses: without -pie, -shared and --emit-relocs',
          );
        }
      }
    }
  }

  #relocationIn(section: ElfSection, type: number, offset: number, size: number): number | undefined {
    const step = type === sectionType.SHT_RELA ? elf64Rela.size : 16;
    for (let at = offset; at + step <= offset + size; at += step) {
      const place = this.bytes.u64(at);
      if (place >= section.addr && place < section.addr + BigInt(section.size)) return at;
    }
    return undefined;
  }
}
