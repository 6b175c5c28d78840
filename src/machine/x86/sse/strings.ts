import { FLAG } from '../../../abi/x86/flags.js';
import type { PhysicalMemory } from '../../memory.js';
import { state } from '../state.js';

/** The string comparisons of SSE4.2 (Intel SDM vol. 2, §4.1). Operand A is the first, operand B the second. */

export interface StringLengths {
  readonly a: number;
  readonly b: number;
}

export interface StringComparison {
  /** CF, ZF, SF, OF at their RFLAGS places. */
  readonly flags: number;
  /** What goes to ECX: the first or last set bit of the result, or the number of elements. */
  readonly number: number;
  /** What goes to XMM0. */
  readonly mask: Uint8Array;
}

/** Elements of a staged operand, as bytes or words, signed or not, by bits 1–0 of the control byte. */
function elementsAt(memory: PhysicalMemory, at: number, control: number): number[] {
  const { view } = memory;
  const count = control & 1 ? 8 : 16;
  return Array.from({ length: count }, (_, i) => {
    switch (control & 3) {
      case 0:
        return view.getUint8(at + i);
      case 1:
        return view.getUint16(at + 2 * i, true);
      case 2:
        return view.getInt8(at + i);
      default:
        return view.getInt16(at + 2 * i, true);
    }
  });
}

/** Without explicit lengths a string ends before its first zero. */
function implicitLength(elements: readonly number[]): number {
  const end = elements.indexOf(0);
  return end < 0 ? elements.length : end;
}

/** Aggregation (bits 3–2): is bit `j` of the intermediate result set? `a` and `b` are cut to their lengths. */
function aggregate(
  kind: number,
  a: readonly number[],
  b: readonly number[],
  j: number,
  count: number,
): boolean {
  switch (kind) {
    case 0:
      // Equal any: b[j] is one of a.
      return j < b.length && a.includes(b[j]!);
    case 1: {
      // Ranges: pairs of bounds in a. A pair of which only the first is valid does not count.
      if (j >= b.length) return false;
      for (let i = 0; i + 1 < a.length; i += 2) if (b[j]! >= a[i]! && b[j]! <= a[i + 1]!) return true;
      return false;
    }
    case 2: {
      // Equal each: behind the end both are equal, one is not.
      const inA = j < a.length;
      const inB = j < b.length;
      return inA && inB ? a[j] === b[j] : inA === inB;
    }
    default:
      // Equal ordered: a stands in b from j on, as far as b reaches.
      for (let i = 0; i < a.length && i + j < count; i++) {
        if (i + j >= b.length || a[i] !== b[i + j]) return false;
      }
      return true;
  }
}

export function compareStrings(
  memory: PhysicalMemory,
  control: number,
  lengths?: StringLengths,
): StringComparison {
  const allA = elementsAt(memory, state.operandA, control);
  const allB = elementsAt(memory, state.operandB, control);
  const count = allA.length;
  const lengthA = lengths?.a ?? implicitLength(allA);
  const lengthB = lengths?.b ?? implicitLength(allB);
  const a = allA.slice(0, lengthA);
  const b = allB.slice(0, lengthB);
  let result = 0;
  for (let j = 0; j < count; j++) {
    let bit = aggregate((control >> 2) & 3, a, b, j, count);
    // Polarity (bits 5–4): 1 negates all, 3 those within the second string.
    const polarity = (control >> 4) & 3;
    if (polarity === 1 || (polarity === 3 && j < lengthB)) bit = !bit;
    if (bit) result |= 1 << j;
  }
  const last = 31 - Math.clz32(result);
  const first = result ? 31 - Math.clz32(result & -result) : count;
  const number = control & 0x40 ? (result ? last : count) : first;
  const mask = new Uint8Array(16);
  const bytes = control & 1 ? 2 : 1;
  if (control & 0x40) for (let i = 0; i < 16; i++) mask[i] = result & (1 << Math.floor(i / bytes)) ? 0xff : 0;
  else {
    mask[0] = result & 0xff;
    mask[1] = result >> 8;
  }
  const flags =
    (result ? FLAG.CF : 0) |
    (lengthB < count ? FLAG.ZF : 0) |
    (lengthA < count ? FLAG.SF : 0) |
    (result & 1 ? FLAG.OF : 0);
  return { flags, number, mask };
}
