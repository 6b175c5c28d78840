import { type Image, layers } from '../image/image.js';
import type { ModuleId } from './recording.js';

/** Bytes that must agree; shorter pieces of code stand in several places. */
const window = 16;

/** A stretch of a bzImage's file that is code of its own. */
interface Part {
  readonly module: ModuleId;
  readonly start: number;
  readonly end: number;
  readonly base: number;
  readonly file: Uint8Array;
}

/**
 * The code a bzImage brings along besides the kernel in its payload, recognised by its bytes: the decompressor moves itself.
 */
export class PackedPlaces {
  readonly #parts: readonly Part[];
  /** Physical address less file offset, where code was recognised. */
  readonly #places: { readonly distance: number; readonly part: Part }[] = [];

  constructor(image: Image) {
    this.#parts = layers(image).flatMap(({ formats: { bzimage }, bytes }) => {
      if (!bzimage) return [];
      const file = bytes.slice(0, bytes.length);
      const { setupSize, payload } = bzimage;
      const end = Math.min(bzimage.end, file.length);
      const inside = payload ?? { offset: end, length: 0 };
      const head = { module: 'decompressor', base: setupSize, file } as const;
      return [
        { module: 'setup', base: 0, start: 0, end: setupSize, file } as const,
        { ...head, start: setupSize, end: inside.offset },
        { ...head, start: inside.offset + inside.length, end },
      ].filter(({ start, end }) => start < end);
    });
  }

  /** The module that code at a physical address is of, and its distance from the module's first byte. */
  find(at: number, code: Uint8Array): { module: ModuleId; offset: number } | undefined {
    for (const { distance, part } of this.#places) {
      if (agrees(part, at - distance, code))
        return { module: part.module, offset: at - distance - part.base };
    }
    const found = this.#search(code);
    if (!found) return undefined;
    const { part, offset } = found;
    this.#places.push({ distance: at - offset, part });
    return { module: part.module, offset: offset - part.base };
  }

  /** The one place in the file where this code stands; undefined also when there are several. */
  #search(code: Uint8Array): { part: Part; offset: number } | undefined {
    if (code.length < window) return undefined;
    let found: { part: Part; offset: number } | undefined;
    for (const part of this.#parts) {
      const { file, end } = part;
      for (
        let at = file.indexOf(code[0]!, part.start);
        at !== -1 && at + window <= end;
        at = file.indexOf(code[0]!, at + 1)
      ) {
        let i = 1;
        while (i < window && file[at + i] === code[i]) i++;
        if (i < window) continue;
        if (found) return undefined;
        found = { part, offset: at };
      }
    }
    return found;
  }
}

function agrees({ file, start, end }: Part, offset: number, code: Uint8Array): boolean {
  if (offset < start || offset >= end) return false;
  const length = Math.min(code.length, end - offset);
  for (let i = 0; i < length; i++) if (file[offset + i] !== code[i]) return false;
  return true;
}
