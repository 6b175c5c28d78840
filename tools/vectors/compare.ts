import { FLAG } from '../../src/abi/x86/flags.js';
import type { DecodedWithEncoding } from '../../src/machine/x86/decoder/decoder.js';
import type { MemoryOperand } from '../../src/machine/x86/operands.js';
import { linearAddress } from './operand-address.js';
import { fx, type State } from './state.js';
import { undefinedAfter } from './undefined-flags.js';
import { type Outcome, startOf, type Vector } from './vector.js';

const { CF, PF, AF, ZF, SF, OF } = FLAG;
/** The arithmetic flags, TF, DF, AC. */
const compared = CF | PF | AF | ZF | SF | OF | 0x100 | 0x400 | 0x40000;

const names = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');
const flagNames: readonly [number, string][] = [
  [CF, 'CF'],
  [PF, 'PF'],
  [AF, 'AF'],
  [ZF, 'ZF'],
  [SF, 'SF'],
  [0x100, 'TF'],
  [0x400, 'DF'],
  [OF, 'OF'],
  [0x4000, 'NT'],
  [0x40000, 'AC'],
  [0x200000, 'ID'],
];

const hex = (value: bigint | number, digits = 1): string => value.toString(16).padStart(digits, '0');
const bytesHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => hex(byte, 2)).join(' ');
const flagText = (flags: number): string =>
  flagNames.flatMap(([bit, name]) => (flags & bit ? [name] : [])).join(' ') || '-';
const faultText = (fault: Outcome['fault']): string =>
  fault
    ? `exception ${fault.vector} error ${hex(fault.error)}${fault.vector === 14 ? ` at ${hex(fault.address)}` : ''}`
    : 'no exception';

/**
 * A fault without what may differ: whether a page of the upper half is present depends on the recording system's kernel;
 * an instruction with a memory operand that also uses the stack raises #GP for either address when it is not canonical,
 * where processors tell the stack's apart.
 */
function visible(fault: Outcome['fault'], decoded: DecodedWithEncoding | undefined): Outcome['fault'] {
  if (fault?.vector === 14 && fault.address >> 63n) return { ...fault, error: fault.error & ~1 };
  // Which byte of a long area is tried first is the processor's affair.
  if (fault?.vector === 14 && decoded?.description.name === 'fxsave') return { ...fault, address: 0n };
  const both = decoded?.description.stack && decoded.operands.some(({ kind }) => kind === 'memory');
  if (fault?.vector === 12 && both && decoded.mode === 64) return { ...fault, vector: 13 };
  return fault;
}

/** Differences between what was expected and what happened, as lines; empty when there are none. */
export function differences(
  vector: Vector,
  code: readonly DecodedWithEncoding[],
  expected: Outcome,
  actual: Outcome,
): string[] {
  const lines: string[] = [];
  // The instruction that faulted, or the last.
  const stopped = code.findIndex(({ pc }) => pc === expected.state.rip);
  const done = expected.fault && stopped >= 0 ? code.slice(0, stopped) : code;
  const decoded = expected.fault ? code[stopped] : code.at(-1);
  const expectedFault = faultText(visible(expected.fault, decoded));
  const actualFault = faultText(visible(actual.fault, decoded));
  if (expectedFault !== actualFault) lines.push(`expected ${expectedFault}, got ${actualFault}`);
  if (actual.retired !== undefined && code.length && actual.retired !== done.length)
    lines.push(`retired: expected ${done.length}, got ${actual.retired}`);
  const bits = vector.mode === 64 ? 64 : 32;
  const start = startOf(vector);
  for (const [i, name] of names.entries()) {
    const want = BigInt.asUintN(bits, expected.state.gpr[i]!);
    const got = BigInt.asUintN(bits, actual.state.gpr[i]!);
    if (want !== got) lines.push(`${name}: ${hex(start.gpr[i]!)} → expected ${hex(want)}, got ${hex(got)}`);
  }
  if (expected.state.rip !== actual.state.rip)
    lines.push(`rip: expected ${hex(expected.state.rip)}, got ${hex(actual.state.rip)}`);
  const mask = compared & ~undefinedAfter(done, code.length === 1 ? start : undefined);
  const wrong = (expected.state.flags ^ actual.state.flags) & mask;
  if (wrong) {
    lines.push(
      `flags ${flagText(wrong)}: ${flagText(start.flags)} → expected ${flagText(expected.state.flags)}, got ${flagText(actual.state.flags)}`,
    );
  }
  lines.push(...memoryDifferences(expected, actual, unreliableMemory(vector, decoded, start)));
  lines.push(...fxDifferences(expected.state.fx, actual.state.fx, decoded));
  return lines;
}

/** Transcendental functions: ours are rounded correctly, processors' are within one unit in the last place of that. */
const transcendental = /^(f2xm1|fyl2x|fyl2xp1|fpatan|fsin|fcos|fsincos|fptan)$/;

/** Whether two extended numbers are neighbours. */
function areNeighbours(expected: Uint8Array, actual: Uint8Array, at: number): boolean {
  const number = (bytes: Uint8Array): bigint => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, 10);
    const exponent = view.getUint16(8, true) & 0x7fff;
    // Without the leading bit the next number is one more, across powers of two too.
    return (BigInt(exponent) << 63n) | BigInt.asUintN(63, view.getBigUint64(0, true));
  };
  const distance = number(expected) - number(actual);
  return expected[at + 9]! >> 7 === actual[at + 9]! >> 7 && distance >= -1n && distance <= 1n;
}

