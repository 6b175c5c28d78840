import { expect, test } from 'vitest';
import { craftArm64Image } from '../../test/craft/arm64.js';
import { craftElf } from '../../test/craft/elf.js';
import { offerOf } from '../../test/offer.js';

test('execution begins at the first byte', async () => {
  const offer = await offerOf(craftArm64Image(), 'arm64');
  expect(offer).toMatchObject({ offered: true, via: 'image', address: 0n, addressKind: 'file offset' });
  expect(offer.facts).toMatchObject({
    'load address': '2 MiB aligned base + 0x0',
    'size in memory': '0x2000',
    kernel: 'little-endian, 4 KiB pages, any 2 MiB aligned base',
  });
});

test.each([
  [0x5, 'big-endian, 16 KiB pages, base close to the start of RAM'],
  [0x6, 'little-endian, 64 KiB pages, base close to the start of RAM'],
  [0x8, 'little-endian, page size unspecified, any 2 MiB aligned base'],
])('flags %i: %s', async (flags, text) => {
  expect((await offerOf(craftArm64Image({ flags }), 'arm64')).facts!.kernel).toBe(text);
});

test('before 3.17 text_offset is 0x80000 whatever the header says', async () => {
  const offer = await offerOf(craftArm64Image({ image_size: 0, text_offset: 0x123, flags: 0 }), 'arm64');
  expect(offer.facts!['load address']).toBe(
    '2 MiB aligned base + 0x80000, as close as possible to the start of RAM',
  );
});

test('an Image with PE header is both', async () => {
  const image = craftArm64Image({ res5: 0x80 }, 0x2000, {});
  expect((await offerOf(image, 'arm64')).offered).toBe(true);
  expect((await offerOf(image, 'arm64-efi')).offered).toBe(true);
});

test('an arm64 ELF file is not an Image', async () => {
  const offer = await offerOf(craftElf({ machine: 183, segments: [{ data: new Uint8Array(64) }] }), 'arm64');
  expect(offer.offered).toBe(false);
  expect(offer.reason).toContain('An arm64 ELF file, not an Image');
});
