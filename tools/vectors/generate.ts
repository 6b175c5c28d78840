import type { DecodedWithEncoding, Decoder } from '../../src/machine/x86/decoder/decoder.js';
import type { Encoding } from '../../src/machine/x86/decoder/encoding.js';
import type { MemoryOperand } from '../../src/machine/x86/operands.js';
import { assemble, hasMemoryForm, hasRegisterForm, isRepeatable, type Shape } from './assemble.js';
import { baseOf, CODE, DATA, LOW, type Mode, windows } from './layout.js';
import { numericPatches, stringLengths } from './numeric.js';
import { linearAddress } from './operand-address.js';
import { Random } from './random.js';
import { edge, inputState } from './state.js';
import { FLAGS_REGISTER, type Patch, RIP_REGISTER, startOf, type Vector } from './vector.js';

/** System instructions that user mode may run to their end. */
const unprivileged = new Set(
  'movs cmps stos lods scas enter xlat daa das aaa aas aam aad arpl rdfsbase rdgsbase fxsave fxrstor ldmxcsr stmxcsr'.split(
    ' ',
  ),
);
/** What user mode may not do at all: the exception is the outcome. */
const privileged = new Set(
  `movfc movtc movfd movtd clts lgdt lidt lldt ltr lmsw rdmsr wrmsr hlt invd wbinvd invlpg swapgs
   in out ins outs clac stac ud2`.split(/\s+/),
);
/** Described by `emit` but not to be run natively: they would end the harness's game. */
const excluded = new Set(['int3', 'int1', 'int', 'into', 'syscall', 'sysenter', 'rdtsc', 'cpuid']);

const isX87 = (name: string): boolean => name.startsWith('f') && !/^fx(save|rstor)/.test(name);

export function isTestable({ description }: Encoding): boolean {
  if (excluded.has(description.name)) return false;
  return (
    description.emit !== undefined ||
    unprivileged.has(description.name) ||
    privileged.has(description.name) ||
    isX87(description.name)
  );
}

const mask = (value: bigint, bits: number): bigint => BigInt.asUintN(bits, value);
const shiftNames = new Set(['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sar', 'shld', 'shrd']);

/** A vector in the making. */
class Draft {
  readonly registers = new Map<number, bigint>();
  readonly memory: Patch[] = [];
  fx: readonly Patch[] = [];

  constructor(
    readonly mode: Mode,
    readonly code: Uint8Array,
    readonly seed: number,
  ) {}

  get vector(): Vector {
    const { mode, code, seed, memory, fx } = this;
    const registers = [...this.registers].map(([register, value]) => ({ register, value }));
    return { mode, code, instructions: 1, seed, registers, fx, memory };
  }

  register(n: number): bigint {
    return this.registers.get(n) ?? inputState(this.seed, this.mode).gpr[n]!;
  }

  /** Sets the low `bits` of a register. */
  set(n: number, value: bigint, bits = 64): void {
    const kept = this.register(n) & ~((1n << BigInt(bits)) - 1n);
    this.registers.set(n, mask(kept | mask(value, bits), this.mode === 64 ? 64 : 32));
  }

  patch(address: number, value: bigint, bits: number): void {
    // Where there is no memory there is nothing to set, nor over the code itself, which CS reaches in 16-bit mode.
    const settable = windows.some(
      (w) => !w.executable && address > w.address - 64 && address < w.address + w.size,
    );
    if (!settable) address = DATA;
    const bytes = new Uint8Array(bits / 8);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn);
    this.memory.push({ address, bytes });
  }
}

/** A linear address for an operand: mostly plain, now and then misaligned, across pages, read-only, not mapped. */
function pickTarget(random: Random, mode: Mode, reach16: boolean): number {
  const start = reach16 ? LOW : DATA;
  const kind = random.below(32);
  if (kind < 20) return start + 0x20 + 16 * random.below(0xf0);
  if (kind < 26) return start + 0x20 + random.below(0x1f00);
  if (kind < 28) return start + 0x1000 - 1 - random.below(16);
  if (kind === 28) return start + 0x2000 - 1 - random.below(16);
  if (kind === 29 && mode === 64 && !reach16) return 0x20000000 + random.below(0x10000);
  return start + 0x2000 + random.below(0x1000);
}

/** Generates vectors for encodings. The same encoding, shape and seed give the same vector. */
export class Generator {
  constructor(readonly decoder: Decoder) {}

