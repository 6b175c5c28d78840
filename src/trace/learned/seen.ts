import type { Writer } from './instance.js';
import type { Moment } from './moment.js';

/** Something was read, written or called for the first time from a place in code. */
export interface SeenRow {
  readonly source: string;
  readonly field: string;
  readonly access: 'read' | 'write' | 'call';
  readonly moment: Moment;
  readonly writtenBy: Writer | null;
  readonly value: bigint | undefined;
}

/** Places in code that are kept of one field, before the kernel runs and from then on. */
const places = 8;

/** What was read, written or called, each from a few places. */
export class Seen {
  readonly #before = new Map<string, SeenRow[]>();
  #rows = new Map<string, SeenRow[]>();

  /** The kernel runs from now on: what code before it knew is new to it. */
  kernelBegins(): void {
    for (const [key, rows] of this.#rows) this.#before.set(key, rows);
    this.#rows = new Map();
  }

  /** Nothing new is learned from this place about that. */
  knows(key: string, pc: number): boolean {
    const rows = this.#rows.get(key);
    return rows !== undefined && (rows.length >= places || rows.some(({ moment }) => moment.pc === pc));
  }

  add(key: string, row: SeenRow): void {
    if (this.knows(key, row.moment.pc)) return;
    const rows = this.#rows.get(key);
    if (rows) rows.push(row);
    else this.#rows.set(key, [row]);
  }

  /** By field, each in the order of their instructions. */
  *groups(): Generator<readonly SeenRow[]> {
    for (const key of new Set([...this.#before.keys(), ...this.#rows.keys()]))
      yield [...(this.#before.get(key) ?? []), ...(this.#rows.get(key) ?? [])];
  }
}
