import type { Mnemonic } from 'iced-x86';
import type { Bits } from './candidates.js';
import { type AddressOf, Statement } from './encode.js';
import { type Label, label, type Operand } from './operands.js';

type StringOperation = `${'movs' | 'stos' | 'lods' | 'scas' | 'cmps'}${'b' | 'w' | 'd' | 'q'}`;
type Name =
  | Lowercase<keyof typeof Mnemonic>
  | 'jmpf'
  | 'callf'
  | 'retfd'
  | 'retfq'
  | StringOperation
  | `${'rep' | 'repe' | 'repne'}_${StringOperation}`;

/** A function for each mnemonic in lower case, destination first: `mov(RAX, qword(RDI, 8))`. */
export type Instructions = { readonly [M in Name]: (...operands: Operand[]) => void };

/** A named stretch of the program. */
export interface Part {
  readonly name: string;
  readonly address: bigint;
  /** Bytes. */
  readonly size: number;
}

export interface Program {
  readonly base: bigint;
  readonly bytes: Uint8Array;
  /** Addresses of all labels. */
  readonly labels: ReadonlyMap<string, bigint>;
  readonly parts: readonly Part[];
  /** Address of a label; throws where there is none. */
  address(name: string): bigint;
}

type Item =
  | Statement
  | { readonly bytes: Uint8Array }
  | { readonly align: number; readonly fill: number }
  | { readonly define: string; readonly as?: Label }
  | { readonly part: string; readonly end: boolean }
  | { readonly word: number | bigint | Label; readonly size: 1 | 2 | 4 | 8; readonly minus?: Label };

/** What one pass over all items yields. */
interface Pass extends Omit<Program, 'base' | 'address'> {
  /** Address of each item. */
  readonly places: readonly bigint[];
}

/**
 * Puts machine code and data together, in calls instead of text; iced-x86 encodes. Encodings are chosen and labels resolved in
 * `assemble`, so code may refer to what comes later.
 */
export class Assembler {
  readonly #items: Item[] = [];
  #bits: Bits = 64;
  #local = 0;

  /** The instructions; each call adds one in the current width. */
  readonly code: Instructions = new Proxy({} as Instructions, {
    get:
      (_, mnemonic: string) =>
      (...operands: Operand[]): void => {
        this.#items.push(new Statement(mnemonic, this.#bits, operands));
      },
  });

  /** Width of the code that follows: what CS will say when it runs. */
  bits(bits: Bits): void {
    this.#bits = bits;
  }

  /** Gives this place a name. */
  label(name: string): Label {
    this.#items.push({ define: name });
    return label(name);
  }

  /** Gives a place a second name; the first must have been set. */
  alias(name: string, place: Label): void {
    this.#items.push({ define: name, as: place });
  }

  /** A name nobody else has, for a place inside one routine; set it with `at`. */
  local(hint = 'local'): Label {
    return label(`.${hint}.${this.#local++}`);
  }

  /** Sets a label obtained from `local`. */
  at(place: Label): void {
    this.#items.push({ define: place.label });
  }

  /** What `write` adds is a part of its own in the finished program, and its name a label. */
  part(name: string, write: () => void): void {
    this.label(name);
    this.#items.push({ part: name, end: false });
    write();
    this.#items.push({ part: name, end: true });
  }

  bytes(bytes: Uint8Array | readonly number[]): void {
    this.#items.push({ bytes: Uint8Array.from(bytes) });
  }

  /** Zero-terminated text. */
  text(text: string): void {
    this.bytes(new TextEncoder().encode(`${text}\0`));
  }

  space(size: number): void {
    this.#items.push({ bytes: new Uint8Array(size) });
  }

  /** Goes on at a multiple of `alignment`, a power of two. */
  align(alignment: number, fill = 0): void {
    this.#items.push({ align: alignment, fill });
  }

  u8(value: number): void {
    this.#items.push({ word: value, size: 1 });
  }

  u16(value: number): void {
    this.#items.push({ word: value, size: 2 });
  }

  /** A number, the address of a label, or its distance from another. */
  u32(value: number | Label, minus?: Label): void {
    this.#items.push({ word: value, size: 4, minus });
  }

  u64(value: number | bigint | Label, minus?: Label): void {
    this.#items.push({ word: value, size: 8, minus });
  }

  /** The program as it lies in memory at `base`. Throws where a label is missing or an instruction has no encoding. */
  assemble(base: bigint | number): Program {
    const start = BigInt(base);
    for (const item of this.#items) if (item instanceof Statement) item.forget();
    let before: Pass = { bytes: new Uint8Array(), labels: new Map(), parts: [], places: [] };
    for (let pass = 0; pass < 32; pass++) {
      const { places, ...result } = this.#pass(start, before, pass);
      if (pass > 0 && places.every((place, index) => place === before.places[index])) {
        return { base: start, ...result, address: (name) => addressIn(result.labels, name) };
      }
      before = { places, ...result };
    }
    throw new Error('the addresses of labels do not settle');
  }

  #pass(base: bigint, before: Pass, pass: number): Pass {
    const chunks: Uint8Array[] = [];
    const labels = new Map<string, bigint>();
    const parts: Part[] = [];
    const open = new Map<string, bigint>();
    const places: bigint[] = [];
    let address = base;
    const add = (bytes: Uint8Array): void => {
      chunks.push(bytes);
      address += BigInt(bytes.length);
    };
    const addressOf: AddressOf = ({ label: name, plus }) => {
      // In the first pass everything is thought to be near.
      const found = before.labels.get(name) ?? (pass === 0 ? address : undefined);
      if (found === undefined) throw new Error(`there is no label '${name}'`);
      return found + BigInt(plus);
    };
    for (const [index, item] of this.#items.entries()) {
      places.push(address);
      // From where it was, since its target is taken from where that was.
      if (item instanceof Statement) add(item.encode(before.places[index] ?? address, addressOf, pass > 0));
      else if ('bytes' in item) add(item.bytes);
      else if ('define' in item) {
        if (labels.has(item.define)) throw new Error(`label '${item.define}' is set twice`);
        const { as } = item;
        labels.set(item.define, as ? labels.get(as.label)! + BigInt(as.plus) : address);
      } else if ('part' in item) {
        if (!item.end) open.set(item.part, address);
        else {
          const at = open.get(item.part)!;
          parts.push({ name: item.part, address: at, size: Number(address - at) });
        }
      } else if ('align' in item) {
        const rest = Number(address % BigInt(item.align));
        if (rest !== 0) add(new Uint8Array(item.align - rest).fill(item.fill));
      } else add(wordBytes(item, addressOf));
    }
    const bytes = new Uint8Array(Number(address - base));
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return { bytes, labels, parts, places };
  }
}

function wordBytes(item: Extract<Item, { word: unknown }>, addressOf: AddressOf): Uint8Array {
  const { word, size, minus } = item;
  const value = (typeof word === 'object' ? addressOf(word) : BigInt(word)) - (minus ? addressOf(minus) : 0n);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, size);
}

function addressIn(labels: ReadonlyMap<string, bigint>, name: string): bigint {
  const address = labels.get(name);
  if (address === undefined) throw new Error(`there is no label '${name}'`);
  return address;
}
