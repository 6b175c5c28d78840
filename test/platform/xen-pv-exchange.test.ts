import { beforeEach, describe, expect, test } from 'vitest';
import { type PvGuest, pvGuest } from './pv-guest.js';

const SELF = 0x7ff0;
const [EPERM, ESRCH, ENOMEM, EFAULT, EINVAL] = [1, 3, 12, 14, 22];
/** First scratch page that is exchanged; below lie the lists. */
const FIRST = 16;

let guest: PvGuest;
beforeEach(async () => {
  guest = await pvGuest();
});

interface List {
  readonly at: bigint;
  readonly extents: bigint | number;
  readonly order: number;
  readonly flags?: number;
  readonly domain?: number;
}

/** memory_op exchange: its result, and how many extents were done. */
function exchange(from: List, to: List, done = 0n): readonly [number, bigint] {
  const half = ({ at, extents, order, flags = 0, domain = SELF }: List): (bigint | number)[] => [
    at,
    extents,
    (BigInt(flags) << 32n) | BigInt(order),
    domain,
  ];
  const place = guest.words(0, ...half(from), ...half(to), done);
  const result = guest.call(12, 11, place);
  return [result, guest.read(place + 64n).getBigUint64(0, true)];
}

/** Machine frames of scratch pages, which are unmapped. */
function unmapped(first: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => {
    const frame = guest.frame(guest.page(first + i));
    expect(guest.call(14, guest.page(first + i), 0, 2)).toBe(0);
    return frame;
  });
}

const entries = (at: bigint, count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => guest.read(at + BigInt(i * 8)).getBigUint64(0, true));

describe('exchange', () => {
  test('frames one by one for a contiguous run, and back', () => {
    // Eight pages have four in a row at a multiple of four.
    const frames = unmapped(FIRST, 8);
    const start = frames.findIndex((frame) => frame % 4n === 0n);
    const four = frames.slice(start, start + 4);
    expect(four.every((frame, i) => frame === four[0]! + BigInt(i))).toBe(true);
    const shuffled = [four[2]!, four[0]!, four[3]!, four[1]!];
    const before = guest.call(12, 3, guest.words(3, SELF));
    const list = guest.words(1, ...shuffled);
    const out = guest.words(2, 0x900);
    expect(exchange({ at: list, extents: 4, order: 0 }, { at: out, extents: 1, order: 2 })).toEqual([0, 4n]);
    const [run] = entries(out, 1);
    expect(run! % 4n).toBe(0n);
    expect(guest.call(12, 3, guest.words(3, SELF))).toBe(before);
    const m2p = (frame: bigint): bigint =>
      guest.machine.memory.guestView.getBigUint64(guest.domain.heap.m2p + Number(frame) * 8, true);
    expect([0n, 1n, 2n, 3n].map((i) => m2p(run! + i))).toEqual([0x900n, 0x901n, 0x902n, 0x903n]);
    const back = guest.words(2, 0x10, 0x20, 0x30, 0x40);
    guest.words(1, run!);
    expect(exchange({ at: list, extents: 1, order: 2 }, { at: back, extents: 4, order: 0 })).toEqual([0, 1n]);
    const got = entries(back, 4);
    expect(new Set(got).size).toBe(4);
    expect(got.map(m2p)).toEqual([0x10n, 0x20n, 0x30n, 0x40n]);
    // They are the guest's, and empty.
    expect(guest.call(14, guest.page(FIRST), (got[0]! << 12n) | 3n, 2)).toBe(0);
    expect(guest.read(guest.page(FIRST)).getBigUint64(0, true)).toBe(0n);
  });

  test('no run of such a size, or below such an address: nothing changes', () => {
    const [frame] = unmapped(FIRST, 1);
    const [a, b] = [guest.words(1, frame!, guest.frame(guest.page(FIRST + 1))), guest.words(2, 0x900)];
    // The other one is mapped.
    expect(exchange({ at: a, extents: 2, order: 0 }, { at: b, extents: 1, order: 1 })).toEqual([-EINVAL, 0n]);
    const flags = { flags: 20 };
    const one = { at: a, extents: 1, order: 0 };
    expect(exchange(one, { at: b, extents: 1, order: 0, ...flags })).toEqual([-ENOMEM, 0n]);
    expect(exchange(one, { at: b, extents: 1, order: 0, flags: 40 })).toEqual([0, 1n]);
  });

  test('what came before is told', () => {
    const frames = unmapped(FIRST, 2);
    const [a, b] = [guest.words(1, ...frames, 1n << 40n), guest.words(2, 1, 2, 3)];
    expect(exchange({ at: a, extents: 3, order: 0 }, { at: b, extents: 3, order: 0 })).toEqual([-EINVAL, 2n]);
    expect(exchange({ at: a, extents: 2, order: 0 }, { at: b, extents: 2, order: 0 }, 2n)).toEqual([0, 2n]);
  });

  test('what cannot be', () => {
    const at = guest.words(1, 0);
    const one: List = { at, extents: 1, order: 0 };
    expect(exchange({ ...one, order: 10 }, { ...one, order: 10 })).toEqual([-EPERM, 0n]);
    expect(exchange(one, { ...one, extents: 2 })).toEqual([-EINVAL, 0n]);
    expect(exchange(one, { ...one, domain: 5 })).toEqual([-EINVAL, 0n]);
    expect(exchange(one, one, 2n)).toEqual([-EINVAL, 2n]);
    const many: List = { at, extents: 1n << 60n, order: 9 };
    expect(exchange(many, many)).toEqual([-EINVAL, 0n]);
    expect(exchange({ ...one, domain: 5 }, { ...one, domain: 5 })).toEqual([-ESRCH, 0n]);
    expect(exchange({ ...one, at: 0xffff800000000000n }, one)).toEqual([-EFAULT, 0n]);
    expect(exchange(one, { ...one, at: 1n << 50n })).toEqual([-EFAULT, 0n]);
    expect(guest.call(12, 11, 1n << 50n)).toBe(-EFAULT);
  });
});
