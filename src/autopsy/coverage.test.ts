import { expect, test } from 'vitest';
import type { PhysicalMemory } from '../machine/memory.js';
import type { Block } from '../machine/observe.js';
import { Coverage } from './coverage.js';

const bytes = new Uint8Array(0x4000);
const memory = {
  ramSize: bytes.length,
  ram: (address: number, size: number) => bytes.subarray(address, address + size),
} as unknown as PhysicalMemory;
const block = (frame: number, offset: number, end: number, page = frame): Block =>
  ({ frame, page, offset, end }) as unknown as Block;

test('code is new once, at whichever piece of it one looks', () => {
  const coverage = new Coverage(memory);
  expect(coverage.add(block(1, 0x10, 0x40))).toBe('new');
  expect(coverage.add(block(1, 0x18, 0x20))).toBe('known');
  expect(coverage.add(block(1, 0x38, 0x48))).toBe('new');
  expect(coverage.add(block(1, 0x10, 0x48, 7))).toBe('new');
});

test('other code at the same place has not run', () => {
  const coverage = new Coverage(memory);
  expect(coverage.add(block(2, 0, 16))).toBe('new');
  bytes[0x2008] = 0x90;
  expect(coverage.add(block(2, 0, 8))).toBe('known');
  expect(coverage.add(block(2, 0, 16))).toBe('changed');
  expect(coverage.add(block(2, 0, 16))).toBe('known');
});

test('a block that reaches into the next page, and one where there is no RAM', () => {
  const coverage = new Coverage(memory);
  expect(coverage.add(block(1, 4090, 4100))).toBe('new');
  expect(coverage.add(block(1, 4090, 4096))).toBe('known');
  expect(coverage.add(block(900, 0, 4))).toBe('new');
  expect(coverage.add(block(900, 0, 4))).toBe('known');
});
