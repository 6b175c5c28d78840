import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { detect } from '../../src/image/codec/codecs.js';
import { craftVmlinux } from './seeds.js';

test.each([
  'gz',
  'bz2',
  'lzma',
  'xz',
  'lzo',
  'lz4',
  'zst',
])('vmlinux.%s is the crafted kernel', async (name) => {
  const bytes = new Uint8Array(readFileSync(new URL(`fixtures/vmlinux.${name}`, import.meta.url)));
  const unpacked = await detect(bytes)!.decompress(bytes, { maxOutput: 1 << 20 });
  expect(Buffer.compare(unpacked, craftVmlinux())).toBe(0);
});
