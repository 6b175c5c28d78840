import { hex } from '../core/errors.js';
import type { DecodedWithEncoding } from '../machine/x86/decoder/decoder.js';
import type { ImmediateOperand, MemoryOperand, Operand, RegisterOperand } from '../machine/x86/operands.js';

/** Names an address: "memcpy+0x12". */
type NameOf = (address: bigint) => string | undefined;

const registers64 = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'];
const registers16 = registers64.map((name) => name.slice(1));
const registers8 = ['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil'];
const segments = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];
const conditions: Readonly<Record<string, string>> = {
  nb: 'ae',
  z: 'e',
  nz: 'ne',
  nbe: 'a',
  nl: 'ge',
  nle: 'g',
};

/** Descriptions that stand for one form of an instruction, under the name it has everywhere else. */
const plainNames: Readonly<Record<string, string>> = {
  callr: 'call',
  jmpr: 'jmp',
  callf: 'lcall',
  jmpf: 'ljmp',
  retf: 'lret',
  retfn: 'lret',
  imul1: 'imul',
  imul2: 'imul',
  imul3: 'imul',
  movfc: 'mov',
  movtc: 'mov',
  movfd: 'mov',
  movtd: 'mov',
  movfs: 'mov',
  popm: 'pop',
  pops: 'pop',
  pushs: 'push',
  fldr: 'fld',
  fstr: 'fst',
  fstpr: 'fstp',
};

/** Instructions whose memory operand has a size of its own: no suffix. */
const sized =
  /^(call|jmp|ljmp|lcall|push|pop|set|lea|invlpg|invpcid|[sl][gil]dt|lmsw|smsw|ltr|str|ver[rw]|lar|lsl|fx|xsave|xrstor|cmpxchg\d|clflush|prefetch|(ld|st)mxcsr|f(ld|st|nst)cw|f(n?st)env|fldenv|fn?save|frstor|fn?stsw|fb|p|mov[adnhlqdus]+[adpsqu]|cvt|add[ps]|sub[ps]|mul[ps]|div[ps]|u?comis|and[np]|or[p]|xor[p]|sqrt|rcp|rsqrt|min|max|unpck|shuf|cmp[ps][sd]|haddp|hsubp|addsub|lddqu|movntq|bound|rd|wr|bt\w*mask)/;

const suffixes: Readonly<Record<number, string>> = { 8: 'b', 16: 'w', 32: 'l', 64: 'q' };

/** The two families that sign- or zero-extend the accumulator, by operand size. */
const widened: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  'cbw/cwde/cdqe': { 16: 'cbtw', 32: 'cwtl', 64: 'cltq' },
  'cwd/cdq/cqo': { 16: 'cwtd', 32: 'cltd', 64: 'cqto' },
};

/**
 * An instruction in AT&T syntax, as objdump(1), gdb(1) and the kernel's own scripts show it: operands in the order source,
 * destination; a suffix where no register tells the size. Targets and addresses that have a name get it in <>.
 */
export function attSyntax(instruction: DecodedWithEncoding, nameOf: NameOf = () => undefined): string {
  const prefix = prefixes(instruction);
  const text = special(instruction) ?? plain(instruction);
  return `${prefix}${text}${remark(instruction, nameOf)}`;
}

function prefixes({ lock, rep, description, opcode }: DecodedWithEncoding): string {
  const name = description.name;
  const compares = name === 'cmps' || name === 'scas';
  const repeats = compares || /^(movs|stos|lods|ins|outs)$/.test(name);
  const repeat = !repeats || rep === 0 ? '' : rep === 0xf2 ? 'repnz ' : compares ? 'repz ' : 'rep ';
  // PAUSE is a NOP with a prefix.
  return `${lock ? 'lock ' : ''}${opcode === 0x90 ? '' : repeat}`;
}

