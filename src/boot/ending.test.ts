import { expect, test } from 'vitest';
import { endingOf } from './ending.js';

const panic = '[    1.2] Kernel panic - not syncing: No working init found.\r\n[    1.3] CPU: 0';

test('a panic is told by what the kernel said', () => {
  expect(endingOf('reset', panic)).toEqual({
    short: 'kernel panic',
    sentence: 'kernel panic: No working init found.',
  });
});

test('but not where somebody else ended the boot', () => {
  expect(endingOf('interrupted', panic).short).toBe('interrupted');
});

test('without one, by why the machine stopped', () => {
  expect(endingOf('shutdown', '').short).toBe('triple fault');
});
