import type { InstructionDescription } from '../instruction.js';
import type { Size } from '../operands.js';

/**
 * The notation instruction descriptions are encoded in, after the tables of the Intel SDM vol. 2 appendix A:
 *
 *   `[np|66|f3|f2] bytes [/digit | +r | modrm=xx | modrm=xx+i] [operands] [;flags]`
 *
 * Bytes start with `0f`, `0f 38` or `0f 3a` for the other maps. Without a prefix word any prefix matches, and 66
 * changes the operand size; `66` as a word consumes it, `np` demands that none of the three is there.
 * `+r` takes a register from the opcode's low bits. Flags: `i64` invalid in 64-bit mode, `o64` only there, `d64`
 * operand size defaults to 64 there, `f64` is always 64 there, `w0`/`w1` demand REX.W clear/set,
 * `b0` demands REX.B clear, `mem`/`reg` demand a memory/register r/m, `real` is invalid in real mode.
 *
 * Operands (comma-separated, no spaces): E r/m general, G reg general, R r/m register only, M memory only,
 * Z register in opcode, I immediate, Is sign-extended 8-bit immediate, J branch target, O absolute offset,
 * V reg XMM, W r/m XMM or memory, U r/m XMM only, P reg MMX, Q r/m MMX or memory, N r/m MMX only,
 * S segment, C control, D debug, ST0, STi, Ap far pointer; each with its size:
 * b 8, w 16, d 32, q 64, l 8 (the nesting level of ENTER), v by operand size, y 32 or 64 by REX.W, z 16 or 32, x 128, t 80, p far pointer in memory,
 * none: no size of its own. Fixed: AL CL AX DX EAX rAX 1 ES CS SS DS FS GS.
 */
export interface Encoding {
  readonly description: InstructionDescription;
  readonly text: string;
  readonly map: 0 | 1 | 2 | 3;
  readonly opcode: number;
  readonly plusR: boolean;
  readonly prefix?: 'np' | '66' | 'f3' | 'f2';
  readonly digit?: number;
  /** First modrm byte, and how many follow it (8 for `+i`). */
  readonly modrm?: { readonly first: number; readonly count: number };
  readonly operands: readonly OperandCode[];
  readonly flags: ReadonlySet<string>;
  readonly needsModrm: boolean;
  /** Number of this encoding in the whole instruction set. */
  index: number;
}

export interface OperandCode {
  readonly text: string;
  /** Addressing letter, or '=' for a fixed register or constant. */
  readonly kind: string;
  /** Size letter, '' for none. */
  readonly size: string;
}

const fixed = new Set([
  'AL',
  'CL',
  'AX',
  'DX',
  'EAX',
  'rAX',
  '1',
  '3',
  'ES',
  'CS',
  'SS',
  'DS',
  'FS',
  'GS',
  'ST0',
  'STi',
]);
const withModrm = 'EGRMVWUPQNSCD';

function operandCode(text: string): OperandCode {
  if (fixed.has(text)) return { text, kind: '=', size: '' };
  const match = /^(Is|[EGRMZIJOVWUPQNSCDA])([bwdqvyzxtpl]?)$/.exec(text);
  if (!match) throw new Error(`unknown operand code '${text}'`);
  return { text, kind: match[1]!, size: match[2]! };
}

/** Parses one encoding of a description. */
export function parseEncoding(description: InstructionDescription, text: string): Encoding {
  const [main = '', flagText = ''] = text.split(';');
  const words = main.trim().split(/\s+/);
  const prefix =
    ['np', '66', 'f3', 'f2'].includes(words[0]!) && words.length > 1 && /^[0-9a-f]{2}/.test(words[1]!)
      ? (words.shift() as Encoding['prefix'])
      : undefined;
  const bytes: number[] = [];
  let plusR = false;
  while (words.length && /^[0-9a-f]{2}(\+r)?$/.test(words[0]!)) {
    const word = words.shift()!;
    bytes.push(Number.parseInt(word, 16));
    plusR = word.endsWith('+r');
  }
  let map: Encoding['map'] = 0;
  if (bytes[0] === 0x0f && bytes.length > 1) {
    bytes.shift();
    map = 1;
    const second: number = bytes[0]!;
    if (bytes.length > 1 && (second === 0x38 || second === 0x3a)) {
      bytes.shift();
      map = second === 0x38 ? 2 : 3;
    }
  }
  if (bytes.length !== 1) throw new Error(`${description.name}: cannot read encoding '${text}'`);
  let digit: number | undefined;
  let modrm: Encoding['modrm'];
  if (words[0]?.startsWith('/')) digit = Number(words.shift()!.slice(1));
  const exact = /^modrm=([0-9a-f]{2})(\+i)?$/.exec(words[0] ?? '');
  if (exact) {
    words.shift();
    modrm = { first: Number.parseInt(exact[1]!, 16), count: exact[2] ? 8 : 1 };
  }
  const operands = (words.shift() ?? '').split(',').filter(Boolean).map(operandCode);
  if (words.length) throw new Error(`${description.name}: '${words.join(' ')}' left over in '${text}'`);
  const flags = new Set(flagText.trim().split(/\s+/).filter(Boolean));
  return {
    description,
    text,
    map,
    opcode: bytes[0]!,
    plusR,
    prefix,
    digit,
    modrm,
    operands,
    flags,
    needsModrm:
      digit !== undefined || modrm !== undefined || operands.some(({ kind }) => withModrm.includes(kind)),
    index: -1,
  };
}

const sizeOf: Record<string, Size> = { b: 8, w: 16, d: 32, q: 64, x: 128, t: 80 };

/** Size of an operand under an operand size attribute; undefined when it has none of its own. */
export function operandSize(
  { text, kind, size }: OperandCode,
  attribute: 16 | 32 | 64,
  rexW: boolean,
): Size | undefined {
  if (kind === '=') {
    if (text === 'rAX') return attribute;
    return (
      { AL: 8, CL: 8, AX: 16, DX: 16, EAX: 32, ES: 16, CS: 16, SS: 16, DS: 16, FS: 16, GS: 16 } as Record<
        string,
        Size
      >
    )[text];
  }
  if (kind === 'Is' || kind === 'J') return attribute;
  // RET n, ENTER: the immediate says nothing about the operation.
  if (text === 'Iw' || text === 'Il') return undefined;
  if (size === 'v' || size === 'p') return attribute;
  // An Iz immediate is sign-extended to the operand size; a Jz target is an address.
  if (size === 'z') return attribute;
  if (size === 'y') return rexW ? 64 : 32;
  if (size) return sizeOf[size];
  return { V: 128, W: 128, U: 128, P: 64, Q: 64, N: 64 }[kind] as Size | undefined;
}

/** The operation size: that of the first operand that has one, else the attribute. */
export function operationSize(sizes: readonly (Size | undefined)[], attribute: 16 | 32 | 64): Size {
  return sizes.find((size) => size !== undefined) ?? attribute;
}
