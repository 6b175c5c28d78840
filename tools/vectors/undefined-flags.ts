import { ARITHMETIC_FLAGS, FLAG } from '../../src/abi/x86/flags.js';
import type { DecodedWithEncoding } from '../../src/machine/x86/decoder/decoder.js';
import { conditions } from '../../src/machine/x86/instructions/conditions.js';
import type { State } from './state.js';

const { CF, PF, AF, ZF, SF, OF } = FLAG;

/** Flags that an instruction leaves undefined (Intel SDM vol. 2) and where we differ from the recorded processor. */
const undefinedFlags: Readonly<Record<string, number>> = {
  mul: SF | ZF | AF | PF,
  imul1: SF | ZF | AF | PF,
  imul2: SF | ZF | AF | PF,
  imul3: SF | ZF | AF | PF,
  div: CF | OF | SF | ZF | AF | PF,
  idiv: CF | OF | SF | ZF | AF | PF,
  shl: AF,
  shr: AF,
  sar: AF,
  shld: AF,
  shrd: AF,
  daa: OF,
  das: OF,
  aaa: OF | SF | ZF | PF,
  aas: OF | SF | ZF | PF,
  aam: OF | AF | CF,
  aad: OF | AF | CF,
  bsf: CF | OF | SF | AF | PF,
  bsr: CF | OF | SF | AF | PF,
};

/** Rotates and shifts leave OF undefined unless the count is 1. */
const overflowByCount = new Set(['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sar', 'shld', 'shrd']);

/** Flags that an instruction sets, where it sets any; those it leaves undefined count as set. */
const writes: Readonly<Record<string, number>> = {
  inc: ARITHMETIC_FLAGS & ~CF,
  dec: ARITHMETIC_FLAGS & ~CF,
  bt: CF,
  bts: CF,
  btr: CF,
  btc: CF,
  clc: CF,
  stc: CF,
  cmc: CF,
  sahf: SF | ZF | AF | PF | CF,
  cmpxchg8b: ZF,
  cmpxchg16b: ZF,
};
for (const name of ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'test', 'neg', 'xadd', 'cmpxchg'])
  (writes as Record<string, number>)[name] = ARITHMETIC_FLAGS;
for (const name of ['popcnt', 'mul', 'imul1', 'imul2', 'imul3', 'div', 'idiv', 'bsf', 'bsr'])
  (writes as Record<string, number>)[name] = ARITHMETIC_FLAGS;

const isShift = (name: string): boolean => overflowByCount.has(name);

/** The count of a shift as far as it is known: undefined where CL has it and its value is not known. */
function countOf({ operands, size }: DecodedWithEncoding, start: State | undefined): number | undefined {
  const last = operands.at(-1)!;
  const mask = size === 64 ? 63 : 31;
  if (last.kind === 'immediate') return Number(last.value & 0xffn) & mask;
  return start && Number(start.gpr[1]! & 0xffn) & mask;
}

/**
 * Arithmetic flags that are undefined behind a run of instructions, those that differ between processors. `start` is
 * the state before them where there is but one.
 */
export function undefinedAfter(code: readonly DecodedWithEncoding[], start: State | undefined): number {
  let mask = 0;
  for (const decoded of code) {
    const { name } = decoded.description;
    let undefinedNow = undefinedFlags[name] ?? 0;
    let written = writes[name] ?? 0;
    if (isShift(name)) {
      const count = countOf(decoded, start);
      if (count === 0) continue;
      if (count !== undefined) written = name.startsWith('r') ? CF | OF : ARITHMETIC_FLAGS;
      if (count !== 1) undefinedNow |= OF;
    }
    mask = (mask & ~written) | undefinedNow;
  }
  return mask;
}

/** The flags of conditions, in pairs of the condition and its opposite. */
const conditionFlags = [OF, CF, ZF, CF | ZF, SF, PF, SF | OF, SF | OF | ZF];

/** Flags that decide what an instruction does, or that it stores. */
export function readFlags(name: string): number {
  const conditional = /^(set|cmov|j)(.+)$/.exec(name);
  const cc = conditional ? conditions.indexOf(conditional[2] as (typeof conditions)[number]) : -1;
  if (cc >= 0) return conditionFlags[cc >> 1]!;
  if (['adc', 'sbb', 'rcl', 'rcr', 'cmc', 'salc'].includes(name)) return CF;
  if (name === 'lahf') return SF | ZF | AF | PF | CF;
  return name === 'pushf' ? ARITHMETIC_FLAGS : 0;
}
