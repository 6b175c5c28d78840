import type { Bytes } from '../../core/bytes.js';
import { hex, ImageError } from '../../core/errors.js';
import { type Header, Kind, type KindName, kindNames, RECORD_WORDS, UNKNOWN_KIND } from './format.js';

/** Longest name that is read; the kernel's own symbol names end at 512. */
const NAME_LIMIT = 4096;

/**
 * The type records as they stand in the image, with the word index of each: no object a type.
 * Ids run from 1 to `count`; id 0 is `void` and has no record.
 */
export class TypeTable {
  /** The type section as words in the order of this host. */
  readonly words: Uint32Array;
  readonly strings: Uint8Array;
  readonly count: number;
  /** Why the scan ended early, in a sentence; the types before that place are in the table. */
  readonly problem?: string;
  /** Word index of each record, by id; [0] is unused. */
  readonly #starts: Uint32Array;
  /** Offset of the type section in the file, for messages. */
  readonly #base: number;

  constructor(bytes: Bytes, offset: number, header: Header) {
    this.#base = bytes.base + offset + header.typeOffset;
    this.words = wordsOf(bytes.slice(offset + header.typeOffset, header.typeLength), header.littleEndian);
    this.strings = bytes.slice(offset + header.stringOffset, header.stringLength);
    const { starts, problem } = scan(this.words, header, this.#base);
    this.#starts = starts;
    this.count = starts.length - 1;
    this.problem = problem;
  }

  /** Word index of a record; throws ImageError for an id that is not in the table. */
  start(id: number): number {
    if (id >= 1 && id <= this.count) return this.#starts[id]!;
    throw new ImageError(
      `BTF: type ${id} is referred to, but there are ${this.count}`,
      this.#base,
      this.problem ?? 'the type section is damaged',
    );
  }

  kind(id: number): number {
    return id === 0 ? Kind.void : (this.words[this.start(id) + 1]! >>> 24) & 0x7f;
  }

  kindName(id: number): KindName | undefined {
    return kindNames[this.kind(id)];
  }

  /** Number of members, enumerators, parameters or variables. */
  elements(id: number): number {
    return this.words[this.start(id) + 1]! & 0xffffff;
  }

  /** The `kind_flag` bit. */
  flag(id: number): boolean {
    return this.words[this.start(id) + 1]! >>> 31 === 1;
  }

  /** The type a record refers to, for kinds that have one. */
  target(id: number): number {
    return this.words[this.start(id) + 2]!;
  }

  /** The size a record states in bytes, for kinds that have one. */
  statedSize(id: number): number {
    return this.words[this.start(id) + 2]!;
  }

  /** Word index of what follows the record: the data of its kind, then its elements. */
  data(id: number): number {
    return this.start(id) + RECORD_WORDS;
  }

  /** Name of a type; '' for an anonymous one and for void. */
  name(id: number): string {
    return id === 0 ? '' : this.string(this.words[this.start(id)]!);
  }

  /** The string at a byte offset of the string section; throws ImageError outside it. */
  string(offset: number): string {
    const { strings } = this;
    if (offset >= strings.length) {
      throw new ImageError(
        `BTF: string at ${hex(offset)} is referred to, but the section has ${strings.length} bytes`,
        this.#base,
        'the type section is damaged',
      );
    }
    const limit = Math.min(strings.length, offset + NAME_LIMIT);
    let text = '';
    for (let at = offset; at < limit; at++) {
      const byte = strings[at]!;
      if (byte === 0) break;
      text += String.fromCharCode(byte);
    }
    return text;
  }
}

/** Four-byte groups as numbers: a view where alignment and byte order allow it, otherwise a copy. */
function wordsOf(data: Uint8Array, littleEndian: boolean): Uint32Array {
  const count = data.length >>> 2;
  const hostIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  if (littleEndian === hostIsLittle) {
    if (data.byteOffset % 4 === 0) return new Uint32Array(data.buffer, data.byteOffset, count);
    return new Uint32Array(data.slice(0, count * 4).buffer);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * 4, littleEndian));
}

/** Steps from record to record once. */
function scan(words: Uint32Array, header: Header, base: number): { starts: Uint32Array; problem?: string } {
  const { fixed, each } = header.sizes;
  const starts = new Uint32Array(Math.floor(words.length / RECORD_WORDS) + 1);
  let id = 0;
  let at = 0;
  let problem: string | undefined;
  while (at < words.length) {
    if (at + RECORD_WORDS > words.length) {
      problem = `type ${id + 1} at ${hex(base + at * 4)} is cut off`;
      break;
    }
    const info = words[at + 1]!;
    const kind = (info >>> 24) & 0x7f;
    const extra = fixed[kind]!;
    if (extra === UNKNOWN_KIND) {
      problem = `type ${id + 1} at ${hex(base + at * 4)} is of unknown kind ${kind}`;
      break;
    }
    const next = at + RECORD_WORDS + extra + each[kind]! * (info & 0xffffff);
    if (next > words.length) {
      problem = `type ${id + 1} at ${hex(base + at * 4)} reaches past the end of the type section`;
      break;
    }
    starts[++id] = at;
    at = next;
  }
  return { starts: starts.subarray(0, id + 1), problem };
}
