import { VECTOR } from '../../abi/x86/vectors.js';
import type { Code } from '../engine/code.js';
import type { Flow } from '../engine/flow.js';
import type { HandlerTable } from '../engine/interpreter/interpreter.js';
import { record } from '../engine/record.js';
import { isCanonical } from './canonical.js';
import {
  type DecodedWithEncoding,
  type DecodeMode,
  type Decoder,
  needsMore,
  tooLong,
} from './decoder/decoder.js';
import { RecordWriter } from './decoder/record-writer.js';
import { raise } from './exceptions/fault.js';
import { flowOf, type X86Handler } from './handlers.js';
import type { Decoded, InstructionDescription } from './instruction.js';
import type { Processor } from './processor.js';
import { unusualBranch } from './segments/near-branch.js';

/** What `read` says of instructions that cannot be executed. */
const problem = { unknown: -1, tooLong: -2 } as const;

/** Reads the guest's code as its segments and modes have it. */
export class X86Code implements Code {
  /** System instructions by the number that their records hold. */
  readonly systemInstructions: Decoded[] = [];
  /** Intel SDM vol. 2, §2.3.11. */
  readonly longest = 15;
  readonly #writer: RecordWriter;
  #decodeMode: DecodeMode | undefined;
  /** Linear address of the block being read, and of its next instruction in signed halves. */
  #start = 0;
  nextLow = 0;
  nextHigh = 0;

  constructor(
    readonly cpu: Processor,
    readonly decoder: Decoder,
    readonly interpreter: HandlerTable<X86Handler>,
  ) {
    this.#writer = new RecordWriter(cpu.memory, interpreter, this.systemInstructions);
  }

  get mode(): number {
    return this.cpu.modeKey;
  }

  fetchFrame(page: number, offset: number): number {
    return this.cpu.engine.fetchFrame(page, offset);
  }

  /** #GP(0) when they are not all inside the code segment. */
  checkFetch(page: number, offset: number, bytes: number): void {
    const { codeLimit } = this.cpu;
    if (codeLimit === Number.POSITIVE_INFINITY) return;
    if (this.#offsetOf(page * 4096 + offset) + bytes - 1 > codeLimit) raise(VECTOR.GP, 0);
  }

  /** Offset in the code segment of a linear address below 4 GiB. */
  #offsetOf(linear: number): number {
    return (linear - this.cpu.csBase) >>> 0;
  }

  #modeNow(): DecodeMode {
    const { cpu } = this;
    return {
      bits: cpu.codeBits,
      csBase: cpu.codeBits === 64 ? 0 : cpu.csBase,
      real: cpu.realOrVm,
      narrowBranches: cpu.vendor === 'amd',
    };
  }

  begin(page: number, offset: number): void {
    this.#decodeMode = this.#modeNow();
    this.#start = page * 4096 + offset;
    this.nextLow = (page * 4096) | offset;
    this.nextHigh = Math.floor(page / 0x100000) | 0;
  }

  read(bytes: Uint8Array, start: number, end: number, distance: number): number {
    const { decoder, cpu } = this;
    try {
      if (!decoder.read(bytes, start, end, this.nextLow, this.nextHigh, this.#decodeMode!))
        return problem.unknown;
    } catch (reason) {
      if (reason === tooLong) return problem.tooLong;
      if (reason !== needsMore) throw reason;
      return 0;
    }
    const { length } = decoder.parts;
    if (
      cpu.codeLimit !== Number.POSITIVE_INFINITY &&
      this.#offsetOf(this.#start + distance) + length - 1 > cpu.codeLimit
    )
      return problem.tooLong;
    return length;
  }

  /** #UD; #GP(0) of one that is too long, or goes beyond its segment. */
  refuse(why: number): never {
    if (why === problem.tooLong) raise(VECTOR.GP, 0);
    raise(VECTOR.UD);
  }

  write(at: number, place: number, distance: number): number {
    const { parts } = this.decoder;
    this.nextLow = parts.nextLow;
    this.nextHigh = parts.nextHigh;
    return this.#writer.write(at, parts, place, distance, this.#instead());
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

  forget(): void {
    this.systemInstructions.length = 0;
    this.cpu.engine.epochs.bump();
  }

  /** The system instruction of a record. */
  systemInstruction(rec: number): Decoded {
    return this.systemInstructions[this.cpu.memory.i32[(rec + record.immediate) >> 2]!]!;
  }

  /** How control goes on behind the instruction of a record. */
  flow(rec: number): Flow {
    const handler = this.interpreter.made[this.cpu.memory.u16[(rec + record.handler) >> 1]!];
    const flow = handler && flowOf(handler);
    if (flow) return flow;
    return this.systemInstruction(rec).description.ends === false ? 'next' : 'leave';
  }

  /** The instruction at an address, for diagnosis: undefined when it cannot be fetched or decoded. */
  peek(pc: bigint): DecodedWithEncoding | undefined {
    const page = Number(pc >> 12n);
    const offset = Number(pc & 0xfffn);
    try {
      const { bytes, start } = this.cpu.blocks.bytesAt(page, offset);
      return this.decoder.decode(bytes, start, pc, this.#modeNow());
    } catch {
      return undefined;
    }
  }
}
