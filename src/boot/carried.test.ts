import { expect, test } from 'vitest';
import { craftBzImage } from '../../test/craft/bzimage.js';
import { type CraftPeSection, craftPe } from '../../test/craft/pe.js';
import { ascii } from '../../test/craft/write.js';
import { layers } from '../image/image.js';
import { openImage } from '../image/open.js';
import { carriedFor } from './carried.js';

const linux = { name: '.linux', data: craftBzImage() };
const section = (name: string, text: string): CraftPeSection => ({ name, data: ascii(text) });

async function carried(...sections: readonly CraftPeSection[]) {
  const image = await openImage(craftPe({ sections }));
  const { commandLine, initrd } = carriedFor(image, layers(image)[1]!);
  return { commandLine, initrd: initrd && new TextDecoder().decode(initrd) };
}

test('the command line, without control characters, up to its NUL', async () => {
  expect(await carried(linux, section('.cmdline', 'a=1\tb\n\0c'))).toEqual({ commandLine: 'a=1 b' });
  expect(await carried(linux, section('.cmdline', '\n'))).toEqual({});
  expect(await carried(linux)).toEqual({});
});

test('microcode before the initrd, each from a multiple of 4 on', async () => {
  expect(await carried(section('.initrd', '070701'), linux, section('.ucode', 'micro'))).toEqual({
    initrd: `micro${'\0'.repeat(3)}070701`,
  });
  expect(await carried(linux, section('.ucode', 'micro'))).toEqual({ initrd: 'micro' });
});

test('a section of VirtualSize 0 is not there', async () => {
  const hidden = { ...section('.cmdline', 'a'), raw: { virtualSize: 0 } };
  expect(await carried(linux, hidden)).toEqual({});
});

test('of several profiles the first, else what stands before it', async () => {
  const base = [linux, section('.cmdline', 'base'), section('.initrd', 'base')];
  const first = [section('.profile', 'ID=a'), section('.cmdline', 'first')];
  const second = [section('.profile', 'ID=b'), section('.cmdline', 'second')];
  expect(await carried(...base, ...first, ...second)).toEqual({ commandLine: 'first', initrd: 'base' });
  expect(await carried(...base, ...second)).toMatchObject({ commandLine: 'second' });
});

test('a kernel that is not in a unified kernel image is given nothing', async () => {
  const image = await openImage(craftBzImage());
  expect(carriedFor(image, image)).toEqual({});
  const outer = await openImage(craftPe({ sections: [linux, section('.cmdline', 'a')] }));
  expect(carriedFor(outer, outer)).toEqual({});
});
