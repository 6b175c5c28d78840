import type { Decoded, InstructionDescription } from '../instruction.js';
import type { Operand, Size } from '../operands.js';
import type { Candidate, Shape } from './candidate.js';
import type { Encoding } from './encoding.js';
import { FROM, type OperandSource } from './operand-source.js';

/** An instruction with the encoding that matched. */
export interface DecodedWithEncoding extends Decoded {
  readonly encoding: Encoding;
  readonly sizes: readonly (Size | undefined)[];
}

/** Most operands of an instruction. */
export const mostOperands = 4;

/**
 * The instruction that was read last, in numbers: making objects and BigInts of each would take longer than reading it.
 * 64-bit values are signed 32-bit halves. One object, reused.
 */
export class Parts {
  candidate!: Candidate;
  shape!: Shape;
  mode: 16 | 32 | 64 = 64;
  /** Linear address of its first byte, and of the next instruction. */
  low = 0;
  high = 0;
  nextLow = 0;
  nextHigh = 0;
  length = 0;
  opcode = 0;
  modrm = 0;
  lock = false;
  rep: 0 | 0xf2 | 0xf3 = 0;
  addressSize: 16 | 32 | 64 = 64;
  /** Segment override or the default of the memory operand. */
  segment = 3;
  /** Which operand is memory; -1: none. */
  memory = -1;
  /** Numbers of the registers in its address; -1: none. */
  base = -1;
  index = -1;
  scale = 0;
  displacementLow = 0;
  displacementHigh = 0;
  /** There is a REX prefix. */
  rex = false;
  /** By operand: number of the register it is, -1: none; where that stands in the state, 0: no record names it. */
  readonly registers: number[] = new Array(mostOperands).fill(-1);
  readonly places: number[] = new Array(mostOperands).fill(0);
  /** By operand: the value it is, if it is one; as wide as the operand, without sign but for branch targets. */
  readonly valueLow: number[] = new Array(mostOperands).fill(0);
  readonly valueHigh: number[] = new Array(mostOperands).fill(0);
  /** Of a far pointer. */
  selector = 0;

  get description(): InstructionDescription {
    return this.candidate.encoding.description;
  }

  /** The instruction as an object of its own. */
  decoded(): DecodedWithEncoding {
    const { encoding } = this.candidate;
    const { sizes, size, sources } = this.shape;
    return {
      description: encoding.description,
      encoding,
      pc: joined(this.low, this.high),
      next: joined(this.nextLow, this.nextHigh),
      length: this.length,
      operands: sources.map((source, i) => this.#operand(source, i)),
      sizes,
      size,
      addressSize: this.addressSize,
      mode: this.mode,
      lock: this.lock,
      rep: this.rep,
      segment: this.segment,
      opcode: this.opcode,
      modrm: this.modrm,
    };
  }

  #operand(source: OperandSource, i: number): Operand {
    const { from, size } = source;
    if (this.registers[i]! >= 0) return source.register(this.registers[i]!, this.rex)!;
    if (this.memory === i) {
      return {
        kind: 'memory',
        size,
        segment: this.segment,
        base: this.base < 0 ? undefined : this.base,
        index: this.index < 0 ? undefined : this.index,
        scale: this.scale,
        displacement: joined(this.displacementLow, this.displacementHigh),
        addressSize: this.addressSize,
      };
    }
    const value = joined(this.valueLow[i]!, this.valueHigh[i]!);
    if (from === FROM.relative) return { kind: 'relative', size, value };
    const unsigned = BigInt.asUintN(64, value);
    if (from === FROM.far) return { kind: 'far', size, value: unsigned, selector: this.selector };
    return { kind: 'immediate', size, value: unsigned };
  }
}

/** A signed number of two halves. */
function joined(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}
