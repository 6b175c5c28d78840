import type { PhysicalMemory } from '../memory.js';
import { Block } from './block.js';
import { BlockIndex } from './block-index.js';
import type { Code } from './code.js';
import { arena, ramStart } from './layout.js';
import { writeNext } from './links.js';
import { block as header, maxBlock, noCharge, pseudo, record } from './record.js';
import type { Tlb } from './tlb.js';
import type { Marks } from './transfers.js';

export type { Block };

/** Called whenever a block is decoded, which is when its code runs for the first time. */
export type CoverageListener = (block: Block) => void;

/** Decodes guest code into records, finds blocks by address, and forgets them when their bytes change. */
export class Blocks {
  readonly onDecoded: CoverageListener[] = [];
  /** Called when a block's bytes have changed, and when everything is forgotten (without a block). */
  onInvalid: (dead?: Block) => void = () => {};
  /** Called before everything is forgotten. */
  onFlush: () => void = () => {};
  /** Where blocks must begin; all that were made before it is set have to be flushed. */
  marks: Marks | undefined;
  /** How often a new block is entered until the translator is told; 0: never. */
  heat = 0;
  #at: number = arena.start + 4096;
  readonly #index: BlockIndex;
  /** All since everything was last forgotten, by address. */
  readonly #made: Block[] = [];
  #generation = 0;
  /** The block whose truncated copy stands at the start of the arena. */
  #copied: Block | undefined;
  readonly #window = new Uint8Array(32);

  constructor(
    readonly memory: PhysicalMemory,
    readonly code: Code,
    tlb: Tlb,
    /** Cases of handlers in the interpreter's loop. */
    readonly hot: ReadonlyMap<number, number>,
  ) {
    this.#index = new BlockIndex(memory.ramSize >>> 12, (frame) => tlb.dropWritable(frame));
  }

  /** 1 for every physical page that holds decoded code. */
  get codePages(): Uint8Array {
    return this.#index.codePages;
  }

  /** Number of times everything was forgotten because the arena was full. */
  get generation(): number {
    return this.#generation;
  }

  /** The block at a linear address, decoded if need be; raises #PF when it cannot be fetched. */
  find(page: number, offset: number): Block {
    const { code } = this;
    code.checkFetch(page, offset, 1);
    const frame = code.fetchFrame(page, offset);
    const { mode } = code;
    for (let found = this.#index.chain(frame, offset); found; found = found.next) {
      if (found.offset !== offset || found.frame !== frame || found.page !== page || found.mode !== mode)
        continue;
      if (found.secondFrame >= 0 && code.fetchFrame(page + 1, 0) !== found.secondFrame) continue;
      return found;
    }
    const made = this.#decode(page, offset, frame, mode);
    this.#made.push(made);
    this.#index.add(made);
    for (const listener of this.onDecoded) listener(made);
    return made;
  }

  /** The same by the signed halves of the address. */
  findAt(low: number, high: number): Block {
    return this.find(high * 0x100000 + (low >>> 12), low & 0xfff);
  }

