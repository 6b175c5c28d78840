import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { craftEfiZboot } from '../../test/craft/arm64.js';
import { craftBzImage } from '../../test/craft/bzimage.js';
import { craftElf } from '../../test/craft/elf.js';
import { craftMultiboot } from '../../test/craft/multiboot.js';
import { craftPe } from '../../test/craft/pe.js';
import { ascii, concat } from '../../test/craft/write.js';
import { corpusTest, linuxIds } from '../../test/outside.js';
import { type Image, kernelElf, layers } from './image.js';
import { kernelRelease } from './kernel-release.js';
import { openImage } from './open.js';

const elf = craftElf({
  segments: [
    { vaddr: 0x1000000, data: concat(ascii('Linux version 6.1.2-x (a@b)\0'), new Uint8Array(5000)) },
  ],
});
const formatsOf = (image: Image) => layers(image).map((layer) => Object.keys(layer.formats));

describe('what wraps what', () => {
  test('bzImage around gzip around ELF', async () => {
    const payload = gzipSync(elf);
    const image = await openImage(craftBzImage({ payload, pe: {} }), { name: 'vmlinuz' });
    expect(formatsOf(image)).toEqual([['bzimage', 'pe'], ['elf']]);
    expect(image.inner).toMatchObject({
      how: 'bzimage-payload',
      codec: 'gzip',
      offset: 2560 + 0x400,
      length: payload.length,
      statedSize: elf.length,
    });
    expect(kernelElf(image)!.bytes.data).toEqual(elf);
    expect(image.inner!.problem).toBeUndefined();
  });

  test('a payload that is not packed', async () => {
    const image = await openImage(craftBzImage({ payload: elf }));
    expect(image.inner).toMatchObject({ codec: 'none', image: { formats: { elf: { class: 64 } } } });
  });

  test('a protocol that does not say where its payload is', async () => {
    const flat = concat(new Uint8Array(100), ascii('Linux version 2.4.37 (a@b)\0'), new Uint8Array(3000));
    const image = await openImage(
      craftBzImage({ version: 0x0203, kernelVersion: null, payload: gzipSync(flat) }),
    );
    expect(image.inner).toMatchObject({ codec: 'gzip', offset: 2560 + 0x400 });
    expect(image.inner!.image!.bytes.length).toBe(flat.length);
    expect(kernelRelease(image)).toBe('2.4.37');
  });

  test('a hypervisor in gzip', async () => {
    const hypervisor = craftElf({ class: 32, segments: [{ data: craftMultiboot(3) }] });
    const image = await openImage(gzipSync(hypervisor));
    expect(formatsOf(image)).toEqual([[], ['elf', 'multiboot']]);
    expect(image.inner!.how).toBe('gzip');
  });

  test('zboot around gzip, a unified image around a bzImage, all that in gzip', async () => {
    expect(formatsOf(await openImage(craftEfiZboot(gzipSync(elf))))).toEqual([['pe', 'zboot'], ['elf']]);
    const linux = craftBzImage({ payload: gzipSync(elf) });
    const uki = gzipSync(craftPe({ sections: [{ name: '.linux', data: linux }] }));
    expect(formatsOf(await openImage(uki))).toEqual([[], ['pe', 'uki'], ['bzimage'], ['elf']]);
  });

  test('a plain vmlinux', async () => {
    const image = await openImage(elf);
    expect(image.inner).toBeUndefined();
    expect(kernelRelease(image)).toBe('6.1.2-x');
  });
});

describe('without unpacking', () => {
  test('the payload is described only', async () => {
    const image = await openImage(craftBzImage({ payload: gzipSync(elf) }), { unpack: false });
    expect(image.inner).toMatchObject({ codec: 'gzip', offset: 2560 + 0x400 });
    expect(image.inner).not.toHaveProperty('image');
    expect(kernelRelease(image)).toBe('6.12.0-craft');
  });
});

