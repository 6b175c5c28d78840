import { expect, test } from 'vitest';
import { packedKernel, pvhKernel } from '../../test/cli/crafted.js';
import { openImage } from '../image/open.js';
import { entries } from './entries.js';
import { fileChecks } from './file-checks.js';
import { grubFileChecks } from './grub-file.js';

const nameOf = (id: string): string => (id.startsWith('arm64') ? `is-${id}` : `is-x86-${id}`);

test('every entry has its question, and those of grub-file keep their answers', () => {
  expect(Object.keys(fileChecks)).toEqual(expect.arrayContaining(entries.map(({ id }) => nameOf(id))));
  for (const [name, check] of Object.entries(grubFileChecks)) expect(fileChecks[name]).toBe(check);
});

test.each([
  ['packed', packedKernel(), ['linux16', 'linux64', 'pvh']],
  ['plain', pvhKernel(), ['linux64', 'pvh']],
] as const)('a %s kernel is what it offers, and nothing else', async (_name, data, offered: readonly string[]) => {
  const image = await openImage(data);
  // Of what GRUB asks too its own rules are older and laxer.
  const own = entries.filter(({ id }) => !(nameOf(id) in grubFileChecks));
  expect(own.map(({ id }) => id).filter((id) => fileChecks[nameOf(id)]!(image))).toEqual(offered);
});