  /** The valid block whose header stands at an address of linear memory. */
  at(address: number): Block | undefined {
    let low = 0;
    let high = this.#made.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#made[middle]!.at < address) low = middle + 1;
      else high = middle;
    }
    const found = this.#made[low];
    return found?.at === address && found.valid ? found : undefined;
  }

  /** The valid blocks that have bytes in a physical page. */
  inFrame(frame: number): readonly Block[] {
    return this.#index.inFrame(frame);
  }

  /** Forgets the blocks that overlap a physical range within one page. */
  invalidate(frame: number, from: number, to: number): void {
    for (const dead of this.#index.take(frame, from, to)) this.#drop(dead);
  }

  #drop(dead: Block): void {
    const { u8, u16, i32 } = this.memory;
    i32[(dead.at + header.valid) >> 2] = 0;
    i32[(dead.at + header.charge) >> 2] = noCharge;
    this.onInvalid(dead);
    // Every record, since the block may be the one that is running; or its truncated copy is.
    const starts = dead === this.#copied ? [dead.at, arena.start] : [dead.at];
    for (const start of starts) {
      for (let i = 0; i < dead.count; i++) {
        const at = start + header.size + i * record.size;
        u16[at >> 1] = pseudo.refetch;
        u8[at + record.hot] = 0;
      }
    }
  }

  /** Forgets everything. Links and the pc cache die with the epoch. */
  flush(): void {
    this.onFlush();
    this.#generation++;
    this.onInvalid();
    this.#at = arena.start + 4096;
    this.#index.clear();
    this.#made.length = 0;
    this.code.forget();
  }

  /** Bytes of the code at a linear address, an instruction's at least, and where among them it begins; raises a fault. */
  bytesAt(page: number, offset: number): { bytes: Uint8Array; start: number } {
    return this.#fetch(page, offset, this.code.fetchFrame(page, offset));
  }

  #pageBytes(frame: number): Uint8Array {
    const { memory } = this;
    if (memory.isRam(frame * 4096))
      return memory.u8.subarray(ramStart + frame * 4096, ramStart + frame * 4096 + 4096);
    const bytes = new Uint8Array(4096);
    for (let i = 0; i < 4096; i++) bytes[i] = memory.mmio.read(frame * 4096 + i, 1);
    return bytes;
  }

  #fetch(page: number, offset: number, frame: number): { bytes: Uint8Array; start: number } {
    const first = this.#pageBytes(frame);
    const { longest } = this.code;
    if (offset <= 4096 - longest) return { bytes: first, start: offset };
    this.#window.fill(0);
    this.#window.set(first.subarray(offset));
    const next = this.code.fetchFrame(page + 1, 0);
    this.#window.set(this.#pageBytes(next).subarray(0, longest), 4096 - offset);
    return { bytes: this.#window, start: 0 };
  }

  #decode(page: number, offset: number, frame: number, mode: number): Block {
    const { memory, code, marks } = this;
    if (this.#at + (maxBlock + 4) * record.size + header.size > arena.start + arena.size) this.flush();
    const at = this.#at;
    const isRam = memory.isRam(frame * 4096);
    const bytes = isRam ? memory.u8 : this.#pageBytes(frame);
    const base = isRam ? ramStart + frame * 4096 : 0;
    let from = offset;
    let count = 0;
    let secondFrame = -1;
    let behind = 0;
    const mark = marks?.at(page, offset, frame) ?? 0;
    const limit = marks?.next(page, offset, frame) ?? 4096;
    code.begin(page, offset);
    while (count < maxBlock && behind === 0) {
      let length = code.read(bytes, base + from, base + 4096, from - offset);
      if (length === 0) {
        // The instruction crosses into the next page: a block of its own.
        if (count) break;
        code.checkFetch(page + 1, 0, 1);
        secondFrame = code.fetchFrame(page + 1, 0);
        const crossing = this.#fetch(page, offset, frame);
        length = code.read(crossing.bytes, crossing.start, crossing.bytes.length, 0);
      }
      if (length < 0) {
        if (count) break;
        code.refuse(length);
      }
      behind = code.write(at + header.size + count * record.size, count, from - offset);
      count++;
      from += length;
      if (secondFrame >= 0 || from >= limit) break;
    }
    const end = at + header.size + count * record.size;
    if (behind === 0) behind = writeNext(memory, end, count, from - offset, code.nextLow, code.nextHigh);
    this.#at = end + behind * record.size;
    const { i32 } = memory;
    i32[(at + header.pc) >> 2] = (page * 4096) | offset;
    i32[(at + header.pc + 4) >> 2] = Math.floor(page / 0x100000) | 0;
    i32[(at + header.count) >> 2] = count;
    i32[(at + header.valid) >> 2] = 1;
    i32[(at + header.charge) >> 2] = count;
    i32[(at + header.region) >> 2] = 0;
    i32[(at + header.heat) >> 2] = this.heat;
    i32[(at + header.mark) >> 2] = mark;
    return new Block(at, page, offset, mode, frame, secondFrame, from, count, mark);
  }

  /**
   * Copies the first `count` instructions of a block behind an exit, so that a run can stop at an exact count.
   * Returns the copy; it is good for one run.
   */
  truncated(whole: Block, count: number): number {
    const { u8, u16, view, i32 } = this.memory;
    const at = arena.start;
    const bytes = header.size + count * record.size;
    this.#copied = whole;
    u8.copyWithin(at, whole.at, whole.at + bytes);
    i32[(at + header.count) >> 2] = count;
    const first = at + header.size;
    u8[first + record.hot] = this.hot.get(u16[first >> 1]!) ?? 0;
    const exit = at + bytes;
    u8.copyWithin(exit, whole.at + bytes, whole.at + bytes + record.size);
    const distance = u16[(exit + record.distance) >> 1]! & 0x3ff;
    u16[(exit + record.handler) >> 1] = pseudo.exit;
    u8[exit + record.hot] = 0;
    view.setBigInt64(exit + record.immediate, whole.pc + BigInt(distance), true);
    return at;
  }
}