  /** `count` instances of every shape of an encoding in a mode. */
  *vectors(encoding: Encoding, mode: Mode, count: number, seed: number): Iterable<Vector> {
    const sized = /[vyzs]|^Is|rAX/.test(encoding.operands.map(({ text, size }) => size || text).join());
    const sizes: [boolean, boolean][] = [[false, false]];
    const general = sized || encoding.operands.length === 0;
    if (general || encoding.flags.has('w1')) {
      if (mode === 64)
        sizes.push([false, true], ...(encoding.flags.has('f64') ? [] : [[true, true] as [boolean, boolean]]));
      // Near branches in 64-bit mode ignore 66 on Intel's processors, not on AMD's: ours do, so it is not tested.
      if (encoding.prefix !== 'np' && !(mode === 64 && encoding.flags.has('f64'))) sizes.push([true, false]);
    }
    const forms = [...(hasRegisterForm(encoding) ? [false] : []), ...(hasMemoryForm(encoding) ? [true] : [])];
    for (const [operandPrefix, rexW] of sizes) {
      // 66 and REX.W together say nothing new: once is enough.
      const times = operandPrefix && rexW ? 1 : count;
      for (const memory of forms.length ? forms : [true]) {
        const shape = { mode, operandPrefix, rexW, memory };
        const name = `${encoding.description.name} ${encoding.text} ${mode} ${operandPrefix} ${rexW} ${memory}`;
        const random = new Random(hash(name) ^ seed);
        for (let i = 0; i < times; i++) {
          const vector = this.#one(encoding, shape, random);
          if (vector) yield vector;
        }
      }
    }
  }