/** Those with a shape of their own. */
function special(instruction: DecodedWithEncoding): string | undefined {
  const { description, size, operands, modrm, mode, addressSize, opcode, rep } = instruction;
  const { name } = description;
  const suffix = suffixes[size] ?? '';
  const prefix = addressSize === 64 ? 'r' : addressSize === 32 ? 'e' : '';
  const source = `${segmentPrefix(instruction.segment, true)}(%${prefix}si)`;
  const target = `%es:(%${prefix}di)`;
  const accumulator = register({ kind: 'gpr', size, number: 0 });
  const wide = widened[name];
  if (wide) return wide[size] ?? name;
  switch (name) {
    case 'movs':
      return `movs${suffix} ${source},${target}`;
    case 'cmps':
      return `cmps${suffix} ${target},${source}`;
    case 'stos':
      return `stos ${accumulator},${target}`;
    case 'lods':
      return `lods ${source},${accumulator}`;
    case 'scas':
      return `scas ${target},${accumulator}`;
    case 'ins':
      return `ins${suffix} (%dx),${target}`;
    case 'outs':
      return `outs${suffix} ${source},(%dx)`;
    case 'xlat':
      return `xlat ${segmentPrefix(instruction.segment, true)}(%${prefix}bx)`;
    case 'iret':
      return size === 64 ? 'iretq' : size === mode ? 'iret' : `iret${suffix}`;
    case 'jcxz':
      return `j${prefix}cxz ${operand(operands[0]!, instruction)}`;
    case 'fence':
      return ['lfence', 'mfence', 'sfence'][((modrm >> 3) & 7) - 5]!;
    case 'nop':
      return opcode === 0x90 && (rep === 0xf3 || instruction.encoding.prefix === 'f3') ? 'pause' : undefined;
    case 'hint':
      if (rep === 0xf3 && opcode === 0x1e && modrm >= 0xfa && modrm <= 0xfb) {
        return modrm === 0xfa ? 'endbr64' : 'endbr32';
      }
      if (opcode === 0x18 && modrm < 0xc0) {
        const hints = ['prefetchnta', 'prefetcht0', 'prefetcht1', 'prefetcht2'];
        const hint = hints[(modrm >> 3) & 7];
        if (hint) return `${hint} ${operand(operands[0]!, instruction)}`;
      }
      if (opcode === 0x0d) return `prefetch${modrm & 8 ? 'w' : ''} ${operand(operands[0]!, instruction)}`;
      return `nop${suffix} ${operand(operands[0]!, instruction)}`;
    case 'movzx':
    case 'movsx':
    case 'movsxd': {
      const from = suffixes[operands[1]!.size] ?? '';
      const letter = name === 'movzx' ? 'z' : 's';
      return `mov${letter}${from}${suffix} ${operand(operands[1]!, instruction)},${operand(operands[0]!, instruction)}`;
    }
    case 'fxsave':
    case 'fxrstor':
    case 'xsave':
    case 'xsaveopt':
    case 'xrstor':
      return `${name}${size === 64 ? '64' : ''} ${operand(operands[0]!, instruction)}`;
    case 'in':
    case 'out':
      return `${name} ${operands
        .map((each) => (isDx(each) ? '(%dx)' : operand(each, instruction)))
        .reverse()
        .join(',')}`;
    case 'mov':
      if (opcode >= 0xb8 && size === 64 && (opcode & 0xf8) === 0xb8) {
        return `movabs ${operands
          .map((each) => operand(each, instruction))
          .reverse()
          .join(',')}`;
      }
      return undefined;
    case 'movts': {
      // Written with the whole register, of which the selector is the lower half.
      const [segment, from] = operands as [Operand, Operand];
      const source = from.kind === 'gpr' ? register({ ...from, size: 32 }) : operand(from, instruction);
      return `mov ${source},${operand(segment, instruction)}`;
    }
    case 'enter':
      return `enter ${operands.map((each) => operand(each, instruction)).join(',')}`;
    default:
      return undefined;
  }
}

const isDx = (each: Operand): boolean => each.kind === 'gpr' && each.number === 2 && each.size === 16;

function plain(instruction: DecodedWithEncoding): string {
  const { operands, mode } = instruction;
  const name = mnemonic(instruction);
  const isIndirect = /^l?(call|jmp)$/.test(name) && /^(ff)/.test(instruction.opcode.toString(16));
  const shown = operands.map((each) => operand(each, instruction)).reverse();
  const far = operands.find((each): each is ImmediateOperand => each.kind === 'far');
  if (far) return `${name} $${hex(far.selector ?? 0)},$${hex(far.value)}`;
  const text = isIndirect ? shown.map((each) => `*${each}`) : shown;
  // In 64-bit mode the stack's operand size needs no suffix.
  const suffix = needsSuffix(name, operands, mode) ? floatSuffix(name, operands) : '';
  return text.length ? `${name}${suffix} ${text.join(',')}` : name;
}

function mnemonic({ description, opcode, modrm, operands, size }: DecodedWithEncoding): string {
  const { name } = description;
  const known = plainNames[name] ?? name;
  if (known === 'lret' && size === 64) return 'lretq';
  if (known === 'movd' && operands.some((each) => each.kind !== 'xmm' && each.size === 64)) return 'movq';
  // AT&T syntax has always had these two the wrong way round where ST(i) is the destination.
  if ((opcode === 0xdc || opcode === 0xde) && modrm >= 0xe0) {
    return known.replace(/^(fsub|fdiv)(r?)/, (_, base, reversed) => `${base}${reversed ? '' : 'r'}`);
  }
  const conditional = /^(j|set|cmov)(nb|nz|nbe|nle|nl|z)$/.exec(known);
  return conditional ? `${conditional[1]}${conditions[conditional[2]!]}` : known;
}

