import { describe, expect, test } from 'vitest';
import { craftBzImage } from '../../test/craft/bzimage.js';
import { ascii, concat } from '../../test/craft/write.js';
import { corpusTest, linuxIds } from '../../test/outside.js';
import { Bytes } from '../core/bytes.js';
import type { ImageError } from '../core/errors.js';
import { openImage } from './open.js';
import { guess } from './unrecognised.js';

const whatOf = (data: Uint8Array): string | undefined => guess(new Bytes(data))?.what;

describe('files without headers', () => {
  test.each([
    [
      'a flat kernel',
      concat(new Uint8Array(0x1000), ascii('Linux version 6.1.2-x (a@b) (gcc)\n')),
      /Linux 6\.1\.2-x/,
    ],
    ['an initramfs', ascii('070701'.padEnd(110, '0')), /cpio archive/],
    [
      'a bzImage behind 64 bytes',
      concat(new Uint8Array(64), craftBzImage()),
      /"HdrS" stands at 0x242, 64 bytes/,
    ],
    [
      "a bzImage behind U-Boot's header",
      concat(Uint8Array.of(0x27, 5, 0x19, 0x56), new Uint8Array(60), craftBzImage()),
      /U-Boot's legacy header \(mkimage -T kernel\) stands before the kernel/,
    ],
    [
      'a bzImage cut at its front',
      craftBzImage().subarray(16),
      /the first 16 bytes of the kernel are missing/,
    ],
    ['a format string', concat(new Uint8Array(0x1000), ascii('Linux version %s (%s)\n')), undefined],
    ['words in a sentence', concat(new Uint8Array(64), ascii('Linux version 2 or later')), undefined],
    ['nothing', new Uint8Array(), undefined],
  ])('%s', (_, data, expected) => {
    if (expected) expect(whatOf(data)).toMatch(expected);
    else expect(whatOf(data)).toBeUndefined();
  });

  test('the error says what it seems to be and what to give instead', async () => {
    const data = concat(Uint8Array.of(0xfc, 0xf6, 0x86, 0x11, 0x02, 0, 0, 0x40, 0x75), new Uint8Array(0x400));
    const error = (await openImage(data).catch((error: unknown) => error)) as ImageError;
    expect(error.message).toMatch(
      /it seems to be the protected-mode part of a bzImage without its setup code/,
    );
    expect(error.hint).toMatch(/whole bzImage/);
  });

  for (const id of linuxIds) {
    corpusTest('knows what is left of a bzImage without its setup code', id, [], ({ data }) => {
      expect(whatOf(data.subarray((data[0x1f1]! + 1) * 512))).toMatch(/protected-mode part of a bzImage/);
    });
  }

  corpusTest('knows a flat kernel', 'debian-13-cloud-amd64', [], async ({ data, release }) => {
    const { bytes, formats } = (await openImage(data)).inner!.image!;
    const [first] = formats.elf!.segments;
    const flat = bytes.data.subarray(first!.offset, first!.offset + 0x3000000);
    expect(whatOf(flat)).toContain(`Linux ${release}`);
  });
});
