import {
  CpuidFeature,
  DecoderOptions,
  Decoder as IcedDecoder,
  Instruction,
  Mnemonic,
  OpKind,
  Register,
} from 'iced-x86';
import type { DecodedWithEncoding } from '../../src/machine/x86/decoder/decoder.js';
import type { MemoryOperand, Operand } from '../../src/machine/x86/operands.js';
import type { Mode } from './layout.js';

/** Reserved hints are NOP, and TZCNT and LZCNT are what they are without BMI1 and LZCNT. */
const options =
  DecoderOptions.ForceReservedNop |
  DecoderOptions.NoMPFX_0FBC |
  DecoderOptions.NoMPFX_0FBD |
  DecoderOptions.NoWbnoinvd;

/** iced-x86 as the decoder's reference: decodes a stretch of bytes, one instruction object for all. */
export class Reference {
  readonly #decoder: IcedDecoder;
  readonly instruction = new Instruction();
  readonly #address: bigint;

  constructor(bytes: Uint8Array, mode: Mode, address: bigint) {
    this.#decoder = new IcedDecoder(mode, bytes, options);
    this.#address = address;
  }

  /** The instruction at an offset; its fields are good until the next call. */
  at(offset: number): Instruction {
    this.#decoder.position = offset;
    this.#decoder.ip = this.#address + BigInt(offset);
    this.#decoder.decodeOut(this.instruction);
    return this.instruction;
  }

  free(): void {
    this.instruction.free();
    this.#decoder.free();
  }
}

/** Spelled by operand size or by form, one instruction to us. */
const variants: readonly (readonly [string, readonly string[]])[] = [
  ['sysret', ['sysretq']],
  ['sysexit', ['sysexitq']],
  ['fneni', ['fndisi', 'fnsetpm']],
  ['fwait', ['wait']],
  ['fxsave', ['fxsave64']],
  ['fxrstor', ['fxrstor64']],
  ['xsave', ['xsave64']],
  ['xrstor', ['xrstor64']],
  ['xsaveopt', ['xsaveopt64']],
  ['pextrd', ['extractps']],
  ['pextrw2', ['pextrw']],
];

const conditionNames: Record<string, string> = { ae: 'nb', a: 'nbe', e: 'z', ne: 'nz', ge: 'nl', g: 'nle' };
/** Our names of what iced-x86 calls otherwise. */
const aliases: Record<string, readonly string[]> = {
  imul: ['imul1', 'imul2', 'imul3'],
  jmp: ['jmp', 'jmpr', 'jmpf'],
  call: ['call', 'callr', 'callf'],
  pop: ['pop', 'popm', 'pops'],
  nop: ['nop', 'hint'],
  reservednop: ['hint'],
  sal: ['shl'],
  xlatb: ['xlat'],
  lfence: ['fence'],
  mfence: ['fence'],
  sfence: ['fence'],
  jcxz: ['jcxz'],
  jecxz: ['jcxz'],
  jrcxz: ['jcxz'],
  // With REX.B it is an exchange, as processors do.
  pause: ['nop', 'xchg'],
  mov: ['mov', 'movfs', 'movts', 'movfc', 'movtc', 'movfd', 'movtd'],
  push: ['push', 'pushs'],
  retf: ['retf', 'retfn'],
};
for (const name of ['fld', 'fst', 'fstp']) aliases[name] = [name, `${name}r`];
for (const [ours, theirs] of variants) for (const name of theirs) aliases[name] = [ours, name];
for (const name of ['movntq', 'movq2dq', 'movdq2q']) aliases[name] = [name, 'movq'];
for (const name of ['movd', 'movq']) aliases[name] = ['movd', 'movq'];
for (const name of ['cvtsi2ss', 'cvtsi2sd', 'cvtss2si', 'cvtsd2si', 'cvttss2si', 'cvttsd2si'])
  aliases[name] = [name, `${name}64`];
