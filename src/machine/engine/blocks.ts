import { isCanonical } from '../x86/canonical.js';
import type { Cpu } from '../x86/cpu.js';
import {
  type DecodedWithEncoding,
  type DecodeMode,
  Decoder,
  needsMore,
  tooLong,
} from '../x86/decoder/decoder.js';
import { RecordWriter } from '../x86/decoder/record-writer.js';
import { raise, VECTOR } from '../x86/exceptions/fault.js';
import type { Decoded, InstructionDescription } from '../x86/instruction.js';
import { unusualBranch } from '../x86/segments/near-branch.js';
import { Block } from './block.js';
import { BlockIndex } from './block-index.js';
import { type Interpreter, pseudo } from './interpreter/interpreter.js';
import { arena, ramStart } from './layout.js';
import { block as header, maxBlock, noCharge, record } from './record.js';

export type { Block };

/** Called whenever a block is decoded, which is when its code runs for the first time. */
export type CoverageListener = (block: Block) => void;

/** Decodes guest code into records, finds blocks by address, and forgets them when their bytes change. */
export class Blocks {
  readonly decoder: Decoder;
  readonly systemInstructions: Decoded[] = [];
  readonly onDecoded: CoverageListener[] = [];
  /** Called when a block's bytes have changed, and when everything is forgotten (without a block). */
  onInvalid: (dead?: Block) => void = () => {};
  /** How often a new block is entered until the translator is told; 0: never. */
  heat = 0;
  #at: number = arena.start + 4096;
  readonly #index: BlockIndex;
  readonly #writer: RecordWriter;
  /** All since everything was last forgotten, by address. */
  readonly #made: Block[] = [];
  #generation = 0;
  /** The block whose truncated copy stands at the start of the arena. */
  #copied: Block | undefined;
  readonly #window = new Uint8Array(32);

  constructor(
    readonly cpu: Cpu,
    readonly interpreter: () => Interpreter,
    descriptions: readonly InstructionDescription[],
  ) {
    const { memory } = cpu;
    this.decoder = new Decoder(descriptions);
    this.#index = new BlockIndex(memory.ramSize >>> 12, (frame) => cpu.tlb.dropWritable(frame));
    this.#writer = new RecordWriter(memory, interpreter, this.systemInstructions);
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
    const { cpu } = this;
    if (cpu.codeLimit !== Number.POSITIVE_INFINITY) this.#checkLimit(page, offset, 1);
    const frame = cpu.fetchFrame(page, offset);
    const mode = cpu.modeKey;
    for (let found = this.#index.chain(frame, offset); found; found = found.next) {
      if (found.offset !== offset || found.frame !== frame || found.page !== page || found.mode !== mode)
        continue;
      if (found.secondFrame >= 0 && cpu.fetchFrame(page + 1, 0) !== found.secondFrame) continue;
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

  /** #GP(0) when `bytes` at a linear address are not all inside the code segment. */
  #checkLimit(page: number, offset: number, bytes: number): void {
    if (this.#offsetOf(page * 4096 + offset) + bytes - 1 > this.cpu.codeLimit) raise(VECTOR.GP, 0);
  }

  /** Offset in the code segment of a linear address below 4 GiB. */
  #offsetOf(linear: number): number {
    return (linear - this.cpu.csBase) >>> 0;
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
    const { u8, u16, i32 } = this.cpu.memory;
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
    this.#generation++;
    this.onInvalid();
    this.#at = arena.start + 4096;
    this.#index.clear();
    this.#made.length = 0;
    this.systemInstructions.length = 0;
    this.cpu.bumpEpoch();
  }

  /** The instruction at an address, for diagnosis: undefined when it cannot be fetched or decoded. */
  peek(pc: bigint): DecodedWithEncoding | undefined {
    const page = Number(pc >> 12n);
    const offset = Number(pc & 0xfffn);
    try {
      const frame = this.cpu.fetchFrame(page, offset);
      const { bytes, start } = this.#fetch(page, offset, frame);
      return this.decoder.decode(bytes, start, pc, this.#decodeMode());
    } catch {
      return undefined;
    }
  }

  #decodeMode(): DecodeMode {
    const { cpu } = this;
    return {
      bits: cpu.codeBits,
      csBase: cpu.codeBits === 64 ? 0 : cpu.csBase,
      real: cpu.realOrVm,
      narrowBranches: cpu.vendor === 'amd',
    };
  }

  #pageBytes(frame: number): Uint8Array {
    const { memory } = this.cpu;
    if (memory.isRam(frame * 4096))
      return memory.u8.subarray(ramStart + frame * 4096, ramStart + frame * 4096 + 4096);
    const bytes = new Uint8Array(4096);
    for (let i = 0; i < 4096; i++) bytes[i] = memory.mmio.read(frame * 4096 + i, 1);
    return bytes;
  }

