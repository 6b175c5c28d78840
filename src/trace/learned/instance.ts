import { fieldSize, type Struct } from '../../core/struct.js';

/** Who wrote a field before it was read. */
const writers = ['loader', 'firmware', 'hypervisor', 'kernel'] as const;
export type Writer = (typeof writers)[number];

/** A structure in guest memory whose fields tell a kernel where it is, or a copy of one that the kernel makes. */
export interface InstanceOptions {
  /** Of the structure: "boot_params"; of what is none, who gives it. */
  readonly source: string;
  /** Physical address. */
  readonly start: number;
  readonly size: number;
  /** Layout of it, or of each of its elements. */
  readonly struct?: Struct;
  /** Name of what has no fields. */
  readonly name?: string;
  /** Who filled it in before the start; undefined: nobody, it is the kernel's own. */
  readonly writer?: Writer;
}

/** Bytes that were written by the same code and copied by the same; places as numbers, 0 for none. */
export interface FilledShare {
  readonly writer: Writer;
  readonly place: number;
  readonly copier: number;
  bytes: number;
}

export class Instance {
  readonly source: string;
  readonly start: number;
  readonly end: number;
  readonly struct: Struct | undefined;
  readonly #name: string;
  /** By byte: 1 + index in `writers`, 0 for nobody. */
  readonly #writers: Uint8Array;
  /** By byte: number of the place in code that wrote it, and of the one that copied it here; 0 for none. */
  readonly #places: Uint16Array;
  readonly #copiers: Uint16Array;

  constructor({ source, start, size, struct, name = source, writer }: InstanceOptions) {
    this.source = source;
    this.start = start;
    this.end = start + size;
    this.struct = struct;
    this.#name = name;
    this.#writers = new Uint8Array(size).fill(writer ? 1 + writers.indexOf(writer) : 0);
    this.#places = new Uint16Array(size);
    this.#copiers = new Uint16Array(size);
  }

  /** The fields that bytes belong to; of many, as where all is copied, the first and the last. */
  fields(at: number, bytes: number): string[] {
    const { struct } = this;
    if (!struct) return [this.#name];
    const offset = (at - this.start) % struct.size;
    const names = Object.entries(struct.fields)
      .filter(([, field]) => field.offset < offset + bytes && offset < field.offset + fieldSize(field))
      .sort(([, a], [, b]) => a.offset - b.offset)
      .map(([name]) => name);
    return names.length > most ? [`${names[0]}…${names.at(-1)}`] : names;
  }

  /** Bytes from `at` were written by the kernel; `place`: number of where in its code. */
  written(at: number, bytes: number, place: number): void {
    const from = at - this.start;
    this.#writers.fill(1 + writers.indexOf('kernel'), from, from + bytes);
    this.#places.fill(place, from, from + bytes);
    this.#copiers.fill(0, from, from + bytes);
  }

  /** Bytes were copied from another instance of the same structure: whoever wrote them there did so here. */
  copied(from: Instance, offset: number, bytes: number, place: number): void {
    if (from === this) return;
    this.#writers.set(from.#writers.subarray(offset, offset + bytes), offset);
    this.#places.set(from.#places.subarray(offset, offset + bytes), offset);
    this.#copiers.fill(place, offset, offset + bytes);
  }

  /** Who wrote the bytes that are not zero; `content`: all of it. Most bytes first. */
  shares(content: Uint8Array): FilledShare[] {
    const found = new Map<string, FilledShare>();
    for (const [i, byte] of content.entries()) {
      const code = this.#writers[i]!;
      if (byte === 0 || code === 0) continue;
      const [place, copier] = [this.#places[i]!, this.#copiers[i]!];
      const key = `${code} ${place} ${copier}`;
      const share = found.get(key);
      if (share) share.bytes++;
      else found.set(key, { writer: writers[code - 1]!, place, copier, bytes: 1 });
    }
    return [...found.values()].sort((a, b) => b.bytes - a.bytes);
  }

  /** Who wrote bytes that are about to be read; a zero that a kernel put where nobody had written is clearing. */
  writer(at: number, content: Uint8Array): Writer | undefined {
    const from = at - this.start;
    const codes = this.#writers.subarray(from, from + content.length);
    const kernel = 1 + writers.indexOf('kernel');
    for (const [i, code] of codes.entries())
      if (code !== 0 && (code !== kernel || content[i] !== 0)) return writers[code - 1];
    return undefined;
  }
}

/** Fields that one access reads for what they say; more are a copy. */
const most = 4;
