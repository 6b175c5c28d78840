import type { Image } from '../image/image.js';
import type { Machine } from '../machine/machine.js';
import { peekUpTo } from './flight-recorder.js';

/** Bytes that must agree; shorter pieces of code stand in several places. */
const window = 16;

interface Part {
  readonly name: string;
  /** File offsets, and the one that `name+0x0` is. */
  readonly start: number;
  readonly end: number;
  readonly base: number;
}

/**
 * The code a bzImage brings along besides the kernel in its payload: the 16-bit setup, and around the payload the
 * decompressor with the EFI stub. The decompressor moves itself, so it is recognised by its bytes.
 */
export class PackedCode {
  readonly #parts: readonly Part[];
  /** Memory address less file offset, where code was recognised. */
  readonly #places: bigint[] = [];
  #file?: Uint8Array;

  constructor(
    readonly image: Image,
    readonly machine: Machine,
  ) {
    const { bzimage } = image.formats;
    if (!bzimage) {
      this.#parts = [];
      return;
    }
    const { setupSize, payload, end } = bzimage;
    // Without a payload, as in memtest86+ and iPXE, the code is no decompressor, but all there is.
    const head = { name: payload ? 'decompressor' : 'image', start: setupSize, base: setupSize };
    this.#parts = [
      { name: 'setup', start: 0, end: setupSize, base: 0 },
      ...(payload
        ? [
            { ...head, end: payload.offset },
            { ...head, start: payload.offset + payload.length, end },
          ]
        : [{ ...head, end }]),
    ].filter((part) => part.start < part.end);
  }

  /** "decompressor+0x200", "image+0x200" or "setup+0x12"; offsets count from the part's first byte in the file. */
  name(address: bigint): string | undefined {
    if (this.#parts.length === 0) return undefined;
    for (const place of this.#places) {
      const named = this.#nameAt(Number(address - place));
      if (named) return named;
    }
    const code = peekUpTo(this.machine.cpu, address, window);
    if (code.length < window) return undefined;
    const offset = this.#find(code);
    if (offset === undefined) return undefined;
    this.#places.push(address - BigInt(offset));
    return this.#nameAt(offset);
  }

  /** The same for code that is overwritten by now, if the image was entered at `entry`, as loaded. */
  pastName(address: bigint, entry: bigint): string | undefined {
    const { bzimage } = this.image.formats;
    // The entries of the protected-mode code lie in its first page.
    return bzimage && this.#nameAt(Number(address - (entry & ~0xfffn)) + bzimage.setupSize);
  }

  #nameAt(offset: number): string | undefined {
    const part = this.#parts.find(({ start, end }) => offset >= start && offset < end);
    return part && `${part.name}+0x${(offset - part.base).toString(16)}`;
  }

  /** The one place in the file where this code stands; undefined also when there are several. */
  #find(code: Uint8Array): number | undefined {
    const { bytes } = this.image;
    this.#file ??= bytes.slice(0, bytes.length);
    let found: number | undefined;
    for (const { start, end } of this.#parts) {
      const part = this.#file.subarray(start, Math.min(end, this.#file.length));
      const first = code[0]!;
      for (
        let at = part.indexOf(first);
        at !== -1 && at + window <= part.length;
        at = part.indexOf(first, at + 1)
      ) {
        let i = 1;
        while (i < window && part[at + i] === code[i]) i++;
        if (i < window) continue;
        if (found !== undefined) return undefined;
        found = start + at;
      }
    }
    return found;
  }
}
