import { expect, test } from 'vitest';
import { StartError } from '../../core/errors.js';
import { Machine } from '../../machine/machine.js';
import { Layout, refuseLongCommandLine } from './layout.js';
import { memoryAdvice, memoryRange } from './start.js';

const MEBIBYTE = 0x100000;
const { most } = memoryRange;

test.each([65, 511, 1024, most - 1, most, most + 1, 4096, 5248, 2 ** 20])('%d MiB', (mebibytes) => {
  const advice = memoryAdvice(mebibytes * MEBIBYTE);
  const size = /-m (\d+)/.exec(advice)?.[1];
  if (mebibytes > most) expect(advice).toMatch(/^no -m helps/);
  else {
    expect(Number(size)).toBeGreaterThanOrEqual(mebibytes);
    expect(Number(size)).toBeLessThanOrEqual(most);
  }
});

const hintFor = (start: number): string => {
  const layout = new Layout(new Machine({ memory: 64 }));
  try {
    layout.take('kernel', start, 0x1000);
  } catch (error) {
    if (error instanceof StartError) return `${error.message}; ${error.hint}`;
    throw error;
  }
  return '';
};

test('what is in the way of RAM is said', () => {
  expect(hintFor(0xfff00000)).toMatch(/ROM.*below 4 GiB.*no -m helps/);
  expect(hintFor(0x140000000)).toMatch(/above 4 GiB.*no -m helps/);
  expect(hintFor(0xd0000000)).toMatch(/up to 0xc0000000.*no -m helps/);
  expect(hintFor(0x8000000)).toMatch(/e\.g\. -m \d+/);
});

test('a command line that is too long is refused', () => {
  expect(() => refuseLongCommandLine('x'.repeat(2047), 2047)).not.toThrow();
  expect(() => refuseLongCommandLine('x'.repeat(2048), 2047)).toThrow(
    /2048 bytes, and this kernel takes 2047/,
  );
});
