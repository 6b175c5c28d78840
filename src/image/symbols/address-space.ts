import type { Bytes } from '../../core/bytes.js';
import type { Elf } from '../container/elf.js';
import type { Pe } from '../container/pe.js';
import type { MappedRange } from './mapped-range.js';
import { RelativeRelocations } from './relative-relocations.js';

/**
 * The addresses a kernel was linked at, over the bytes of its image: what a pointer in the image points to.
 * Reads outside the image give undefined, never an error: a table's bounds may be wrong.
 */
export class AddressSpace {
  #relocations?: RelativeRelocations;

  constructor(
    readonly bytes: Bytes,
    /** Size of a machine word in bytes. */
    readonly word: 4 | 8,
    readonly ranges: readonly MappedRange[],
    /**
     * True where the linker left pointers zero and put their values into R_AARCH64_RELATIVE entries
     * (arm64's `-z notext --no-apply-dynamic-relocs`).
     */
    readonly relocated = false,
  ) {}

  /** The PT_LOAD segments of an ELF file. */
  static ofElf(bytes: Bytes, elf: Elf): AddressSpace {
    const ranges = elf.segments
      .filter((segment) => segment.typeName === 'PT_LOAD' && segment.memSize > 0n)
      .slice(0, maxRanges)
      .map(({ vaddr, memSize, offset, fileSize }) => ({
        start: vaddr,
        end: vaddr + memSize,
        offset,
        fileSize: Math.max(0, Math.min(fileSize, Number(memSize), bytes.length - offset)),
      }));
    return new AddressSpace(bytes, elf.class === 32 ? 4 : 8, ranges, elf.machine === EM_AARCH64);
  }

  /** The sections of a PE image at its preferred base. */
  static ofPe(bytes: Bytes, pe: Pe): AddressSpace {
    const ranges = pe.sections
      .filter((section) => section.virtualSize > 0)
      .slice(0, maxRanges)
      .map(({ virtualAddress, virtualSize, offset, size }) => {
        const start = pe.imageBase + BigInt(virtualAddress);
        const fileSize = Math.max(0, Math.min(size, virtualSize, bytes.length - offset));
        return { start, end: start + BigInt(virtualSize), offset, fileSize };
      });
    return new AddressSpace(bytes, pe.magic === 'PE32+' ? 8 : 4, ranges);
  }

  /** A raw image whose first byte is linked at `base`; `size` in bytes includes what is not in the file. */
  static ofRaw(bytes: Bytes, base: bigint, size: bigint): AddressSpace {
    const length = BigInt(bytes.length);
    const end = base + (size > length ? size : length);
    return new AddressSpace(bytes, 8, [{ start: base, end, offset: 0, fileSize: bytes.length }], true);
  }

  /** The range an address lies in. */
  rangeOf(address: bigint): MappedRange | undefined {
    return this.ranges.find((range) => address >= range.start && address < range.end);
  }

  /** File offset of an address; undefined for memory that has no bytes in the file. */
  offsetOf(address: bigint): number | undefined {
    const range = this.rangeOf(address);
    if (!range) return undefined;
    const distance = Number(address - range.start);
    return distance < range.fileSize ? range.offset + distance : undefined;
  }

  /** Link-time address of a file offset; undefined for headers and other bytes that are not loaded. */
  addressOf(offset: number): bigint | undefined {
    const range = this.ranges.find((r) => offset >= r.offset && offset < r.offset + r.fileSize);
    return range && range.start + BigInt(offset - range.offset);
  }

  /** The pointer stored at an address, relocation applied. */
  pointer(address: bigint): bigint | undefined {
    const offset = this.offsetOf(address);
    if (offset === undefined || !this.bytes.has(offset, this.word)) return undefined;
    const value = this.word === 8 ? this.bytes.u64(offset) : BigInt(this.bytes.u32(offset));
    if (value !== 0n || !this.relocated) return value;
    return this.#relativeRelocations().valueAt(address) ?? value;
  }

  #relativeRelocations(): RelativeRelocations {
    this.#relocations ??= new RelativeRelocations(this.bytes.data, this.ranges);
    return this.#relocations;
  }

  /** The ranges for a look at every byte: not more than all of the file twice, however they overlap. */
  scanned(): MappedRange[] {
    let left = 2 * this.bytes.length;
    return this.ranges.filter(({ fileSize }) => {
      left -= fileSize;
      return left >= 0;
    });
  }

  /** Every aligned pointer in the image whose value is from `start` to `end`, both included, by ascending place. */
  *pointersInto(start: bigint, end: bigint): Generator<{ place: bigint; value: bigint }> {
    if (this.relocated) {
      for (const entry of this.#relativeRelocations().entries()) {
        if (entry.value >= start && entry.value <= end) yield entry;
      }
    }
    // The upper half first, as numbers: this looks at every word of the image.
    const low = Number(BigInt.asUintN(32, start));
    const high = Number(BigInt.asUintN(32, end));
    const upper = start >> 32n === end >> 32n ? Number(start >> 32n) : undefined;
    const { view } = this.bytes;
    for (const range of this.scanned()) {
      const last = range.offset + range.fileSize - this.word;
      for (let at = range.offset; at <= last; at += this.word) {
        if (this.word === 8 && upper !== undefined && view.getUint32(at + 4, true) !== upper) continue;
        const value = view.getUint32(at, true);
        if (upper !== undefined && (value < low || value > high)) continue;
        const whole = this.word === 8 ? view.getBigUint64(at, true) : BigInt(value);
        if (whole >= start && whole <= end) {
          yield { place: range.start + BigInt(at - range.offset), value: whole };
        }
      }
    }
  }

  /** The 32-bit signed value stored at an address. */
  i32(address: bigint): number | undefined {
    const offset = this.offsetOf(address);
    return offset !== undefined && this.bytes.has(offset, 4) ? this.bytes.i32(offset) : undefined;
  }

  /** The address that a 32-bit place-relative reference stored at `address` refers to (PREL32). */
  placeRelative(address: bigint): bigint | undefined {
    const distance = this.i32(address);
    return distance === undefined ? undefined : BigInt.asUintN(this.word * 8, address + BigInt(distance));
  }

  /** The NUL-terminated string at an address, at most `max` bytes; undefined when it is not printable ASCII. */
  text(address: bigint, max = 256): string | undefined {
    const offset = this.offsetOf(address);
    if (offset === undefined) return undefined;
    const text = this.bytes.cString(offset, max);
    return /^[\x20-\x7e]*$/.test(text) ? text : undefined;
  }
}

const EM_AARCH64 = 183;
/** Kernels have two to five; more would only make every look-up slow. */
const maxRanges = 64;
