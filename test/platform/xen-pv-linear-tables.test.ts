import { beforeEach, expect, test } from 'vitest';
import { XEN_ERRNO } from '../../src/abi/xen.js';
import { type PvGuest, pvGuest } from './pv-guest.js';

const { EINVAL } = XEN_ERRNO;
const SELF = 0x7ff0n;
const READABLE = 0x5n;
const WRITABLE = 2n;
const PIN = { 1: 0, 2: 1, 3: 2, 4: 3 } as const;
/** A slot of the root that nothing else is in. */
const SLOT = 5n;

let guest: PvGuest;
let root: bigint;
beforeEach(async () => {
  guest = await pvGuest();
  root = BigInt(guest.domain.kernelRoot / 4096);
});

const pin = (level: keyof typeof PIN, frame: bigint): number =>
  guest.call(26, guest.words(0, PIN[level], frame, 0), 1, 0, SELF);
const unpin = (frame: bigint): number => guest.call(26, guest.words(0, 4, frame, 0), 1, 0, SELF);

/** Writes an entry of a table by mmu_update. */
const set = (frame: bigint, slot: bigint, entry: bigint): number =>
  guest.call(1, guest.words(0, (frame << 12n) + slot * 8n, entry), 1, 0, SELF);

/** A scratch page, mapped read-only, that holds an entry. */
function table(n: number, entry = 0n): bigint {
  guest.words(n, entry);
  const frame = guest.frame(guest.page(n));
  expect(guest.call(14, guest.page(n), guest.entry(guest.page(n)) & ~WRITABLE, 2)).toBe(0);
  return frame;
}

const counts = (...frames: bigint[]): number[] =>
  frames.map((frame) => guest.domain.frames.linear[Number(frame)]!);

test('the root leads to itself: its tables can be read as pages, and not written', () => {
  const uses = guest.domain.frames.uses[Number(root)];
  expect(set(root, SLOT, (root << 12n) | READABLE | WRITABLE)).toBe(-EINVAL);
  expect(set(root, SLOT, (root << 12n) | READABLE)).toBe(0);
  const at = (SLOT << 39n) | (SLOT << 30n) | (SLOT << 21n) | (SLOT << 12n);
  expect(guest.read(at + SLOT * 8n).getBigUint64(0, true) & ~0x60n).toBe((root << 12n) | READABLE);
  expect(guest.domain.guest.write(at + 0x800n, new Uint8Array(8))).toBe(false);
  // What is there cannot be made writable either; other bits can be changed.
  expect(set(root, SLOT, (root << 12n) | READABLE | WRITABLE)).toBe(-EINVAL);
  expect(set(root, SLOT, (root << 12n) | READABLE | (1n << 63n))).toBe(0);
  expect(set(root, SLOT, 0n)).toBe(0);
  expect(guest.domain.frames.uses[Number(root)]).toBe(uses);
  expect(counts(root)).toEqual([0]);
});

test('update_va_mapping finds no L1 entry through it', () => {
  expect(set(root, SLOT, (root << 12n) | READABLE)).toBe(0);
  const at = (SLOT << 39n) | (SLOT << 30n) | (SLOT << 21n) | (SLOT << 12n);
  expect(guest.call(14, at, 0, 0)).toBe(-EINVAL);
});

test.each([
  2, 3, 4,
] as const)('a table of level %i that leads to itself can be pinned, unless writable', (level) => {
  const own = guest.frame(guest.page(5));
  const frame = table(5, (own << 12n) | READABLE);
  expect(pin(1, frame)).toBe(0);
  expect(unpin(frame)).toBe(0);
  expect(pin(level, frame)).toBe(0);
  expect(unpin(frame)).toBe(0);
  expect(guest.domain.frames.uses[Number(frame)]).toBe(0);
  expect(counts(frame)).toEqual([0]);
});

test.each([
  2, 3, 4,
] as const)('level %i: to another table of the level, validated and without such entries', (level) => {
  const first = table(5);
  const second = table(6, (first << 12n) | READABLE);
  // Before it is a table of this level it becomes one of the level below.
  expect(pin(level, second)).toBe(0);
  expect(counts(first, second)).toEqual([0, 0]);
  expect(unpin(second)).toBe(0);
  expect(pin(level, first)).toBe(0);
  expect(pin(level, second)).toBe(0);
  expect(counts(first, second)).toEqual([-1, 1]);
  // No chains: neither on from where one leads to, nor to where one leads from.
  const third = table(7);
  expect(pin(level, third)).toBe(0);
  expect(set(first, 1n, (third << 12n) | READABLE)).toBe(-EINVAL);
  expect(set(third, 1n, (second << 12n) | READABLE)).toBe(-EINVAL);
  expect(set(second, 1n, (third << 12n) | READABLE | WRITABLE)).toBe(-EINVAL);
  expect(set(second, 1n, (third << 12n) | READABLE)).toBe(0);
  expect(counts(first, second, third)).toEqual([-1, 2, -1]);
  expect(set(second, 0n, (third << 12n) | READABLE)).toBe(0);
  expect(counts(first, second, third)).toEqual([0, 2, -2]);
  // The last uses of the third are those entries.
  expect(unpin(third)).toBe(0);
  expect(guest.domain.frames.validated[Number(third)]).toBe(1);
  expect(unpin(second)).toBe(0);
  expect(counts(first, second, third)).toEqual([0, 0, 0]);
  expect(guest.domain.frames.validated[Number(third)]).toBe(0);
  expect(set(first, 1n, 0n)).toBe(0);
});

test('a table with a bad entry behind lets go of the linear one', () => {
  const first = table(5);
  const own = guest.frame(guest.page(6));
  guest.words(6, (first << 12n) | READABLE, (own << 12n) | READABLE | WRITABLE);
  guest.call(14, guest.page(6), guest.entry(guest.page(6)) & ~WRITABLE, 2);
  expect(pin(4, first)).toBe(0);
  expect(pin(4, own)).toBe(-EINVAL);
  expect(counts(first, own)).toEqual([0, 0]);
  expect(unpin(first)).toBe(0);
  expect(guest.domain.frames.uses[Number(first)]).toBe(0);
});
