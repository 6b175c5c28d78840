import { type MemoryRange, memoryType } from '../../abi/memory-map.js';
import { PAGE_SIZE } from '../../abi/x86/paging.js';
import { hex, StartError } from '../../core/errors.js';
import type { Struct } from '../../core/struct.js';
import type { Machine } from '../../machine/machine.js';
import { memoryAdvice, memoryRange, type Place } from './start.js';
import type { Random } from './vary/random.js';
import type { Variant } from './vary/variant.js';

const MEBIBYTE = 0x100000;
const { most: MOST } = memoryRange;
/** Firmware's flash lies in the last 16 MiB below 4 GiB. */
const ROM = 0xff000000;
/** Linux maps no more while it reads what it was handed over through PVH. */
export const REACH = 0x40000000;
/** Below it are what real-mode code and firmware use. */
const LOWEST = 0x10000;

/** Places in RAM for what a loader puts there, each page-aligned and none over another. */
export class Layout {
  /** In the order in which they were taken. */
  readonly places: Place[] = [];
  readonly #ram: readonly MemoryRange[];
  readonly #elsewhere: Random | undefined;

  /** With a variant that has it so, things lie elsewhere than usual. */
  constructor(
    readonly machine: Machine,
    readonly variant?: Variant,
  ) {
    this.#elsewhere = variant?.random('structures');
    this.#ram = machine.memoryMap().filter(({ type }) => type === memoryType.ram);
  }

  /** Takes a range that cannot be moved; throws where the machine has no RAM. */
  take(name: string, start: number, size: number, struct?: Struct): Uint8Array {
    if (!this.#isRam(start, start + size)) {
      const { ramSize } = this.machine.memory;
      const range = `${name} belongs at ${hex(start)}–${hex(start + size)}`;
      if (start + size > MOST * MEBIBYTE) throw new StartError(`${range}, ${beyond(start)}`, noMemoryHelps);
      if (start + size > ramSize) throw tooSmall(`${range}, and RAM ends at ${hex(ramSize)}`, start + size);
      throw new StartError(`${range}, where the machine has no RAM`);
    }
    return this.#put(name, start, size, struct);
  }

  /** The lowest address at or above `least` that is a multiple of `alignment` with `size` free bytes behind it. */
  find(size: number, alignment: number, least: number): number | undefined {
    for (const range of this.#free()) {
      const start = Math.ceil(Math.max(range.start, least) / alignment) * alignment;
      if (start + size <= range.end) return start;
    }
    return undefined;
  }

  /** The highest address from `least` on that is a multiple of `alignment` with `size` free bytes behind it, all below `end`. */
  findLast(size: number, alignment: number, least: number, end: number): number | undefined {
    for (const range of this.#free().reverse()) {
      const start = Math.floor((Math.min(range.end, end) - size) / alignment) * alignment;
      if (start >= Math.max(range.start, least)) return start;
    }
    return undefined;
  }

  /** Somewhere from `least` on, as it is drawn: a multiple of `alignment` with `size` free bytes behind it, all below `end`. */
  findAny(drawn: Random, size: number, alignment: number, least: number, end: number): number | undefined {
    const last = this.findLast(size, alignment, least, end);
    if (last === undefined) return undefined;
    return this.find(size, alignment, least + drawn.below(last - least + 1));
  }

  /** Puts bytes, or one of several structures, as low as possible from `least` on; where it is elsewhere, below `end`. */
  low(name: string, content: Uint8Array | number, struct?: Struct, least = LOWEST, end = REACH): number {
    const size = typeof content === 'number' ? content : content.length;
    const elsewhere = this.#elsewhere && this.findAny(this.#elsewhere, size, PAGE_SIZE, least, end);
    const start = elsewhere ?? this.find(size, PAGE_SIZE, least);
    if (start === undefined) throw tooSmall(`there is no room for the ${name} of ${size} bytes`);
    const memory = this.#put(name, start, size, struct);
    if (typeof content === 'number') memory.fill(0);
    else memory.set(content);
    return start;
  }

  /** Puts bytes as high as possible, the last one below `end`. */
  high(name: string, content: Uint8Array, end: number): number {
    const size = content.length;
    const drawn = this.variant?.random('initrd');
    const elsewhere = drawn && this.findAny(drawn, size, PAGE_SIZE, LOWEST, end);
    const start = elsewhere ?? this.findLast(size, PAGE_SIZE, LOWEST, end);
    if (start !== undefined) {
      this.#put(name, start, size).set(content);
      return start;
    }
    const { ramSize } = this.machine.memory;
    const mebibytes = (bytes: number): string => `${Math.ceil((bytes / MEBIBYTE) * 10) / 10} MiB`;
    const message = `the ${name} of ${mebibytes(size)} finds no room beside the kernel in ${mebibytes(ramSize)}`;
    if (ramSize >= end) throw new StartError(`${message}, below ${hex(end)} where the kernel wants it`);
    throw tooSmall(message, ramSize + size);
  }

  #put(name: string, start: number, size: number, struct?: Struct): Uint8Array {
    this.places.push({ name, start, size, struct });
    return this.machine.memory.ram(start, size);
  }

  #isRam(start: number, end: number): boolean {
    return this.#ram.some((range) => start >= range.start && end <= range.start + range.size);
  }

  /** What is left of RAM, in ascending order. */
  #free(): { start: number; end: number }[] {
    const taken = [...this.places].sort((a, b) => a.start - b.start);
    return this.#ram.flatMap((ram) => {
      const parts: { start: number; end: number }[] = [];
      let start = ram.start;
      for (const place of taken) {
        if (place.start >= ram.start + ram.size || place.start + place.size <= start) continue;
        if (place.start > start) parts.push({ start, end: place.start });
        start = Math.max(start, place.start + place.size);
      }
      if (start < ram.start + ram.size) parts.push({ start, end: ram.start + ram.size });
      return parts;
    });
  }
}

const noMemoryHelps = 'no -m helps: the image is for another machine, or its addresses are wrong';

/** What lies where the machine can have no RAM. */
function beyond(start: number): string {
  const limit = `the machine can have RAM up to ${hex(MOST * MEBIBYTE)} (${MOST} MiB)`;
  if (start >= 2 ** 32) return `above 4 GiB, and ${limit}`;
  if (start >= ROM) return `where the firmware's ROM is, below 4 GiB, and ${limit}`;
  return `and ${limit}`;
}

/** `wanted`: where RAM would have to end at the very least, if that is known. */
function tooSmall(message: string, wanted?: number): StartError {
  return new StartError(message, memoryAdvice(wanted));
}

/** Text with its terminating NUL, as the kernel reads it: bytes. */
export function cString(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}

/** A kernel copies as many bytes as it has room for, and what comes behind is lost or is the end of it. */
export function refuseLongCommandLine(text: string, most: number): void {
  const size = cString(text).length - 1;
  if (size <= most) return;
  throw new StartError(
    `the command line has ${size} bytes, and this kernel takes ${most}`,
    'shorten what you append',
  );
}
