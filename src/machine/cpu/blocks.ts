import type { Cpu } from './cpu.js';
import { type DecodedWithEncoding, type DecodeMode, Decoder, needsMore, tooLong } from './decoder/decoder.js';
import { raise, VECTOR } from './fault.js';
import type { Decoded, InstructionDescription, MemoryOperand, Operand } from './instruction.js';
import { formOf, handlerKey, type Interpreter, pseudo, repeatedKey } from './interpreter.js';
import { branchBeyondLimit } from './near-branch-limit.js';
import { block as header, link, maxBlock, noCharge, packDistance, record } from './record.js';
import { arena, gprOffset, pcCache, ramStart, segment, segmentIndex, segmentOffset, state } from './state.js';

/** A decoded block, as the TypeScript side knows it. */
export interface Block {
  readonly at: number;
  /** Linear page (signed) and offset of its first instruction. */
  readonly page: number;
  readonly offset: number;
  readonly pc: bigint;
  readonly mode: number;
  /** Physical page of its first byte, and of its last when that is another one. */
  readonly frame: number;
  readonly secondFrame: number;
  /** Offset one past its last byte, from the start of its first page. */
  readonly end: number;
  readonly count: number;
  valid: boolean;
}

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
  #byPlace = new Map<number, Block[]>();
  #byFrame = new Map<number, Block[]>();
  /** Slots of handlers by the sizes of an encoding's operands (one array each) and their forms. */
  readonly #slots = new Map<DecodedWithEncoding['sizes'], Map<number, number>>();
  readonly #byAddress = new Map<number, Block>();
  /** 1 for every physical page that holds decoded code. */
  readonly codePages: Uint8Array;
  #generation = 0;
  /** The block whose truncated copy stands at the start of the arena. */
  #copied: Block | undefined;
  readonly #window = new Uint8Array(32);

  constructor(
    readonly cpu: Cpu,
    readonly interpreter: () => Interpreter,
    descriptions: readonly InstructionDescription[],
  ) {
    this.decoder = new Decoder(descriptions);
    this.codePages = new Uint8Array(cpu.memory.ramSize >>> 12);
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
    const place = frame * 4096 + offset;
    const mode = cpu.modeKey;
    const known = this.#byPlace.get(place);
    if (known) {
      for (const found of known) {
        if (found.page !== page || found.mode !== mode) continue;
        if (found.secondFrame >= 0 && cpu.fetchFrame(page + 1, 0) !== found.secondFrame) continue;
        return found;
      }
    }
    const made = this.#decode(page, offset, frame, mode);
    const list = this.#byPlace.get(place);
    if (list) list.push(made);
    else this.#byPlace.set(place, [made]);
    this.#byAddress.set(made.at, made);
    this.#register(made.frame, made);
    if (made.secondFrame >= 0) this.#register(made.secondFrame, made);
    for (const listener of this.onDecoded) listener(made);
    return made;
  }

  /** #GP(0) when `bytes` at a linear address are not all inside the code segment. */
  #checkLimit(page: number, offset: number, bytes: number): void {
    if (this.#offsetOf(page * 4096 + offset) + bytes - 1 > this.cpu.codeLimit) raise(VECTOR.GP, 0);
  }

  /** Offset in the code segment of a linear address below 4 GiB. */
  #offsetOf(linear: number): number {
    return (linear - this.cpu.csBase) >>> 0;
  }

  #register(frame: number, made: Block): void {
    const list = this.#byFrame.get(frame);
    if (list) list.push(made);
    else this.#byFrame.set(frame, [made]);
    if (frame < this.codePages.length && !this.codePages[frame]) {
      this.codePages[frame] = 1;
      this.cpu.tlb.dropWritable(frame);
    }
  }

  /** The valid block whose header stands at an address of linear memory. */
  at(address: number): Block | undefined {
    return this.#byAddress.get(address);
  }

  /** The valid blocks that have bytes in a physical page. */
  inFrame(frame: number): readonly Block[] {
    return this.#byFrame.get(frame)?.filter(({ valid }) => valid) ?? [];
  }

  /** Puts a block into the cache that indirect jumps look into. */
  cache(found: Block): void {
    const { i32 } = this.cpu.memory;
    const low = (found.page * 4096) | found.offset;
    const high = Math.floor(found.page / 0x100000) | 0;
    const hash = (low ^ (low >>> 12)) & (pcCache.entries - 1);
    const entry = (pcCache.start + hash * pcCache.entrySize) >> 2;
    i32[entry] = low ^ i32[state.cacheKey >> 2]!;
    i32[entry + 1] = high ^ i32[(state.cacheKey >> 2) + 1]!;
    i32[entry + 2] = found.at;
  }

  /** Forgets the blocks that overlap a physical range within one page. */
  invalidate(frame: number, from: number, to: number): void {
    const list = this.#byFrame.get(frame);
    if (!list) return;
    const kept: Block[] = [];
    for (const candidate of list) {
      if (!candidate.valid) continue;
      const first = candidate.frame === frame ? candidate.offset : 0;
      const last = candidate.frame === frame ? candidate.end : candidate.end - 4096;
      if (first < to && from < last) this.#drop(candidate);
      else kept.push(candidate);
    }
    if (kept.length) this.#byFrame.set(frame, kept);
    else {
      this.#byFrame.delete(frame);
      this.codePages[frame] = 0;
    }
  }

  #drop(dead: Block): void {
    dead.valid = false;
    const { u8, u16, i32 } = this.cpu.memory;
    i32[(dead.at + header.valid) >> 2] = 0;
    i32[(dead.at + header.charge) >> 2] = noCharge;
    this.#byAddress.delete(dead.at);
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
    const place = dead.frame * 4096 + dead.offset;
    const rest = this.#byPlace.get(place)?.filter((other) => other !== dead) ?? [];
    if (rest.length) this.#byPlace.set(place, rest);
    else this.#byPlace.delete(place);
  }

  /** Forgets everything. Links and the pc cache die with the epoch. */
  flush(): void {
    this.#generation++;
    this.onInvalid();
    this.#at = arena.start + 4096;
    this.#byPlace.clear();
    this.#byFrame.clear();
    this.#byAddress.clear();
    this.codePages.fill(0);
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
    return { bits: cpu.codeBits, csBase: cpu.codeBits === 64 ? 0 : cpu.csBase, real: cpu.realOrVm };
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
    const { cpu } = this;
    const { memory } = cpu;
    if (this.#at + (maxBlock + 4) * record.size + header.size > arena.start + arena.size) this.flush();
    const at = this.#at;
    const decodeMode = this.#decodeMode();
    const bytes = this.#pageBytes(frame);
    const start = BigInt(page) * 4096n + BigInt(offset);
    let pc = start;
    let from = offset;
    let count = 0;
    let secondFrame = -1;
    let ended = false;
    while (count < maxBlock && !ended) {
      let instruction: DecodedWithEncoding | undefined;
      try {
        instruction = this.decoder.decode(bytes, from, pc, decodeMode);
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
        instruction = this.decoder.decode(crossing.bytes, crossing.start, pc, decodeMode);
      }
      if (!instruction) {
        if (count) break;
        raise(VECTOR.UD);
      }
      if (this.#offsetOf(page * 4096 + from) + instruction.length - 1 > cpu.codeLimit) {
        if (count) break;
        raise(VECTOR.GP, 0);
      }
      instruction = this.#limited(instruction);
      ended = this.#write(at + header.size + count * record.size, instruction, count, Number(pc - start));
      count++;
      from += instruction.length;
      pc = instruction.next;
      if (secondFrame >= 0 || from >= 4096) break;
    }
    if (!ended) this.#writeNext(at + header.size + count * record.size, pc, count, Number(pc - start));
    this.#at = at + header.size + (count + 2) * record.size;
    memory.view.setBigInt64(at + header.pc, start, true);
    memory.i32[(at + header.count) >> 2] = count;
    memory.i32[(at + header.valid) >> 2] = 1;
    memory.i32[(at + header.charge) >> 2] = count;
    memory.i32[(at + header.region) >> 2] = 0;
    memory.i32[(at + header.heat) >> 2] = this.heat;
    return { at, page, offset, pc: start, mode, frame, secondFrame, end: from, count, valid: true };
  }

  /** The instruction, or what replaces a near branch to beyond the limit of the code segment. */
  #limited(instruction: DecodedWithEncoding): DecodedWithEncoding {
    const { codeLimit } = this.cpu;
    if (codeLimit === Number.POSITIVE_INFINITY || instruction.description.branch !== 'direct')
      return instruction;
    for (const operand of instruction.operands) {
      if (
        operand.kind !== 'relative' ||
        this.#offsetOf(Number(BigInt.asUintN(32, operand.value))) <= codeLimit
      )
        continue;
      return { ...instruction, description: branchBeyondLimit(instruction.description) };
    }
    return instruction;
  }

  /** Writes a record; true when the block ends with it. */
  #write(at: number, instruction: DecodedWithEncoding, place: number, distance: number): boolean {
    const { view, u8, u16, i32 } = this.cpu.memory;
    const { description, operands } = instruction;
    const long = instruction.mode === 64;
    const memoryOperand = operands.find((operand): operand is MemoryOperand => operand.kind === 'memory');
    const system = description.emit === undefined;
    let slot: number;
    const generated = instruction.rep
      ? description.fast && instruction.addressSize === 64 && instruction.segment < 4
      : description.once;
    if (system && !generated) {
      slot = !memoryOperand
        ? pseudo.system
        : long
          ? formOf(memoryOperand) === 'm'
            ? pseudo.systemM
            : pseudo.systemF
          : pseudo.systemG;
    } else {
      slot = this.#slot(instruction, long);
    }
    u16[(at + record.handler) >> 1] = slot;
    u8[at + record.hot] = this.interpreter().hot.get(slot) ?? 0;
    u8[at + record.place] = place | ((memoryOperand?.scale ?? 0) << 6);
    let register = record.a as number;
    u16[(at + record.a) >> 1] = 0;
    u16[(at + record.b) >> 1] = 0;
    for (const operand of operands) {
      const offset = registerOffset(operand);
      if (offset === undefined) continue;
      if (register <= record.b) u16[(at + register) >> 1] = offset;
      register += 2;
    }
    let displacement = 0n;
    if (memoryOperand) {
      u16[(at + record.base) >> 1] =
        memoryOperand.base === undefined ? state.zero : gprOffset(memoryOperand.base);
      u16[(at + record.index) >> 1] =
        memoryOperand.index === undefined ? state.zero : gprOffset(memoryOperand.index);
      // ES, CS, SS, DS have base 0 in 64-bit mode, whatever their cached base is. Where the address is 64 bits wide
      // the base is not even read: the segment only says which exception a bad address raises.
      const flat = long && memoryOperand.segment < 4 && memoryOperand.addressSize !== 64;
      u16[(at + record.segment) >> 1] = flat
        ? segmentOffset(segmentIndex.flat)
        : segmentOffset(memoryOperand.segment);
      displacement = memoryOperand.displacement;
    } else if (description.once) u16[(at + record.segment) >> 1] = segmentOffset(instruction.segment);
    else u16[(at + record.segment) >> 1] = description.stack ? segmentOffset(segmentIndex.ss) : 0;
    u16[(at + record.distance) >> 1] = packDistance(distance, instruction.addressSize, instruction.length);
    view.setBigInt64(at + record.displacement, displacement, true);
    let immediate = 0n;
    if (system) immediate = BigInt(this.systemInstructions.push(instruction) - 1);
    else for (const operand of operands) if (operand.kind === 'immediate') immediate = operand.value;
    view.setBigInt64(at + record.immediate, BigInt.asIntN(64, immediate), true);
    if (description.branch) {
      const target = operands.find((operand) => operand.kind === 'relative');
      this.#writeLink(at + record.size, target && 'value' in target ? target.value : instruction.next);
      this.#writeLink(at + record.size + link.size, instruction.next);
      return true;
    }
    if (system && description.ends !== false) {
      i32[(at + record.size) >> 2] = 0;
      return true;
    }
    if (description.ends) {
      this.#writeNext(at + record.size, instruction.next, place + 1, distance + instruction.length);
      return true;
    }
    return false;
  }

  /** Slot of an instruction's handler. */
  #slot({ encoding, operands, sizes, size, rep }: DecodedWithEncoding, long: boolean): number {
    // What the interpreter has for a string instruction without REP is no use with it.
    const repeated = encoding.description.system !== undefined && rep !== 0;
    let forms = (long ? 1 : 0) + (repeated ? 2 : 0);
    for (const operand of operands) forms = forms * 32 + formLetter(operand, long).charCodeAt(0) - 96;
    let known = this.#slots.get(sizes);
    if (!known) this.#slots.set(sizes, (known = new Map()));
    let slot = known.get(forms);
    if (slot === undefined) {
      const form = operands.map((operand) => formLetter(operand, long)).join('');
      const single = handlerKey(encoding, size, sizes, form, long);
      const key = repeated ? repeatedKey(single) : single;
      slot = this.interpreter().slots.get(key);
      if (slot === undefined) throw new Error(`no handler '${key}' for encoding '${encoding.text}'`);
      known.set(forms, slot);
    }
    return slot;
  }

  #writeLink(at: number, pc: bigint): void {
    const { view, i32 } = this.cpu.memory;
    i32[(at + link.epoch) >> 2] = 0;
    i32[(at + link.block) >> 2] = 0;
    view.setBigInt64(at + link.pc, BigInt.asIntN(64, pc), true);
  }

  #writeNext(at: number, pc: bigint, place: number, distance: number): void {
    const { u8, u16 } = this.cpu.memory;
    u16[(at + record.handler) >> 1] = pseudo.next;
    u8[at + record.hot] = 0;
    u8[at + record.place] = place;
    u16[(at + record.distance) >> 1] = distance;
    this.#writeLink(at + record.size, pc);
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
    u8[first + record.hot] = this.interpreter().hot.get(u16[first >> 1]!) ?? 0;
    const exit = at + bytes;
    u8.copyWithin(exit, whole.at + bytes, whole.at + bytes + record.size);
    const distance = u16[(exit + record.distance) >> 1]! & 0x3ff;
    u16[(exit + record.handler) >> 1] = pseudo.exit;
    u8[exit + record.hot] = 0;
    view.setBigInt64(exit + record.immediate, whole.pc + BigInt(distance), true);
    return at;
  }
}

function formLetter(operand: Operand, long: boolean): string {
  return operand.kind === 'memory' && !long ? 'g' : formOf(operand);
}

function registerOffset(operand: Operand): number | undefined {
  switch (operand.kind) {
    case 'gpr':
      return gprOffset(operand.number, operand.high);
    case 'xmm':
      return state.xmm + operand.number * 16;
    case 'mmx':
      return state.fpr + operand.number * 16;
    case 'segment':
      return segmentOffset(operand.number) + segment.selector;
    default:
      return undefined;
  }
}
