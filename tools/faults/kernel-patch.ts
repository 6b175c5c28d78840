import { hex } from '../../src/core/errors.js';
import type { Image } from '../../src/image/image.js';
import { kernelElf } from '../../src/image/image.js';
import { readSymbols } from '../../src/image/symbols/read.js';
import type { SymbolTable } from '../../src/image/symbols/symbol-table.js';

/** The ELF file of a Linux kernel, to be patched by what its symbols say: what is looked for must be found once. */
export class KernelPatch {
  readonly data: Uint8Array;
  readonly #view: DataView;
  readonly #symbols: SymbolTable;
  readonly #layer: NonNullable<ReturnType<typeof kernelElf>>;

  constructor(image: Image) {
    const { table, problem } = symbolsOf(image);
    const layer = kernelElf(image);
    if (!table || !layer) throw new Error(`no kernel to patch: ${problem ?? 'no ELF file'}`);
    this.#symbols = table;
    this.#layer = layer;
    this.data = Uint8Array.from(layer.bytes.data);
    this.#view = new DataView(this.data.buffer);
  }

  /** Address of a symbol. */
  address(symbol: string): bigint {
    const address = this.#symbols.find(symbol);
    if (address === undefined) throw new Error(`no symbol ${symbol}`);
    return address;
  }

  /**
   * File offset of the one place in a function where these bytes stand, -1 for any, and `holds` of the offset behind them;
   * `within` bytes of the function's beginning where it has no end of its own.
   */
  place(name: string, pattern: readonly number[], holds: (end: number) => boolean = () => true): number {
    const [start, end] = this.#extent(name);
    const found: number[] = [];
    for (let at = start; at + pattern.length <= end; at++)
      if (pattern.every((byte, i) => byte === -1 || this.data[at + i] === byte) && holds(at + pattern.length))
        found.push(at);
    if (found.length !== 1)
      throw new Error(
        `${name}: ${found.length} places have ${pattern.map((byte) => hex(byte)).join(' ')}, not one`,
      );
    return found[0]!;
  }

  /** File offset of the call of one function in another. */
  call(inside: string, callee: string): number {
    const target = this.address(callee);
    return this.place(inside, [0xe8, ...any(4)], (end) => this.relative(end) === target);
  }

  /** The address that a displacement of 32 bits gives that ends at an offset. */
  relative(end: number): bigint {
    return BigInt.asUintN(64, this.#addressOf(end) + BigInt(this.#view.getInt32(end - 4, true)));
  }

  /** Has a call go to another function. */
  redirect(call: number, callee: bigint): void {
    this.#view.setInt32(call + 1, Number(callee - this.#addressOf(call + 5)), true);
  }

  /** Makes `length` bytes at an offset do nothing. */
  nop(at: number, length: number): void {
    this.data.fill(0x90, at, at + length);
  }

  put(at: number, bytes: readonly number[]): void {
    this.data.set(bytes, at);
  }

  /** Program headers that are PT_NOTE: the offset of each. */
  noteHeaders(): number[] {
    const { segments } = this.#layer.formats.elf;
    const table = Number(this.#view.getBigUint64(0x20, true));
    const size = this.#view.getUint16(0x36, true);
    return segments.flatMap(({ typeName }, i) => (typeName === 'PT_NOTE' ? [table + i * size] : []));
  }

  /** File offset of the header of Xen's note of a type. */
  xenNote(type: number): number {
    const note = this.#layer.formats.elf.notes.find((one) => one.owner === 'Xen' && one.type === type);
    if (!note) throw new Error(`no Xen note of type ${type}`);
    return note.offset;
  }

  /** File offsets of a function's code, up to the next one. */
  #extent(name: string): [start: number, end: number] {
    const address = this.address(name);
    const { addresses, types } = this.#symbols;
    const next = addresses.find((other, i) => other > address && code.has(types[i]!));
    const start = this.#offset(address);
    return [start, next === undefined ? this.data.length : this.#offset(next)];
  }

  #offset(address: bigint): number {
    const offset = this.#symbols.space.offsetOf(address);
    if (offset === undefined) throw new Error(`no byte of the file is at ${hex(address)}`);
    return offset;
  }

  #addressOf(offset: number): bigint {
    return this.#symbols.space.addressOf(offset)!;
  }
}

const known = new WeakMap<Image, ReturnType<typeof readSymbols>>();

/** Read once: one kernel is patched in many ways. */
function symbolsOf(image: Image): ReturnType<typeof readSymbols> {
  const found = known.get(image) ?? readSymbols(image);
  known.set(image, found);
  return found;
}

/** Letters of symbols of code. */
const code = new Set(Array.from('tTwW', (letter) => letter.charCodeAt(0)));

/** So many bytes of any value, in a pattern. */
export const any = (count: number): number[] => Array(count).fill(-1);
