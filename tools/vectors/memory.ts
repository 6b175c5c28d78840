import { contents, windows } from './layout.js';
import type { Patch } from './vector.js';

/** What the windows hold before a vector runs. */
export class Memory {
  readonly #first = windows.map(contents);
  readonly #bytes = this.#first.map((bytes) => bytes.slice());

  /** Sets every window to what it holds before the vector runs. */
  reset(patches: readonly Patch[]): void {
    for (const [i, bytes] of this.#bytes.entries()) bytes.set(this.#first[i]!);
    for (const patch of patches) this.apply(patch);
  }

  apply({ address, bytes }: Patch): void {
    for (const [i, { address: from, size }] of windows.entries()) {
      for (let b = 0; b < bytes.length; b++) {
        const offset = address + b - from;
        if (offset >= 0 && offset < size) this.#bytes[i]![offset] = bytes[b]!;
      }
    }
  }

  /** A window's bytes, by its number in `windows`. */
  bytes(window: number): Uint8Array {
    return this.#bytes[window]!;
  }

  /** Bytes of `now` that differ, as few patches as there are runs of them. */
  changes(now: (window: number) => Uint8Array): Patch[] {
    const patches: Patch[] = [];
    for (const [i, { address, size, writable }] of windows.entries()) {
      if (!writable) continue;
      const before = this.bytes(i);
      const after = now(i);
      const wordsBefore = new Uint32Array(before.buffer, before.byteOffset, size / 4);
      const wordsAfter = new Uint32Array(after.buffer, after.byteOffset, size / 4);
      for (let b = 0; b < size; b++) {
        if (b % 4 === 0) {
          let word = b / 4;
          while (word < size / 4 && wordsBefore[word] === wordsAfter[word]) word++;
          b = word * 4;
          if (b === size) break;
        }
        if (before[b] === after[b]) continue;
        let end = b;
        while (end < size && before[end] !== after[end]) end++;
        patches.push({ address: address + b, bytes: after.slice(b, end) });
        b = end;
      }
    }
    return patches;
  }
}