  #fetch(page: number, offset: number, frame: number): { bytes: Uint8Array; start: number } {
    const first = this.#pageBytes(frame);
    if (offset <= 4096 - 15) return { bytes: first, start: offset };
    this.#window.fill(0);
    this.#window.set(first.subarray(offset));
    const next = this.cpu.fetchFrame(page + 1, 0);
    this.#window.set(this.#pageBytes(next).subarray(0, 15), 4096 - offset);
    return { bytes: this.#window, start: 0 };
  }

  #decode(page: number, offset: number, frame: number, mode: number): Block {
    const { cpu, decoder } = this;
    const { memory } = cpu;
    const { parts } = decoder;
    if (this.#at + (maxBlock + 4) * record.size + header.size > arena.start + arena.size) this.flush();
    const at = this.#at;
    const decodeMode = this.#decodeMode();
    const isRam = memory.isRam(frame * 4096);
    const bytes = isRam ? memory.u8 : this.#pageBytes(frame);
    const base = isRam ? ramStart + frame * 4096 : 0;
    const startLow = (page * 4096) | offset;
    const startHigh = Math.floor(page / 0x100000) | 0;
    let low = startLow;
    let high = startHigh;
    let from = offset;
    let count = 0;
    let secondFrame = -1;
    let behind = 0;
    while (count < maxBlock && behind === 0) {
      let known: boolean;
      try {
        known = decoder.read(bytes, base + from, base + 4096, low, high, decodeMode);
      } catch (reason) {
        if (reason === tooLong) {
          if (count) break;
          raise(VECTOR.GP, 0);
        }
        if (reason !== needsMore) throw reason;
        // The instruction crosses into the next page: a block of its own.
        if (count) break;
        this.#checkLimit(page + 1, 0, 1);
        secondFrame = cpu.fetchFrame(page + 1, 0);
        const crossing = this.#fetch(page, offset, frame);
        known = decoder.read(crossing.bytes, crossing.start, crossing.bytes.length, low, high, decodeMode);
      }
      if (!known) {
        if (count) break;
        raise(VECTOR.UD);
      }
      if (
        cpu.codeLimit !== Number.POSITIVE_INFINITY &&
        this.#offsetOf(page * 4096 + from) + parts.length - 1 > cpu.codeLimit
      ) {
        if (count) break;
        raise(VECTOR.GP, 0);
      }
      behind = this.#writer.write(
        at + header.size + count * record.size,
        parts,
        count,
        from - offset,
        this.#instead(),
      );
      count++;
      from += parts.length;
      low = parts.nextLow;
      high = parts.nextHigh;
      if (secondFrame >= 0 || from >= 4096) break;
    }
    const end = at + header.size + count * record.size;
    if (behind === 0) behind = this.#writer.next(end, count, from - offset, low, high);
    this.#at = end + behind * record.size;
    const { i32 } = memory;
    i32[(at + header.pc) >> 2] = startLow;
    i32[(at + header.pc + 4) >> 2] = startHigh;
    i32[(at + header.count) >> 2] = count;
    i32[(at + header.valid) >> 2] = 1;
    i32[(at + header.charge) >> 2] = count;
    i32[(at + header.region) >> 2] = 0;
    i32[(at + header.heat) >> 2] = this.heat;
    return new Block(at, page, offset, mode, frame, secondFrame, from, count);
  }

  /** What replaces the decoded instruction: see `unusualBranch`. */
  #instead(): InstructionDescription | undefined {
    const { cpu } = this;
    const { candidate, shape, valueLow, valueHigh, mode, description } = this.decoder.parts;
    if (!candidate.branch) return undefined;
    const relative = candidate.direct && shape.relative;
    const unusual =
      mode === 64
        ? shape.size === 16 || (relative && !isCanonical(cpu, valueHigh[0]!))
        : relative && this.#offsetOf(valueLow[0]! >>> 0) > cpu.codeLimit;
    return unusual ? unusualBranch(description) : undefined;
  }

  /**
   * Copies the first `count` instructions of a block behind an exit, so that a run can stop at an exact count.
   * Returns the copy; it is good for one run.
   */
  truncated(whole: Block, count: number): number {
    const { u8, u16, view, i32 } = this.cpu.memory;
    const at = arena.start;
    const bytes = header.size + count * record.size;
    this.#copied = whole;
    u8.copyWithin(at, whole.at, whole.at + bytes);
    i32[(at + header.count) >> 2] = count;
    const first = at + header.size;
    u8[first + record.hot] = this.#writer.hot(u16[first >> 1]!);
    const exit = at + bytes;
    u8.copyWithin(exit, whole.at + bytes, whole.at + bytes + record.size);
    const distance = u16[(exit + record.distance) >> 1]! & 0x3ff;
    u16[(exit + record.handler) >> 1] = pseudo.exit;
    u8[exit + record.hot] = 0;
    view.setBigInt64(exit + record.immediate, whole.pc + BigInt(distance), true);
    return at;
  }
}