for (const name of ['cbw', 'cwde', 'cdqe']) aliases[name] = ['cbw/cwde/cdqe'];
for (const name of ['cwd', 'cdq', 'cqo']) aliases[name] = ['cwd/cdq/cqo'];
for (const name of ['pushf', 'popf', 'pusha', 'popa', 'iret']) {
  for (const suffix of ['', 'd', 'q']) aliases[`${name}${suffix}`] = [name];
  aliases[`${name.slice(0, -1)}aw`] ??= [name];
}
for (const name of ['movs', 'cmps', 'stos', 'lods', 'scas', 'ins', 'outs']) {
  for (const suffix of 'bwdq') aliases[`${name}${suffix}`] = [name, `${name}${suffix}`];
}

const mnemonicNames = Object.entries(Mnemonic as unknown as Record<string, number | string>).reduce<string[]>(
  (names, [name, value]) => {
    if (typeof value === 'number') names[value] = name.toLowerCase();
    return names;
  },
  [],
);
/** The mnemonic in lower case. */
export const mnemonicOf = (instruction: Instruction): string => mnemonicNames[instruction.mnemonic]!;

function namesMatch(ours: string, theirs: string): boolean {
  if (ours === theirs) return true;
  const known = aliases[theirs];
  if (known) return known.includes(ours);
  if (theirs.startsWith('prefetch')) return ours === 'hint';
  const conditional = /^(j|set|cmov)(.+)$/.exec(theirs);
  return (
    conditional !== null && ours === conditional[1] + (conditionNames[conditional[2]!] ?? conditional[2]!)
  );
}

interface RegisterName {
  readonly kind: Operand['kind'];
  readonly number: number;
  readonly size: number;
  readonly high?: boolean;
}

const registers = new Map<number, RegisterName>();
{
  const names = Register as unknown as Record<string, number>;
  const add = (name: string, register: RegisterName): void => void registers.set(names[name]!, register);
  for (const [number, name] of ['AX', 'CX', 'DX', 'BX', 'SP', 'BP', 'SI', 'DI'].entries()) {
    add(name, { kind: 'gpr', number, size: 16 });
    add(`E${name}`, { kind: 'gpr', number, size: 32 });
    add(`R${name}`, { kind: 'gpr', number, size: 64 });
    if (number >= 4) add(`${name}L`, { kind: 'gpr', number, size: 8 });
  }
  for (const [number, name] of ['AL', 'CL', 'DL', 'BL'].entries())
    add(name, { kind: 'gpr', number, size: 8 });
  for (const [i, name] of ['AH', 'CH', 'DH', 'BH'].entries())
    add(name, { kind: 'gpr', number: i + 4, size: 8, high: true });
  for (let number = 8; number < 16; number++) {
    for (const [suffix, size] of [
      ['L', 8],
      ['W', 16],
      ['D', 32],
      ['', 64],
    ] as const)
      add(`R${number}${suffix}`, { kind: 'gpr', number, size });
  }
  for (const [number, name] of ['ES', 'CS', 'SS', 'DS', 'FS', 'GS'].entries())
    add(name, { kind: 'segment', number, size: 16 });
  for (let number = 0; number < 16; number++) {
    add(`XMM${number}`, { kind: 'xmm', number, size: 128 });
    add(`CR${number}`, { kind: 'control', number, size: 64 });
    add(`DR${number}`, { kind: 'debug', number, size: 64 });
    if (number >= 8) continue;
    add(`MM${number}`, { kind: 'mmx', number, size: 64 });
    add(`ST${number}`, { kind: 'st', number, size: 80 });
  }
}

/**
 * Instructions whose general register iced-x86 says to be wider or narrower than what is used of it (MOVSXD with a 66
 * prefix, IN and OUT with REX.W, whatever takes a selector).
 */
const wordRegisters =
  /^(arpl|lar|lsl|lldt|ltr|verr|verw|sldt|str|smsw|lmsw|in|out|movsxd|movmskp[sd]|pmovmskb|p(extr|insr)[bw]|extractps)$/;

const isNarrow = (theirs: Instruction): boolean =>
  wordRegisters.test(mnemonicOf(theirs)) ||
  (theirs.op0Kind === OpKind.Register && registers.get(theirs.op0Register)?.kind === 'segment');