describe('what cannot be read', () => {
  test('no known format', async () => {
    const nothing = openImage(ascii('#!/bin/sh\nexit 0\n'), { name: 'script' });
    await expect(nothing).rejects.toMatchObject({
      name: 'ImageError',
      offset: 0,
      message: expect.stringMatching(/^script: no known kernel format .*begins with 23 21 2f/),
    });
    await expect(openImage(new Uint8Array(0))).rejects.toThrow('it is empty');
    await expect(openImage(new Uint8Array(5000))).rejects.toThrow('no known kernel format');
  });

  test('a broken ELF header', async () => {
    await expect(openImage(elf.slice(0, 30))).rejects.toMatchObject({ name: 'ImageError' });
  });

  test('a broken PE header does not hide the bzImage', async () => {
    const file = craftBzImage({ payload: gzipSync(elf), pe: {} });
    file[0x40 + 24] = 0;
    const image = await openImage(file);
    expect(Object.keys(image.formats)).toEqual(['bzimage']);
    expect(image.problems).toMatchObject([{ offset: 0x40 + 24 }]);
  });

  test.each([
    ['truncated', gzipSync(elf).subarray(0, 60), 'cannot be unpacked'],
    ['of unknown compression', ascii('whatever this may be'), 'no known compression'],
    ['of unknown content', gzipSync(ascii('whatever this may be')), 'no known kernel format'],
    ['of a broken ELF', gzipSync(elf.subarray(0, 30)), 'bytes wanted'],
  ])('a payload %s is a problem of the image', async (_, payload, problem) => {
    const image = await openImage(craftBzImage({ payload: new Uint8Array(payload) }));
    expect(image.inner!.problem).toContain(problem);
  });

  test('more unpacked bytes than allowed, in one layer or in all', async () => {
    const bomb = craftBzImage({ payload: gzipSync(new Uint8Array(1 << 22)) });
    expect((await openImage(bomb, { maxUnpacked: 1 << 20 })).inner!.problem).toContain('limit of 1048576');
    const twice = gzipSync(craftBzImage({ payload: gzipSync(concat(elf, new Uint8Array(1 << 16))) }));
    const image = await openImage(twice, { maxUnpacked: 70_000 });
    expect(image.inner!.image!.inner!.problem).toContain('limit of');
  });

  test('images nested without end', async () => {
    let nested: Uint8Array = elf;
    for (let depth = 0; depth < 6; depth++) nested = gzipSync(nested);
    await expect(openImage(nested)).rejects.toThrow('images nested more than 4 deep');
    expect((await openImage(nested, { unpack: false })).inner).toMatchObject({ how: 'gzip', codec: 'gzip' });
    let wrapped: Uint8Array = craftBzImage({ payload: gzipSync(elf) });
    for (let depth = 0; depth < 4; depth++) wrapped = gzipSync(wrapped);
    expect(layers(await openImage(wrapped)).at(-1)!.inner!.problem).toContain('nested');
  });

  test.each([
    ['truncated', gzipSync(elf).subarray(0, 60), 'truncated'],
    ['of something else', gzipSync(ascii('plain text')), 'begins with 70 6c 61 69 6e'],
  ])('a gzip file %s', async (_, data, message) => {
    await expect(openImage(data, { name: 'x.gz' })).rejects.toMatchObject({
      name: 'ImageError',
      message: expect.stringMatching(`^x.gz: a gzip file, but no kernel: .*${message}`),
    });
  });

  test('a stated size that is absurd allocates nothing', async () => {
    const payload = gzipSync(elf);
    payload.writeUInt32LE(0xffffffff, payload.length - 4);
    const image = await openImage(craftBzImage({ payload: new Uint8Array(payload) }));
    expect(image.inner).toMatchObject({
      statedSize: 0xffffffff,
      problem: expect.stringContaining('corrupt'),
    });
  });
});

describe('the corpus', () => {
  for (const id of linuxIds) {
    corpusTest('unpacks to an ELF', id, [], async ({ data, release }) => {
      const image = await openImage(data, { name: id });
      expect(formatsOf(image)).toEqual([['bzimage', 'pe'], ['elf']]);
      expect(image.inner!.image!.bytes.length).toBe(image.inner!.statedSize);
      expect(kernelRelease(image)).toBe(release);
      // The banner inside must say the same as the header outside.
      expect(kernelRelease(image.inner!.image!)).toBe(release);
    });
  }

  corpusTest('has a hypervisor in gzip', 'xen', [], async ({ data }) => {
    const image = await openImage(data);
    expect(formatsOf(image)).toEqual([[], ['elf', 'multiboot', 'multiboot2']]);
    expect(kernelRelease(image)).toMatch(/^4\.\d+/);
  });

  corpusTest('has a hypervisor as PE', 'xen-efi', [], async ({ data }) => {
    const image = await openImage(data);
    expect(Object.keys(image.formats)).toContain('pe');
    expect(kernelRelease(image)).toMatch(/^4\.\d+/);
  });

  corpusTest('has an arm64 Image', 'debian-13-cloud-arm64', [], async ({ data, release }) => {
    const image = await openImage(data);
    expect(Object.keys(image.formats)).toEqual(['pe', 'arm64']);
    expect(kernelRelease(image)).toBe(release);
  });

  for (const id of ['memtest86+x64', 'memtest86+x64-efi', 'grub-xen-x86_64', 'grub-xen-i386-pvh']) {
    corpusTest('has something that wraps nothing', id, [], async ({ data }) => {
      expect((await openImage(data)).inner).toBeUndefined();
    });
  }
});
