import { expect, test } from 'vitest';
import { bytes, count, plural } from './quantity.js';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [1023, '1023 bytes'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [150_000, '146 KiB'],
  [2 ** 20 - 1, '1.0 MiB'],
  [2n ** 64n, '16 EiB'],
])('%d bytes', (size, text) => expect(bytes(size)).toBe(text));

test('counts in groups of three', () => {
  expect([1, 999, 1000, 163840, 1234567].map(count)).toEqual(['1', '999', '1 000', '163 840', '1 234 567']);
});

test('one and many', () => {
  expect([plural(1, 'note'), plural(2, 'note'), plural(0, 'entry', 'entries')]).toEqual([
    '1 note',
    '2 notes',
    '0 entries',
  ]);
});
