import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { slowest } from './sequencer.js';

test('the slowest test files are there, each named once', () => {
  const root = new URL('../../', import.meta.url);
  expect(slowest.filter((file) => !existsSync(fileURLToPath(new URL(file, root))))).toEqual([]);
  expect(new Set(slowest).size).toBe(slowest.length);
});