/** True when nothing but the suffix tells the size of a memory operand. */
function needsSuffix(name: string, operands: readonly Operand[], mode: number): boolean {
  const memory = operands.find(({ kind }) => kind === 'memory');
  if (!memory || sized.test(name)) return false;
  if (name.startsWith('f')) return true;
  // A count in CL or a port in DX says nothing about the other operand.
  return !operands.some(
    (each) =>
      each.kind !== 'memory' &&
      each.kind !== 'immediate' &&
      !(each.kind === 'gpr' && each.size === 8 && memory.size !== 8) &&
      mode > 0,
  );
}

function floatSuffix(name: string, operands: readonly Operand[]): string {
  const { size } = operands.find(({ kind }) => kind === 'memory')!;
  if (!name.startsWith('f')) return suffixes[size] ?? '';
  const integer = name.startsWith('fi');
  if (size === 80) return 't';
  if (integer) return size === 64 ? 'll' : size === 32 ? 'l' : 's';
  return size === 64 ? 'l' : 's';
}

function operand(each: Operand, instruction: DecodedWithEncoding): string {
  switch (each.kind) {
    case 'memory':
      return memoryText(each, instruction);
    case 'immediate':
      // A shift by one has no immediate byte, and is written without a prefix.
      return instruction.encoding.text.includes(',1')
        ? '$1'
        : `$${hex(BigInt.asUintN(each.size, each.value))}`;
    case 'relative':
      return hex(BigInt.asUintN(instruction.mode === 64 ? 64 : 32, each.value));
    case 'far':
      return `$${hex(each.value)}`;
    default:
      return register(each);
  }
}

function register({ kind, number, size, high }: RegisterOperand): string {
  switch (kind) {
    case 'gpr':
      return `%${generalRegister(number, size, high)}`;
    case 'xmm':
      return `%xmm${number}`;
    case 'mmx':
      return `%mm${number}`;
    case 'segment':
      return `%${segments[number]}`;
    case 'control':
      return `%cr${number}`;
    case 'debug':
      return `%db${number}`;
    case 'st':
      return number === 0 ? '%st' : `%st(${number})`;
  }
}

function generalRegister(number: number, size: number, high = false): string {
  if (high) return `${'acdb'[number - 4]}h`;
  if (number >= 8) return `r${number}${{ 8: 'b', 16: 'w', 32: 'd' }[size] ?? ''}`;
  if (size === 8) return registers8[number]!;
  if (size === 16) return registers16[number]!;
  return size === 32 ? `e${registers16[number]}` : registers64[number]!;
}

function memoryText(memory: MemoryOperand, instruction: DecodedWithEncoding): string {
  const { base, index, scale, displacement, addressSize } = memory;
  const prefix = segmentPrefix(memory.segment, false, defaultSegment(base));
  if (isRipRelative(instruction)) {
    return `${prefix}${signedHex(displacement - instruction.next)}(%rip)`;
  }
  const name = (number: number): string => `%${generalRegister(number, addressSize)}`;
  if (base === undefined && index === undefined) {
    return `${prefix}${hex(BigInt.asUintN(instruction.mode === 64 ? 64 : addressSize, displacement))}`;
  }
  // BP and R13 cannot go without a displacement.
  const bare = displacement === 0n && base !== undefined && (base & 7) !== 5;
  const offset = bare ? '' : signedHex(displacement);
  const scaled = index === undefined ? '' : `,${name(index)}${addressSize === 16 ? '' : `,${1 << scale}`}`;
  return `${prefix}${offset}(${base === undefined ? '' : name(base)}${scaled})`;
}

function isRipRelative({ mode, modrm, operands }: DecodedWithEncoding): boolean {
  const memory = operands.find((each) => each.kind === 'memory');
  return mode === 64 && memory?.kind === 'memory' && (modrm & 0xc7) === 5 && memory.base === undefined;
}

/** The stack segment goes with SP and BP. */
const defaultSegment = (base: number | undefined): number => (base === 4 || base === 5 ? 2 : 3);

function segmentPrefix(number: number, always: boolean, usual = 3): string {
  return always || number !== usual ? `%${segments[number]}:` : '';
}

function signedHex(value: bigint): string {
  const signed = BigInt.asIntN(64, value);
  return signed < 0n ? `-${hex(-signed)}` : hex(signed);
}

/** What an address in the instruction is: the target's name, or what a RIP-relative operand points to. */
function remark(instruction: DecodedWithEncoding, nameOf: NameOf): string {
  for (const each of instruction.operands) {
    if (each.kind === 'relative') {
      const name = nameOf(BigInt.asUintN(64, each.value));
      if (name) return ` <${name}>`;
    }
    if (each.kind === 'memory' && isRipRelative(instruction)) {
      const address = BigInt.asUintN(64, each.displacement);
      const name = nameOf(address);
      return `  # ${name ? `<${name}>` : hex(address)}`;
    }
  }
  return '';
}
