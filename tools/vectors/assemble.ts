import type { Encoding } from '../../src/machine/x86/decoder/encoding.js';
import type { Mode } from './layout.js';
import type { Random } from './random.js';
import { edge } from './state.js';

/** Which of the many ways to write an encoding down. */
export interface Shape {
  readonly mode: Mode;
  /** 66 prefix and REX.W. */
  readonly operandPrefix: boolean;
  readonly rexW: boolean;
  /** Memory or register r/m; ignored where the encoding has no choice. */
  readonly memory: boolean;
  /** Memory operands without registers, no prefix that is not needed. */
  readonly plain?: boolean;
}

/** Machine code, and where its displacement stands so that it can be set later. */
export interface Assembled {
  readonly code: Uint8Array;
  readonly displacement?: { readonly at: number; readonly bytes: 1 | 2 | 4 | 8 };
  readonly relative?: { readonly at: number; readonly bytes: 1 | 2 | 4 };
}

export const hasMemoryForm = ({ operands, flags, modrm }: Encoding): boolean =>
  !modrm && !flags.has('reg') && operands.some(({ kind }) => 'EMWQ'.includes(kind));
export const hasRegisterForm = ({ operands, flags, modrm }: Encoding): boolean =>
  modrm !== undefined ||
  (!flags.has('mem') && !operands.some(({ kind }) => kind === 'M') && !isOffset({ operands } as Encoding));
const isOffset = ({ operands }: Encoding): boolean => operands.some(({ kind }) => kind === 'O');

const wordRandom = (random: Random, bytes: number): number[] => {
  const value = edge(random);
  return Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
};

