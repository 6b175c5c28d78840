import { describe, expect, test } from 'vitest';
import { craftArm64Image, craftEfiZboot } from '../../../test/craft/arm64.js';
import { corpusTest, output } from '../../../test/outside.js';
import { Bytes } from '../../core/bytes.js';
import { parseArm64Image } from './arm64-image.js';
import { parseEfiZboot } from './efi-zboot.js';
import { parsePe } from './pe.js';

test('flags of an arm64 Image', () => {
  const parse = (flags: bigint) =>
    parseArm64Image(new Bytes(craftArm64Image({ flags, text_offset: 0x80000 })))!;
  expect(parse(0n)).toMatchObject({ bigEndian: false, pageSize: 0, anywhere: false, textOffset: 0x80000n });
  expect(parse(0b1101n)).toMatchObject({ bigEndian: true, pageSize: 16384, anywhere: true });
  expect([0n, 2n, 4n, 6n].map((flags) => parse(flags).pageSize)).toEqual([0, 4096, 16384, 65536]);
  expect(parseArm64Image(new Bytes(craftArm64Image().subarray(0, 60)))).toBeUndefined();
});

test('an arm64 Image may be a PE too', () => {
  const bytes = new Bytes(craftArm64Image({}, 0, {}));
  expect(parseArm64Image(bytes)!.peOffset).toBe(0x80);
  expect(parsePe(bytes)!.machineName).toBe('arm64');
});

corpusTest('file(1) says the same', 'debian-13-cloud-arm64', ['file'], ({ data, path }) => {
  const image = parseArm64Image(new Bytes(data))!;
  expect(output('file', '-b', path)).toContain(
    `ARM64 boot executable Image, ${image.bigEndian ? 'big' : 'little'}-endian, ${image.pageSize / 1024}K pages`,
  );
  expect(image).toMatchObject({ textOffset: 0n, flags: 0xan, anywhere: true, peOffset: 0x40 });
  expect(image.imageSize).toBeGreaterThan(BigInt(data.length));
});

describe('EFI zboot', () => {
  test('payload and compression', () => {
    const zboot = parseEfiZboot(new Bytes(craftEfiZboot(new Uint8Array(100), 'zstd')))!;
    expect(zboot).toEqual({ payload: { offset: 0x1000, length: 100 }, compression: 'zstd', problems: [] });
  });

  test('a payload outside the file', () => {
    const file = craftEfiZboot(new Uint8Array(100));
    const view = new DataView(file.buffer);
    view.setUint32(12, 0xffffffff, true);
    expect(parseEfiZboot(new Bytes(file))).toMatchObject({
      payload: { offset: 0x1000, length: 0x1000 },
      problems: [{ offset: 8 }],
    });
    view.setUint32(8, 0xffffffff, true);
    expect(parseEfiZboot(new Bytes(file))!.payload).toBeUndefined();
  });
});
