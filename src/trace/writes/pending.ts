import type { Machine } from '../../machine/machine.js';
import type { Writer } from './writer.js';

interface Piece {
  readonly writer: Writer;
  readonly at: number;
  readonly before: Uint8Array;
}

/** A write that is told of before it is carried out: what it changed is seen at the next one. */
export class PendingWrite {
  #pieces: Piece[] = [];

  constructor(readonly memory: Pick<Machine['memory'], 'ram'>) {}

  /** Bytes of one object are about to be written at a physical address. */
  add(writer: Writer, at: number, bytes: number): void {
    if (writer.nonZero && writer.changed) return;
    this.#pieces.push({ writer, at, before: this.memory.ram(at, bytes).slice() });
  }

  /** All that was added has been written. */
  settle(): void {
    if (this.#pieces.length === 0) return;
    for (const { writer, at, before } of this.#pieces) {
      const now = this.memory.ram(at, before.length);
      writer.nonZero ||= now.some((byte) => byte !== 0);
      writer.changed ||= now.some((byte, i) => byte !== before[i]);
    }
    this.#pieces = [];
  }
}