/** Writes a random instance of an encoding; undefined where the shape has none. */
export function assemble(encoding: Encoding, shape: Shape, random: Random): Assembled | undefined {
  const { mode, rexW } = shape;
  const { operands, flags, description } = encoding;
  if (flags.has(mode === 64 ? 'i64' : 'o64')) return undefined;
  if ((flags.has('w1') && !rexW) || (flags.has('w0') && rexW)) return undefined;
  if (shape.operandPrefix && encoding.prefix === 'np') return undefined;
  const memory = hasMemoryForm(encoding) && (shape.memory || !hasRegisterForm(encoding));
  const touchesMemory = memory || isOffset(encoding);
  const { plain } = shape;
  const addressPrefix = !plain && random.oneIn(touchesMemory ? 8 : 32);
  const segmentOverride = random.oneIn(touchesMemory ? 8 : 40) && !plain && !staysInDs.test(description.name);

  const prefixes: number[] = [];
  if (shape.operandPrefix || encoding.prefix === '66') prefixes.push(0x66);
  if (addressPrefix) prefixes.push(0x67);
  if (segmentOverride)
    prefixes.push(random.pick(mode === 64 && random.oneIn(4) === false ? [0x64, 0x65] : segmentPrefixes));
  // LOCK where it is allowed, and now and then where it raises #UD.
  const lockable = description.lock && memory;
  if (random.oneIn(lockable ? 4 : 60) && (lockable || !(plain || controlMove.test(description.name))))
    prefixes.push(0xf0);
  const repeats = repeatable.get(description.name);
  if (repeats && random.below(3) > 0) prefixes.push(random.pick(repeats));
  for (let i = prefixes.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [prefixes[i], prefixes[j]] = [prefixes[j]!, prefixes[i]!];
  }
  if (encoding.prefix === 'f2' || encoding.prefix === 'f3')
    prefixes.push(encoding.prefix === 'f2' ? 0xf2 : 0xf3);

  const attribute =
    mode === 64
      ? flags.has('f64') || rexW
        ? 64
        : shape.operandPrefix
          ? 16
          : flags.has('d64')
            ? 64
            : 32
      : (mode === 32) !== shape.operandPrefix
        ? 32
        : 16;
  const addressSize = mode === 64 ? (addressPrefix ? 32 : 64) : (mode === 32) !== addressPrefix ? 32 : 16;

  const body: number[] = [];
  let rex = mode === 64 && (rexW || random.oneIn(2)) ? 0x40 | (rexW ? 8 : 0) | random.below(8) : 0;
  if (flags.has('b0')) rex &= ~1;
  if (encoding.map) body.push(0x0f);
  if (encoding.map > 1) body.push(encoding.map === 2 ? 0x38 : 0x3a);
  let { opcode } = encoding;
  if (encoding.plusR) opcode += random.below(8);
  // 90 without REX.B is NOP.
  if (encoding.plusR && opcode === 0x90 && !(rex & 1)) opcode++;
  body.push(opcode);

  let displacement: { at: number; bytes: 1 | 2 | 4 | 8 } | undefined;
  if (encoding.modrm) body.push(encoding.modrm.first + random.below(encoding.modrm.count));
  else if (encoding.needsModrm) {
    const middle =
      encoding.digit ?? (operands.some(({ kind }) => kind === 'S') ? random.below(6) : random.below(8));
    if (!memory) body.push(0xc0 | (middle << 3) | random.below(8));
    else {
      const mod = plain ? 0 : random.below(3);
      const direct = addressSize === 16 ? 6 : 5;
      const rm = plain ? direct : random.oneIn(3) && addressSize !== 16 ? 4 : random.below(8);
      body.push((mod << 6) | (middle << 3) | rm);
      let bytes: 0 | 1 | 2 | 4 = mod === 1 ? 1 : mod === 2 ? (addressSize === 16 ? 2 : 4) : 0;
      if (addressSize === 16) {
        if (mod === 0 && rm === 6) bytes = 2;
      } else if (rm === 4) {
        const sib = random.oneIn(8) ? 0x25 : random.below(256);
        body.push(sib);
        if (mod === 0 && (sib & 7) === 5) bytes = 4;
      } else if (mod === 0 && rm === 5) bytes = 4;
      if (bytes) {
        displacement = { at: body.length, bytes };
        body.push(...wordRandom(random, bytes));
      }
    }
  }
  let relative: { at: number; bytes: 1 | 2 | 4 } | undefined;
  for (const { kind, size } of operands) {
    if (kind === 'I') {
      const bytes =
        size === 'b' || size === 'l'
          ? 1
          : size === 'w'
            ? 2
            : size === 'z'
              ? attribute === 16
                ? 2
                : 4
              : attribute / 8;
      body.push(...wordRandom(random, bytes));
    } else if (kind === 'Is') body.push(...wordRandom(random, 1));
    else if (kind === 'J') {
      const bytes = size === 'b' || size === 'l' ? 1 : attribute === 16 ? 2 : 4;
      relative = { at: body.length, bytes };
      body.push(...wordRandom(random, bytes));
    } else if (kind === 'O') {
      displacement = { at: body.length, bytes: (addressSize / 8) as 2 | 4 | 8 };
      body.push(...wordRandom(random, addressSize / 8));
    } else if (kind === 'A') return undefined;
  }
  const before = [...prefixes, ...(rex ? [rex] : [])];
  const code = Uint8Array.from([...before, ...body]);
  if (code.length > 15) return undefined;
  return {
    code,
    displacement: displacement && { ...displacement, at: displacement.at + before.length },
    relative: relative && { ...relative, at: relative.at + before.length },
  };
}

/** ARPL may leave its operand unwritten, and a branch target from the code window is beyond the limit of CS. */
const staysInDs = /^(arpl|jmpr|callr)$/;
/** LOCK MOV CR0 is MOV CR8 on AMD's processors. */
const controlMove = /^mov[ft][cd]$/;
const segmentPrefixes = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];

/** Instructions that take REP, and which. */
const repeatable = new Map([
  ['movs', [0xf3, 0xf3, 0xf2]],
  ['stos', [0xf3, 0xf3, 0xf2]],
  ['lods', [0xf3, 0xf3, 0xf2]],
  ['cmps', [0xf3, 0xf2]],
  ['scas', [0xf3, 0xf2]],
]);
export const isRepeatable = (name: string): boolean => repeatable.has(name);