/** Bits of the x87 status word in which we may differ from the recorded processor: C1, which way was rounded. */
function undefinedStatus(decoded: DecodedWithEncoding | undefined): number {
  return transcendental.test(decoded?.description.name ?? '') ? 0x200 : 0;
}

/**
 * Where an instruction stores the address of the last x87 instruction and its operand: AMD's processors keep them only
 * when an exception is pending, Intel's (and ours) always.
 */
function unreliableMemory(
  vector: Vector,
  decoded: DecodedWithEncoding | undefined,
  start: State,
): readonly (readonly [number, number])[] {
  const operand = decoded?.operands.find((o): o is MemoryOperand => o.kind === 'memory');
  if (!decoded || !operand || !/^(fnsave|fnstenv|fxsave)/.test(decoded.description.name)) return [];
  const at = Number(linearAddress(operand, vector.mode, (register) => start.gpr[register]!));
  if (decoded.description.name === 'fxsave') {
    // MXCSR_MASK too: AMD's processors have a bit more.
    return [
      [at + 6, at + 24],
      [at + 28, at + 32],
    ];
  }
  const wide = (vector.mode !== 16) !== vector.code.includes(0x66);
  return [wide ? [at + 12, at + 28] : [at + 6, at + 14]];
}

function memoryDifferences(
  expected: Outcome,
  actual: Outcome,
  unreliable: readonly (readonly [number, number])[],
): string[] {
  const flatten = ({ memory }: Outcome): Map<number, number> =>
    new Map(
      memory.flatMap(({ address, bytes }) => Array.from(bytes, (byte, i) => [address + i, byte] as const)),
    );
  const want = flatten(expected);
  const got = flatten(actual);
  const lines: string[] = [];
  for (const address of [...new Set([...want.keys(), ...got.keys()])].sort((a, b) => a - b)) {
    const a = want.get(address);
    const b = got.get(address);
    if (a === b || unreliable.some(([from, to]) => address >= from && address < to)) continue;
    const show = (byte: number | undefined): string => (byte === undefined ? 'unchanged' : hex(byte, 2));
    lines.push(`[${hex(address)}]: expected ${show(a)}, got ${show(b)}`);
    if (lines.length > 16) return [...lines, '…'];
  }
  return lines;
}

/** Reciprocals, of which the manual promises 12 bits (a relative error of 1.5 · 2^-12) and every processor gives others. */
const approximate = /^(rcp|rsqrt)[ps]s$/;
const TOLERANCE = 3 / 4096;

/** Whether four floats are equal, or about so. */
function isAbout(expected: Uint8Array, actual: Uint8Array, at: number): boolean {
  const want = new DataView(expected.buffer, expected.byteOffset + at, 16);
  const got = new DataView(actual.buffer, actual.byteOffset + at, 16);
  return [0, 4, 8, 12].every((lane) => {
    if (want.getUint32(lane) === got.getUint32(lane)) return true;
    const a = want.getFloat32(lane, true);
    return Math.abs(a - got.getFloat32(lane, true)) <= Math.abs(a) * TOLERANCE;
  });
}

function fxDifferences(
  expected: Uint8Array,
  actual: Uint8Array,
  decoded: DecodedWithEncoding | undefined,
): string[] {
  const lines: string[] = [];
  const status = undefinedStatus(decoded);
  const about = decoded !== undefined && approximate.test(decoded.description.name);
  const check = (name: string, at: number, bytes: number): void => {
    let i = 0;
    while (i < bytes && expected[at + i] === actual[at + i]) i++;
    if (i === bytes) return;
    const want = bytesHex(expected.subarray(at, at + bytes));
    const got = bytesHex(actual.subarray(at, at + bytes));
    lines.push(`${name}: expected ${want}, got ${got}`);
  };
  check('fcw', fx.control, 2);
  const statusOf = (image: Uint8Array): number => image[fx.status]! | (image[fx.status + 1]! << 8);
  if ((statusOf(expected) ^ statusOf(actual)) & ~status) check('fsw', fx.status, 2);
  check('ftw', fx.tag, 1);
  check('mxcsr', fx.mxcsr, 4);
  const near = transcendental.test(decoded?.description.name ?? '');
  for (let i = 0; i < 8; i++) {
    const at = fx.st + 16 * i;
    if (!near || !areNeighbours(expected, actual, at)) check(`st${i}`, at, 10);
  }
  for (let i = 0; i < 16; i++) {
    const at = fx.xmm + 16 * i;
    if (!about || !isAbout(expected, actual, at)) check(`xmm${i}`, at, 16);
  }
  return lines;
}

/** A vector in words. */
export function describe(vector: Vector, code: readonly DecodedWithEncoding[]): string {
  const start = startOf(vector);
  const lines = code.length
    ? []
    : [`(undefined opcode) in ${vector.mode}-bit code: ${bytesHex(vector.code)}`];
  let at = 0;
  for (const { description, encoding, length } of code) {
    const bytes = bytesHex(vector.code.subarray(at, (at += length)));
    lines.push(`${description.name} (${encoding.text}) in ${vector.mode}-bit code: ${bytes}`);
  }
  const registers = names
    .slice(0, vector.mode === 64 ? 16 : 8)
    .map((name, i) => `${name}=${hex(start.gpr[i]!)}`)
    .join(' ');
  lines.push(`  ${registers} rip=${hex(start.rip)} flags=${flagText(start.flags)}`);
  for (const { address, bytes } of vector.memory) lines.push(`  [${hex(address)}] = ${bytesHex(bytes)}`);
  return lines.join('\n');
}
