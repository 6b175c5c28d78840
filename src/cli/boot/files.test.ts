import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readInitrd, readModule } from './files.js';

const folder = mkdtempSync(join(tmpdir(), 'zeropage-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const plain = join(folder, 'plain');
const spaced = join(folder, 'two words');
writeFileSync(plain, 'a');
writeFileSync(spaced, 'b');

test.each([
  [plain, 'a', ''],
  [`${plain} console=hvc0  x`, 'a', 'console=hvc0  x'],
  [spaced, 'b', ''],
])('%s', (text, content, string) => {
  const { data, string: given } = readModule(text);
  expect({ content: String.fromCharCode(...data), given }).toEqual({ content, given: string });
});

test('a directory is no initrd, and how to make one of it', () => {
  expect(() => readInitrd(folder)).toThrow('this is a directory, and an initrd is a cpio archive');
});