const registerText = (register: Pick<RegisterName, 'kind' | 'number' | 'size' | 'high'>): string =>
  `${register.kind}${register.number}${register.high ? 'h' : ''}${register.kind === 'gpr' ? `:${register.size}` : ''}`;

function compareMemory(ours: MemoryOperand, theirs: Instruction, mode: Mode): string | undefined {
  const part = (register: Register): RegisterName | undefined => registers.get(register);
  const relative = theirs.isIpRelMemoryOperand;
  const base = relative ? undefined : part(theirs.memoryBase);
  let index = part(theirs.memoryIndex);
  const size = (base ?? index)?.size;
  if (size !== undefined && size !== ours.addressSize)
    return `address size ${size}, ours ${ours.addressSize}`;
  if (base?.number !== ours.base) return `base ${base?.number}, ours ${ours.base}`;
  if (index?.number !== ours.index) return `index ${index?.number}, ours ${ours.index}`;
  const scale = Math.log2(theirs.memoryIndexScale);
  if (index && scale !== ours.scale) return `scale ${scale}, ours ${ours.scale}`;
  index = part(theirs.memorySegment);
  // In 64-bit mode an override of ES, CS, SS or DS says nothing.
  const flat = mode === 64 && ours.segment < 4 && index!.number < 4;
  if (index?.number !== ours.segment && !flat) return `segment ${index?.number}, ours ${ours.segment}`;
  const displacement = BigInt.asUintN(ours.addressSize, theirs.memoryDisplacement);
  if (displacement !== BigInt.asUintN(ours.addressSize, ours.displacement))
    return `displacement ${displacement.toString(16)}, ours ${ours.displacement.toString(16)}`;
  return undefined;
}

function compareOperand(ours: Operand, theirs: Instruction, n: number, mode: Mode): string | undefined {
  const kind = theirs.opKind(n);
  switch (kind) {
    case OpKind.Register: {
      const register = registers.get(theirs.opRegister(n));
      if (!register) return `a register that is none of ours: ${theirs.opRegister(n)}`;
      if (!('number' in ours)) return `a register, ours ${ours.kind}`;
      // How wide a register is said to be matters only where all of it is used.
      const same =
        register.kind === ours.kind && register.number === ours.number && register.high === ours.high;
      if (same && (register.size === ours.size || register.kind !== 'gpr' || isNarrow(theirs)))
        return undefined;
      return `${registerText(register)}, ours ${registerText(ours)}`;
    }
    case OpKind.Memory:
      return ours.kind === 'memory' ? compareMemory(ours, theirs, mode) : `memory, ours ${ours.kind}`;
    case OpKind.NearBranch16:
    case OpKind.NearBranch32:
    case OpKind.NearBranch64: {
      if (ours.kind !== 'relative') return `a branch target, ours ${ours.kind}`;
      const bits = mode === 64 ? 64 : 32;
      const target = BigInt.asUintN(bits, theirs.nearBranchTarget);
      const value = BigInt.asUintN(bits, ours.value);
      return target === value ? undefined : `target ${target.toString(16)}, ours ${value.toString(16)}`;
    }
    case OpKind.FarBranch16:
    case OpKind.FarBranch32: {
      if (ours.kind !== 'far') return `a far pointer, ours ${ours.kind}`;
      const offset = BigInt(kind === OpKind.FarBranch16 ? theirs.farBranch16 : theirs.farBranch32);
      const same = offset === ours.value && theirs.farBranchSelector === ours.selector;
      return same
        ? undefined
        : `far pointer ${theirs.farBranchSelector}:${offset}, ours ${ours.selector}:${ours.value}`;
    }
    default: {
      if (kind >= OpKind.MemorySegSI) return undefined;
      if (ours.kind !== 'immediate') return `an immediate, ours ${ours.kind}`;
      const expected = BigInt.asUintN(ours.size, theirs.immediate(n));
      return expected === ours.value
        ? undefined
        : `immediate ${expected.toString(16)}, ours ${ours.value.toString(16)}`;
    }
  }
}

/** Instructions whose operands iced-x86 spells out and our descriptions imply, or the other way round. */
const implied =
  /^(pushs|pops|movs|cmps|stos|lods|scas|ins|outs|xlat|hint|nop|fence|maskmovq|maskmovdqu|monitor|mwait|clzero|f\w+)$/;

