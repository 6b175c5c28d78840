import { ramStart } from './engine/layout.js';
import { type Fnv, fnvOver } from './fnv.js';
import type { Machine } from './machine.js';
import type { PhysicalMemory } from './memory.js';
import type { SavedValue } from './saved.js';

/**
 * Sixteen hexadecimal digits over all that decides how a machine goes on: RAM, processor, devices, platform, virtual time.
 * Equal states hash alike, on every host and however the code was executed; it is no defence against forgery.
 */
export function stateHash(machine: Machine): string {
  const { memory } = machine;
  const hash = new Hash(fnvOf(memory));
  hash.value(memory.ramSize);
  memory.touched.forEach((touched, i) => {
    if (touched) hash.pages(ramStart + i * 65536, 65536);
  });
  machine.save((value) => hash.value(value));
  return hash.digits();
}

class Hash {
  #value = 0xcbf29ce484222325n;
  readonly #double = new DataView(new ArrayBuffer(8));

  constructor(readonly fnv: Fnv) {}

  /** Pages of linear memory, by byte address; pages of zeros, which most are, count by not being there. */
  pages(start: number, bytes: number): void {
    this.#value = this.fnv.pages(this.#value, start, start + bytes);
  }

  value(value: SavedValue): void {
    if (value === undefined) this.#word(0x756e6466);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#bigint(value);
    else if (typeof value === 'boolean') this.#word(Number(value));
    else if (typeof value === 'string') this.#array(new TextEncoder().encode(value));
    else this.#array(value);
  }

  #word(value: number): void {
    this.#value = BigInt.asUintN(64, (this.#value ^ BigInt(value >>> 0)) * 0x100000001b3n);
  }

  #number(value: number): void {
    this.#double.setFloat64(0, value, true);
    this.#word(this.#double.getUint32(0, true));
    this.#word(this.#double.getUint32(4, true));
  }

  #bigint(value: bigint): void {
    this.#word(Number(value & 0xffffffffn));
    this.#word(Number((value >> 32n) & 0xffffffffn));
  }

  /** Two 32-bit FNV-1a hashes over the elements, one of them backwards: arrays may be long. */
  #array(values: Uint8Array | Uint32Array): void {
    const { length } = values;
    let [up, down] = [0x811c9dc5, 0x811c9dc5];
    for (let i = 0; i < length; i++) {
      up = Math.imul(up ^ values[i]!, 0x01000193);
      down = Math.imul(down ^ values[length - 1 - i]!, 0x01000193);
    }
    for (const word of [length, up, down]) this.#word(word);
  }

  digits(): string {
    return BigInt.asUintN(64, this.#value).toString(16).padStart(16, '0');
  }
}

const functions = new WeakMap<WebAssembly.Memory, Fnv>();

function fnvOf({ wasm }: PhysicalMemory): Fnv {
  let fnv = functions.get(wasm);
  if (!fnv) functions.set(wasm, (fnv = fnvOver(wasm)));
  return fnv;
}
