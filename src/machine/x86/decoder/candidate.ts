import type { BranchFlow } from '../instruction.js';
import type { Size } from '../operands.js';
import { type Encoding, operandSize, operationSize } from './encoding.js';
import { FROM, OperandSource } from './operand-source.js';

/** What an instruction is besides its opcode and reg field, as far as its encoding may ask for it. */
export const IS = {
  /** In 64-bit mode; in real-address or virtual-8086 mode. */
  long: 1,
  real: 2,
  rexW: 4,
  rexB: 8,
  p66: 16,
  f3: 32,
  f2: 64,
  /** Its r/m operand is memory. */
  memory: 128,
} as const;

const directFlows: ReadonlySet<BranchFlow | undefined> = new Set(['jump', 'call', 'conditional']);

/** An encoding under one operand size attribute. */
export class Shape {
  readonly sizes: readonly (Size | undefined)[];
  readonly size: Size;
  readonly sources: readonly OperandSource[];
  /** Its operand is a branch target. */
  readonly relative: boolean;
  /** Its last operand that is a number and no address; -1: none. */
  readonly immediate: number;
  /** A place for who makes records: handlers by how the rest of the instruction is; -1: not known yet. */
  readonly handlers = new Int32Array(16).fill(-1);

  constructor({ operands }: Encoding, attribute: 16 | 32 | 64, rexW: boolean) {
    this.sizes = operands.map((code) => operandSize(code, attribute, rexW));
    this.size = operationSize(this.sizes, attribute);
    this.sources = operands.map((code, i) => new OperandSource(code, attribute, this.sizes[i] ?? this.size));
    this.relative = this.sources.some(({ from }) => from === FROM.relative);
    this.immediate = this.sources.findLastIndex(
      ({ from }) => from === FROM.immediate || from === FROM.constant,
    );
  }
}

/** An encoding prepared for matching: everything the decoder asks of it as plain numbers and booleans. */
export class Candidate {
  /** Bits of `IS` that it asks about, and those of them that must be set. */
  readonly asks: number;
  readonly wants: number;
  /** Range of the modrm byte. */
  readonly firstModrm: number;
  readonly lastModrm: number;
  readonly needsModrm: boolean;
  /** The modrm byte may name memory. */
  readonly mayBeMemory: boolean;
  readonly force64: boolean;
  readonly default64: boolean;
  /** 66, F3 or F2 is part of the opcode. */
  readonly consumes66: boolean;
  readonly consumesRep: boolean;
  /** LOCK is allowed with a memory destination, and always. */
  readonly lock: boolean;
  readonly lockAlways: boolean;
  /** What the description says, asked here since descriptions are objects of many shapes. */
  readonly system: boolean;
  readonly fast: boolean;
  readonly once: boolean;
  readonly stack: boolean;
  readonly branch: boolean;
  readonly direct: boolean;
  readonly ends: boolean;
  /** By operand size attribute, with and without REX.W. */
  readonly #shapes: (Shape | undefined)[] = new Array(8).fill(undefined);

  constructor(readonly encoding: Encoding) {
    const { prefix, modrm, flags, operands, description } = encoding;
    const has = (kinds: string): boolean => operands.some(({ kind }) => kind !== '=' && kinds.includes(kind));
    let asks = 0;
    let wants = 0;
    const ask = (about: number, wanted: number): void => {
      asks |= about;
      wants |= wanted;
    };
    if (prefix === 'np') ask(IS.p66 | IS.f3 | IS.f2, 0);
    else if (prefix === '66') ask(IS.p66 | IS.f3 | IS.f2, IS.p66);
    else if (prefix) ask(IS.f3 | IS.f2, IS[prefix]);
    if (flags.has('mem') || has('M')) ask(IS.memory, IS.memory);
    else if (flags.has('reg') || (has('RUN') && !flags.has('anymod'))) ask(IS.memory, 0);
    if (flags.has('i64')) ask(IS.long, 0);
    if (flags.has('o64')) ask(IS.long, IS.long);
    if (flags.has('w1')) ask(IS.rexW, IS.rexW);
    else if (flags.has('w0')) ask(IS.rexW, 0);
    if (flags.has('b0')) ask(IS.rexB, 0);
    if (flags.has('real')) ask(IS.real, 0);
    this.asks = asks;
    this.wants = wants;
    this.firstModrm = modrm ? modrm.first : 0;
    this.lastModrm = modrm ? modrm.first + modrm.count - 1 : 255;
    this.needsModrm = encoding.needsModrm;
    // MOV to and from control and debug registers takes any modrm as a register's.
    this.mayBeMemory = encoding.needsModrm && !has('CD');
    this.force64 = flags.has('f64');
    this.default64 = flags.has('d64');
    this.consumes66 = prefix === '66';
    this.consumesRep = prefix === 'f3' || prefix === 'f2';
    this.lock = description.lock === true;
    this.lockAlways = description.lock === 'register';
    this.system = description.emit === undefined;
    this.fast = description.fast !== undefined;
    this.once = description.once !== undefined;
    this.stack = description.stack === true;
    this.branch = description.flow !== undefined;
    this.direct = directFlows.has(description.flow);
    this.ends = this.system ? description.ends !== false : description.ends === true;
  }

  /** Whether it can have this reg field in its modrm byte. */
  hasDigit(digit: number): boolean {
    const { encoding, firstModrm, lastModrm } = this;
    if (encoding.digit !== undefined && encoding.digit !== digit) return false;
    for (let modrm = firstModrm; modrm <= lastModrm; modrm++) if (((modrm >> 3) & 7) === digit) return true;
    return false;
  }

  shape(attribute: 16 | 32 | 64, rexW: boolean): Shape {
    const at = (attribute >> 4) - 1 + (rexW ? 4 : 0);
    return (this.#shapes[at] ??= new Shape(this.encoding, attribute, rexW));
  }
}

const specificity = (e: Encoding): number =>
  (e.modrm ? 8 : 0) +
  (e.prefix ? 4 : 0) +
  (e.digit !== undefined ? 2 : 0) +
  (e.flags.has('w1') || e.flags.has('b0') || e.flags.has('mem') || e.flags.has('reg') ? 1 : 0);

/** The encodings of one opcode, most specific first. */
export class Row {
  readonly candidates: readonly Candidate[];
  readonly hasModrm: boolean;
  /** By reg field, where there is a modrm byte. */
  readonly byDigit: readonly (readonly Candidate[])[];

  constructor(encodings: readonly Encoding[]) {
    const sorted = [...encodings].sort((a, b) => specificity(b) - specificity(a));
    this.candidates = sorted.map((encoding) => new Candidate(encoding));
    this.hasModrm = encodings.some(({ needsModrm }) => needsModrm);
    this.byDigit = this.hasModrm
      ? Array.from({ length: 8 }, (_, digit) => this.candidates.filter((c) => c.hasDigit(digit)))
      : [];
  }
}
