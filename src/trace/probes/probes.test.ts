import { describe, expect, test } from 'vitest';
import { evaluate } from './evaluate.js';
import { ExpressionError, type PlaceExpression } from './expression.js';
import { NotKnown, type ProbedMemory } from './kernel-memory.js';
import { parseExpression } from './parse.js';
import type { ProbePart } from './row.js';

/** Places by what is written, and bytes from 0x1000 on. */
const places: Readonly<
  Record<string, { address: bigint; size: number; bits?: { first: number; count: number } }>
> = {
  counter: { address: 0x1000n, size: 4 },
  flags: { address: 0x1004n, size: 1, bits: { first: 2, count: 3 } },
  start: { address: 0x1010n, size: 0 },
  stop: { address: 0x1020n, size: 0 },
  'ops.load': { address: 0x1008n, size: 8 },
  'percpu cpu.cr4': { address: 0x1018n, size: 8 },
  'mm_struct init_mm.pgd': { address: 0x1000n, size: 4 },
  native: { address: 0xffff1000n, size: 0 },
  xen: { address: 0xffff2000n, size: 0 },
};
const bytes = new Uint8Array(0x20);
bytes.set([0x78, 0x56, 0x34, 0x12, 0b1011_0111, 0, 0, 0, 0x00, 0x20, 0xff, 0xff]);
bytes.set([0xa0, 6], 0x18);

const memory: ProbedMemory = {
  isCode: (name) => name === 'native' || name === 'xen',
  field({ symbol, perCpu, type, path }: PlaceExpression) {
    const name = [perCpu ? 'percpu' : '', type ?? '', path ? `${symbol}.${path}` : symbol]
      .filter(Boolean)
      .join(' ');
    const found = places[name];
    if (!found) throw new NotKnown(`no ${name}`);
    return found;
  },
  address: (place) => memory.field(place).address,
  read(address, size) {
    const at = Number(address) - 0x1000;
    if (at < 0 || at + size > bytes.length) throw new NotKnown('not mapped');
    return bytes.subarray(at, at + size);
  },
  number: (address, size) =>
    memory.read(address, size).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
  nameAt: (value) => (value === 0xffff2000n ? 'xen' : undefined),
};
const world = { memory, register: (name: string) => ({ cr4: 0x6a0n, 'gs.base': 1n << 63n })[name] ?? 0n };
const value = (text: string, parts: ProbePart[] = []): bigint =>
  evaluate(parseExpression(text), world, parts);

describe('expressions', () => {
  test.each([
    ['1 + 2 * 3', 7n],
    ['(1 + 2) * 3', 9n],
    ['-1', 0xffffffffffffffffn],
    ['~0 == -1', 1n],
    ['!5', 0n],
    ['10 - 3 - 2', 5n],
    ['7 / 2 % 2', 1n],
    ['1 << 63 << 1', 0n],
    ['0x10 >> 4 == 1', 1n],
    // Bits bind tighter than comparisons.
    ['6 & 3 == 2', 1n],
    ['4 | 2 ^ 2 & 3', 4n],
    ['1 == 2 || 3 == 3', 1n],
    ['1 && 0 || 1', 1n],
    ['1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 3 != 4', 1n],
    ['counter', 0x12345678n],
    ['counter >> 16 == 0x1234', 1n],
    ['flags', 0b101n],
    ['cr4 == percpu(cpu.cr4)', 1n],
    ['percpu(cpu).cr4 == cr4', 1n],
    ['gs.base >> 63', 1n],
    ['ops.load != native', 1n],
    ['ops.load == xen', 1n],
    ['&start', 0x1010n],
    ['u8(start)', 0n],
    ['u16(counter + 2)', 0x1234n],
    ['u16(&counter)', 0x5678n],
    ['u32(0x1000)', 0x12345678n],
    ['u64(start + 8)', 0x6a0n],
    ['zero(start, start + 8)', 1n],
    ['zero(start, stop)', 0n],
    ['as(init_mm, mm_struct).pgd', 0x12345678n],
    // What decides is looked at alone.
    ['0 && missing', 0n],
    ['1 || missing', 1n],
  ])('%s', (text, expected) => expect(value(text)).toBe(expected));

  test('say what they were made of', () => {
    const parts: ProbePart[] = [];
    value('percpu(cpu.cr4) == cr4 && ops.load == native || !zero(start, stop)', parts);
    expect(parts).toEqual([
      { text: 'percpu(cpu.cr4)', value: '0x6a0' },
      { text: 'cr4', value: '0x6a0' },
      { text: 'ops.load', value: 'xen' },
      { text: 'the first byte that is not zero', value: 'start+0x8' },
    ]);
  });

  test.each([
    ['missing', 'no missing'],
    ['start', /is not of a type that is a number/],
    ['1 / 0', '0x1 is divided by zero'],
    ['u64(stop)', 'not mapped'],
    ['zero(stop, start)', /is no range/],
  ])('what cannot be told is not: %s', (text, message) => {
    expect(() => value(text)).toThrow(NotKnown);
    expect(() => value(text)).toThrow(message);
  });

  test.each([
    ['', 0, 'the end where a number, register, symbol or function is expected'],
    ['1 +', 3, 'the end where a number, register, symbol or function is expected'],
    ['1 2', 2, "'2' where the end is expected"],
    ['(1', 2, "the end where ')' is expected"],
    ['a.', 2, 'the end where a field is expected'],
    ['a[b]', 2, "'b' where a number is expected"],
    ['&5', 1, "'5' where a symbol is expected"],
    ['a = b', 2, "'=' is nothing that stands in an expression"],
    ['a @ b', 2, "'@' is nothing that stands in an expression"],
    ['zreo(a, b)', 0, "there is no function 'zreo'"],
    ['zero(a)', 6, "')' where ',' is expected"],
    ['0x10000000000000000', 0, '0x10000000000000000 has more than 64 bits'],
    ['('.repeat(200), 100, 'too deep'],
  ])('%j is none', (text, at, message) => {
    expect(() => parseExpression(text)).toThrow(ExpressionError);
    expect(() => parseExpression(text)).toThrow(expect.objectContaining({ at, message }));
  });
});