  #decode(code: Uint8Array, mode: Mode, pc: bigint): DecodedWithEncoding | undefined {
    return this.decoder.decode(code, 0, pc, { bits: mode, csBase: baseOf(mode, 1), real: false });
  }

  #one(encoding: Encoding, shape: Shape, random: Random): Vector | undefined {
    const { mode } = shape;
    const assembled = assemble(encoding, shape, random);
    const seed = random.next();
    if (!assembled) return undefined;
    const { code } = assembled;
    const draft = new Draft(mode, code, seed);
    // Now and then across pages, or into one that is not there.
    if (random.oneIn(16)) {
      const page = random.oneIn(3) ? 0x2000 : 0x1000;
      draft.registers.set(RIP_REGISTER, BigInt(CODE + page - 1 - random.below(code.length)));
    }
    const pc = startOf(draft.vector).rip;
    let decoded = this.#decode(code, mode, pc);
    if (assembled.relative) {
      this.#aimBranch(code, assembled.relative, pc, mode, random);
      decoded = this.#decode(code, mode, pc);
    }
    // LOCK where it is not allowed: #UD whatever the operands.
    if (!decoded) return draft.vector;
    this.#aimImplied(draft, decoded, random);
    const memory = decoded.operands.find((operand): operand is MemoryOperand => operand.kind === 'memory');
    if (memory) {
      const reach16 = memory.addressSize === 16 && mode !== 16;
      const aligned = /^fx(save|rstor)/.test(decoded.description.name) && random.below(8) > 0;
      const target = pickTarget(random, mode, reach16) & (aligned ? ~15 : ~0);
      this.#aimMemory(draft, memory, target, assembled.displacement, pc, random);
      decoded = this.#decode(code, mode, pc)!;
      this.#fillMemory(draft, decoded, random);
    }
    this.#adjust(draft, decoded, random);
    draft.fx = numericPatches(decoded, seed, mode);
    if (decoded.description.name.startsWith('pcmpestr')) {
      const [a, b] = stringLengths(new Random(seed));
      if (!this.#isAddress(0, memory)) draft.set(0, a);
      if (!this.#isAddress(2, memory)) draft.set(2, b);
    }
    return isUndefined(draft, this.#decode(code, mode, pc)!) ? undefined : draft.vector;
  }

  /** Branch targets inside the code window, never inside the instruction. */
  #aimBranch(
    code: Uint8Array,
    { at, bytes }: { at: number; bytes: number },
    pc: bigint,
    mode: Mode,
    random: Random,
  ): void {
    const next = Number(pc) + code.length;
    const distance =
      bytes === 1
        ? random.oneIn(2)
          ? random.below(128)
          : -16 - random.below(112)
        : mode !== 16 && random.oneIn(8)
          ? Number(BigInt.asIntN(bytes * 8, edge(random)))
          : CODE + (random.oneIn(2) ? 0x100 : 0xe00) + random.below(0xf0) - next;
    const safe = distance < 0 && distance > -16 ? 0 : distance;
    const last = mode === 64 ? safe : Math.max(-0x7fffffff, safe);
    for (let i = 0; i < bytes; i++) code[at + i] = Number((BigInt(last) >> BigInt(8 * i)) & 0xffn);
  }

  /** Registers an instruction uses as addresses or counts without naming them. */
  #aimImplied(
    draft: Draft,
    { description: { name }, size, rep, mode }: DecodedWithEncoding,
    random: Random,
  ): void {
    const base = mode === 16 ? DATA : 0;
    const address = (): bigint => BigInt(pickTarget(random, mode, false) - base);
    if (isRepeatable(name)) {
      draft.set(6, address());
      draft.set(7, random.oneIn(3) ? draft.register(6) + BigInt(random.below(33) - 16) : address());
      if (rep) draft.set(1, BigInt(random.oneIn(12) ? random.below(0x3000) : random.below(20)));
      if (name === 'cmps' || name === 'scas') {
        const run = Array.from({ length: 32 }, () => random.pick([0x11, 0x11, 0x11, 0x80, 0x7f]));
        const bytes = Uint8Array.from(random.oneIn(2) ? run.fill(0x11, 0, 24) : run);
        draft.memory.push({ address: Number(draft.register(7)) + base, bytes: bytes.slice() });
        if (random.oneIn(2)) bytes[random.below(32)] = 0x22;
        if (name === 'cmps') draft.memory.push({ address: Number(draft.register(6)) + base, bytes });
        else if (random.oneIn(2)) draft.set(0, 0x1111111111111111n, size);
      }
    } else if (name === 'leave' || name === 'enter') {
      draft.set(5, address());
    } else if (name === 'xlat') draft.set(3, address());
    if (random.oneIn(12)) draft.set(4, address());
  }

  /** Sets the address registers or the displacement so that a memory operand is at `target`. */
  #aimMemory(
    draft: Draft,
    memory: MemoryOperand,
    target: number,
    displacement: { at: number; bytes: number } | undefined,
    pc: bigint,
    random: Random,
  ): void {
    const { mode, code } = draft;
    const { base, index, scale, addressSize } = memory;
    const offset = BigInt(target) - BigInt(baseOf(mode, memory.segment));
    const put = (value: bigint): void => {
      if (!displacement) return;
      for (let i = 0; i < displacement.bytes; i++)
        code[displacement.at + i] = Number((mask(value, 64) >> BigInt(8 * i)) & 0xffn);
    };
    const known = BigInt.asIntN(64, memory.displacement);
    const factor = 1n << BigInt(scale);
    if (base !== undefined && index === base) {
      draft.set(base, (offset - known) / (1n + factor), addressSize);
    } else if (base !== undefined) {
      const rest = index === undefined ? 0n : draft.register(index) * factor;
      // Now and then an address that is not canonical.
      const wild = mode === 64 && random.oneIn(40) ? 1n << 60n : 0n;
      draft.set(base, offset - rest - known + wild, addressSize);
    } else if (index !== undefined) {
      const value = BigInt(random.below(0x10000)) - 0x8000n;
      draft.set(index, value, addressSize);
      put(offset - value * factor);
    } else {
      // RIP-relative operands were decoded as absolute ones: recognised by what the displacement field holds.
      const field = displacement ? fieldOf(code, displacement) : known;
      const relative = field !== known && mode === 64 && displacement?.bytes === 4;
      put(relative ? offset - (pc + BigInt(code.length)) : offset);
    }
  }

  #fillMemory(draft: Draft, decoded: DecodedWithEncoding, random: Random): void {
    const memory = decoded.operands.find((operand): operand is MemoryOperand => operand.kind === 'memory')!;
    const { size } = memory;
    if (decoded.description.name === 'lea') return;
    const address = Number(linearOf(draft, memory));
    const value = size > 64 ? (edge(random) << 64n) | edge(random) : edge(random);
    draft.patch(address, value, size);
  }

  /** What makes an instruction's interesting cases likely. */
  #adjust(draft: Draft, decoded: DecodedWithEncoding, random: Random): void {
    const { description, operands, size, mode } = decoded;
    const { name } = description;
    const { code } = draft;
    const target = operands[0];
    const memory = operands.find((operand): operand is MemoryOperand => operand.kind === 'memory');
    const setOperand = (n: number, value: bigint): void => {
      const operand = operands[n];
      if (operand?.kind === 'memory') {
        draft.memory.pop();
        draft.patch(Number(linearOf(draft, operand)), value, operand.size);
      } else if (operand?.kind === 'gpr' && !operand.high && !this.#isAddress(operand.number, memory))
        draft.set(operand.number, value, operand.size);
    };
    const readTarget = (): bigint =>
      target?.kind === 'memory'
        ? draft.memory.at(-1)!.bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
        : target?.kind === 'gpr'
          ? mask(draft.register(target.number), size)
          : 0n;
    if (shiftNames.has(name)) {
      const count = random.pick([0, 1, 1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, random.below(256)]);
      if (operands.at(-1)?.kind === 'gpr') {
        if (!this.#isAddress(1, memory)) draft.set(1, BigInt(count), 8);
      } else if (operands.at(-1)?.size === 8 && !/,1/.test(decoded.encoding.text))
        code[code.length - 1] = count;
    } else if (name === 'div' || name === 'idiv') {
      if (random.below(4) > 0) {
        const high = random.oneIn(2) ? BigInt(random.below(4)) : name === 'idiv' ? -1n : 0n;
        if (size === 8) draft.set(0, (high << 8n) | mask(draft.register(0), 8), 16);
        else if (!this.#isAddress(2, memory)) draft.set(2, high, size);
        if (random.oneIn(2)) setOperand(0, edge(random) | (1n << BigInt(size - 3)));
      }
      if (random.oneIn(10)) setOperand(0, 0n);
    } else if (name === 'cmpxchg') {
      if (random.oneIn(2) && !this.#isAddress(0, memory)) draft.set(0, readTarget(), size);
    } else if (name === 'cmpxchg8b' || name === 'cmpxchg16b') {
      const half = name === 'cmpxchg8b' ? 32 : 64;
      if (random.below(3) > 0 && !this.#isAddress(0, memory) && !this.#isAddress(2, memory)) {
        const value = readTarget();
        draft.set(0, value, half);
        draft.set(2, value >> BigInt(half), half);
      }
    } else if (/^bt[scr]?$/.test(name) && operands[1]?.kind === 'gpr' && target?.kind === 'memory') {
      if (random.below(8) > 0) setOperand(1, BigInt(random.below(4096) - 2048));
    } else if (name === 'jmpr' || name === 'callr') {
      setOperand(0, BigInt(CODE - baseOf(mode, 1) + 0x100 + random.below(0x80)));
    } else if (name === 'ret') {
      const base = mode === 16 ? DATA : 0;
      const value = BigInt(CODE - baseOf(mode, 1) + 0x100 + random.below(0x80));
      draft.patch(Number(draft.register(4)) + base, value, size);
    } else if (name === 'popf') {
      // TF would trap on the breakpoint, AC on a misaligned access of the harness; NT and ID would stay set for good.
      const base = mode === 16 ? DATA : 0;
      draft.patch(Number(draft.register(4)) + base, edge(random) & ~0x244100n, size);
    } else if (/^(loop|jcxz)/.test(name)) {
      if (random.below(4) > 0) draft.set(1, BigInt(random.below(3)), random.pick([16, 32, 64]));
    } else if (name === 'bound') {
      // Lower and upper bound around the value.
      const value = mask(draft.register((target as { number: number }).number), size);
      const near = (): bigint => value + BigInt(random.below(5) - 2);
      const [low, high] = random.oneIn(2) ? [near(), near()] : [value - 5n, value + 5n];
      draft.memory.length = 0;
      draft.patch(
        Number(linearOf(draft, memory!)),
        mask(low, size) | (mask(high, size) << BigInt(size)),
        2 * size,
      );
    } else if (name === 'ldmxcsr') {
      if (random.below(4) > 0) setOperand(0, edge(random) & 0xffffn);
    } else if (name === 'fxrstor') {
      const start = Number(linearOf(draft, memory!));
      draft.memory.length = 0;
      draft.patch(start, edge(random) & 0xff_3fff_ffffn, 64);
      draft.patch(start + 24, edge(random) & (random.below(8) > 0 ? 0xffffn : 0xffffffffn), 32);
    } else if (name === 'enter') {
      code[code.length - 1] = random.oneIn(8) ? random.below(256) : random.below(6);
      if (random.below(4) > 0) code[code.length - 2] = 0;
    }
    // In 16-bit mode the upper halves of index registers would make every access fault.
    if (!draft.registers.has(FLAGS_REGISTER) && random.oneIn(16)) draft.registers.set(FLAGS_REGISTER, 0x202n);
  }

  #isAddress(register: number, memory: MemoryOperand | undefined): boolean {
    return memory !== undefined && (memory.base === register || memory.index === register);
  }
}

/** Linear address of a memory operand under the registers of a draft. */
const linearOf = (draft: Draft, operand: MemoryOperand): bigint =>
  linearAddress(operand, draft.mode, (register) => draft.register(register));

function fieldOf(code: Uint8Array, { at, bytes }: { at: number; bytes: number }): bigint {
  let value = 0n;
  for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(code[at + i]!);
  return BigInt.asIntN(bytes * 8, value);
}

/** SHLD and SHRD of 16 bits by more than 16: Intel's and AMD's processors differ. */
function isUndefined(draft: Draft, { description, size, operands }: DecodedWithEncoding): boolean {
  if (size !== 16 || (description.name !== 'shld' && description.name !== 'shrd')) return false;
  const count = operands[2]!;
  return ((count.kind === 'immediate' ? count.value : draft.register(1)) & 31n) > 16n;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