/** What of a comparison depends on the two names alone, by both: regular expressions are slow. */
const pairs = new Map<
  string,
  { readonly named: boolean; readonly implied: boolean; readonly xchg: boolean }[]
>();
function pairOf(ours: string, mnemonic: Mnemonic): { named: boolean; implied: boolean; xchg: boolean } {
  let list = pairs.get(ours);
  if (!list) pairs.set(ours, (list = []));
  const theirs = mnemonicNames[mnemonic]!;
  return (list[mnemonic] ??= {
    named: namesMatch(ours, theirs),
    implied: implied.test(ours),
    xchg: ours === 'xchg',
  });
}

/** What differs between our decoding and the reference's; undefined when nothing does. */
export function compareDecoded(
  ours: DecodedWithEncoding,
  theirs: Instruction,
  mode: Mode,
): string | undefined {
  const ourName = ours.description.name;
  const { mnemonic } = theirs;
  const name = mnemonicNames[mnemonic]!;
  if (theirs.length !== ours.length)
    return `${name}: length ${theirs.length}, ours ${ours.length} (${ourName})`;
  const pair = pairOf(ourName, mnemonic);
  if (!pair.named) return `${name}, ours ${ourName}`;
  const { operands } = ours;
  if (pair.implied || name === 'pause') {
    const memory = operands.find((operand): operand is MemoryOperand => operand.kind === 'memory');
    const difference = memory && theirs.op0Kind === OpKind.Memory && compareMemory(memory, theirs, mode);
    return difference ? `${name}: ${difference}` : undefined;
  }
  if (theirs.opCount !== operands.length)
    return `${name}: ${theirs.opCount} operands, ours ${operands.length}`;
  // XCHG with the accumulator: which comes first is a matter of taste.
  const swapped = pair.xchg && ours.encoding.plusR;
  for (let i = 0; i < operands.length; i++) {
    const n = swapped ? 1 - i : i;
    const difference = compareOperand(operands[i]!, theirs, n, mode);
    if (difference) return `${name}: operand ${n}: ${difference}`;
  }
  return undefined;
}

const featureNames = CpuidFeature as unknown as Record<number, string>;

/** Processor features whose instructions we have, by iced-x86's names. */
const implemented = new Set(
  `INTEL8086 INTEL8086_ONLY INTEL186 INTEL286 INTEL386 INTEL486 X64 CMOV CMPXCHG16B CPUID CX8 FPU FPU287 FPU387 FXSR
   MMX MSR MULTIBYTENOP PAUSE POPCNT PREFETCHW RDPMC RDTSCP SEP SSE SSE2 SSE3 SSSE3 SSE4_1 SSE4_2 SYSCALL TSC CLFSH
   SMAP FSGSBASE MONITOR XSAVE INVPCID`.split(/\s+/),
);
/**
 * Of those features, but not there: 0F 0D with a register is a hint on Intel's processors and undefined on AMD's, RSM is
 * undefined outside system management mode, and no kernel computes a transcendental function or a partial remainder.
 */
const absent = new Set(
  'reservednop rsm f2xm1 fcos fpatan fprem fprem1 fptan fsin fsincos fyl2x fyl2xp1'.split(' '),
);

/** The processor features an instruction needs, by iced-x86's names. */
export const featuresOf = (instruction: Instruction): string[] =>
  Array.from(instruction.cpuidFeatures(), (feature) => featureNames[feature]!);

/** Whether we should have an instruction. */
export const isWanted = (instruction: Instruction): boolean =>
  featuresOf(instruction).every((feature) => implemented.has(feature)) &&
  !absent.has(mnemonicOf(instruction));

/**
 * Decoded by us though undefined: a register that does not exist raises #UD when the instruction is executed, and so
 * does MOV to CS; RDRAND, RDSEED and MWAIT don't look at F2 and F3.
 */
export const raisesLater = /^(movts|movfc|movtc|movfd|movtd|rdrand|rdseed|mwait|monitor)$/;
