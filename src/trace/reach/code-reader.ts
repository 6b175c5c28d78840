import type { DecodeMode, Decoder } from '../../machine/x86/decoder/decoder.js';
import type { Stretch } from './skipped.js';
import { longest, unknownLength } from './unknown-instruction.js';

const mode: DecodeMode = { bits: 64, csBase: 0, real: false };
/** The high half of a kernel's addresses. */
const high = -1;
/** NOP r/m, behind 0F. */
const longNop = 0x1f;

/** Control does not go on behind these; `int3` fills the space between functions. */
const endings: ReadonlySet<string> = new Set([
  'ud2',
  'int3',
  'iret',
  'sysret',
  'sysexit',
  'jmpf',
  'retf',
  'retfn',
]);
const returns: ReadonlySet<string> = new Set(['iret', 'sysret', 'sysexit', 'jmpf', 'retf', 'retfn']);

/** Link-time addresses, signed. */
export interface CodeReferences {
  readonly jump: (target: number) => void;
  readonly call: (target: number) => void;
  /** An address that is taken, or at which something is read or written; `indexed`: with a register added. */
  readonly address: (value: number, indexed: boolean) => void;
  /** What may be one. */
  readonly guess: (value: number) => void;
}

/** How a piece of code ends. */
export interface CodeEnd {
  /** It returns, or jumps to where a register or memory says. */
  readonly returns: boolean;
  /** Control may go on behind it; a number: if the function that is called last returns. */
  readonly goesOn: boolean | number;
}

export interface Code extends Stretch {
  /** From the file's first byte. */
  readonly offset: number;
}

/** Reads 64-bit code for where it goes and what it refers to. */
export class CodeReader {
  readonly #decoder: Decoder;
  readonly #view: DataView;

  constructor(
    decoder: Decoder,
    readonly bytes: Uint8Array,
  ) {
    this.#decoder = decoder;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset);
  }

  /** Tells what a piece of code refers to, from its first instruction to its end, or to where control leaves it (`once`). */
  read({ start, end, offset }: Code, found: CodeReferences, once = false): CodeEnd {
    const { bytes } = this;
    const until = offset + (end - start);
    let isReturning = false;
    let goesOn: boolean | number = true;
    for (let address = start; address < end; ) {
      const at = offset + (address - start);
      if (!this.#decode(at, until, address)) {
        const length = unknownLength(bytes, at);
        const size = Math.min(length || longest, end - address);
        if (length === 0) {
          this.guess({ start: address, end, offset: at }, [0], found.guess);
          return { returns: true, goesOn: true };
        }
        this.guess({ start: address, end: address + size, offset: at }, [0], found.guess);
        address += size;
        goesOn = true;
        continue;
      }
      const { parts } = this.#decoder;
      const { flow, name } = parts.description;
      const { length, opcode } = parts;
      const target = this.#tell(found);
      const leaves = flow === 'jump' || flow === 'indirect-jump' || flow === 'return' || endings.has(name);
      isReturning ||= flow === 'indirect-jump' || flow === 'return' || returns.has(name);
      if (leaves && once) break;
      // What fills the space behind the last instruction leads nowhere new.
      const isFilling = name === 'nop' || (name === 'hint' && opcode === longNop);
      if (leaves) goesOn = false;
      else if (!isFilling) goesOn = flow === 'call' && target !== undefined ? target : true;
      address += length;
    }
    return { returns: isReturning, goesOn };
  }

  /** Tells of every four bytes what they may refer to, as an address less one of `bases`, or as a distance. */
  guess({ start, end, offset }: Code, bases: readonly number[], found: (value: number) => void): void {
    for (let i = 0; i + 4 <= end - start; i++) {
      const value = this.#view.getInt32(offset + i, true);
      for (const base of bases) found((base + value) | 0);
      // Behind the field may stand an immediate of no, one or four bytes.
      for (const behind of [4, 5, 8]) found((start + i + behind + value) | 0);
    }
  }

  #decode(at: number, end: number, address: number): boolean {
    try {
      return this.#decoder.read(this.bytes, at, end, address | 0, high, mode);
    } catch {
      // It would go on behind the end.
      return false;
    }
  }

  /** What the instruction refers to that was read last; where it calls or jumps to. */
  #tell(found: CodeReferences): number | undefined {
    const { parts } = this.#decoder;
    const { shape } = parts;
    if (parts.memory >= 0) found.address(parts.displacementLow, parts.base >= 0 || parts.index >= 0);
    if (!shape.relative) {
      if (shape.immediate >= 0) found.address(parts.valueLow[shape.immediate]! | 0, false);
      return undefined;
    }
    const target = parts.valueLow[0]!;
    if (parts.description.flow === 'call') found.call(target);
    else found.jump(target);
    return target;
  }
}
