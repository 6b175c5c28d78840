import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ImageError } from '../../core/errors.js';
import { codecs, detect } from './codecs.js';

/** The command each kernel build uses (scripts/Makefile.lib of Linux). */
const commands: Record<string, string[]> = {
  gzip: ['gzip', '-n', '-f', '-9'],
  bzip2: ['bzip2', '-9'],
  lzma: ['lzma', '-9'],
  xz: ['xz', '--check=crc32', '--x86', '--lzma2=,dict=32MiB'],
  lzo: ['lzop', '-9'],
  lz4: ['lz4', '-l', '-9', '-c'],
  zstd: ['zstd', '-22', '--ultra', '-q'],
};

/** Packs with a command line tool, or returns undefined when the tool is not installed. */
function pack([tool, ...options]: readonly string[], input: Uint8Array): Uint8Array | undefined {
  const result = spawnSync(tool!, options, { input, maxBuffer: 1 << 30 });
  return result.error || result.status !== 0 ? undefined : new Uint8Array(result.stdout);
}

function needs<T>(value: T | undefined, skip: (note: string) => void, tool: string): T {
  if (value === undefined) skip(`${tool} is not installed`);
  return value as T;
}

const maxOutput = 1 << 30;
/** Real code: calls for the branch filter, matches of every distance. */
const code = new Uint8Array(readFileSync(process.execPath).subarray(0x1000000, 0x1000000 + 1_000_001));
const packed = new Map(codecs.map(({ id }) => [id, pack(commands[id]!, code)]));
const codec = (id: string) => codecs.find((one) => one.id === id)!;

/** The text below, packed by each tool: works where no tool is installed. */
const text = 'zeropage reads kernel images; '.repeat(40);
const fixtures: Record<string, string> = {
  gzip: 'H4sIAAAAAAACA6tKLcovSExPVShKTUwpVshOLcpLzVHIzAUKFVsrVI3KjsqOyo7KDhpZACkWK7awBAAA',
  bzip2:
    'QlpoOTFBWSZTWXX2urQAAleZgEAAAAgmr9gQIACQKYACaBSqnqeoZGZTgTQnsTImBMCdifhPgnImhOxOxNiZE9BOgnImhOAmxMiZCbE8CYE/i7kinChIOvtdWgA=',
  lzma: 'XQAAAAT//////////wA9GUqrtyZNUypDYmvvG8lcJiakHoXC4rAcN6aMddz5R2v8iwwqgrFk9sUg0/lV6wA=',
  xz: '/Td6WFoAAAFpIt42AgEEACEBGgAByYCz4ASvACtdAD0ZSqu3Jk1TKkNia+8byVwmJqQehcLisBw3pox13PlHa/yLDCqCsVhDxgAAACkWK7YAAUOwCQAAAIHrVic+MA2LAgAAAAABWVo=',
  lzo: 'iUxaTwANChoKEEAgoAlAAwkDAAANAAAAAGsAO5YAAAAAACiuArIAAASwAAAAKYlUvMApemVyb3BhZ2UgcmVhZHMga2VybmVsIGltSwJzOyAgAAAAAHV0ABEAAAAAAAA=',
  lz4: 'AiFMGC0AAAD/D3plcm9wYWdlIHJlYWRzIGtlcm5lbCBpbWFnZXM7IB4A/////35QZ2VzOyA=',
  zstd: 'KLUv/QSINQEA8Hplcm9wYWdlIHJlYWRzIGtlcm5lbCBpbWFnZXM7IAEAPhJ+5QS/0TyB',
};

test.each(Object.entries(fixtures))('%s: unpacks a stream and tells it by its magic', async (id, base64) => {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  expect(detect(bytes)?.id).toBe(id);
  expect(Buffer.from(await codec(id).decompress(bytes, { maxOutput })).toString()).toBe(text);
});

test('detect knows no plain file', () => {
  expect(detect(code)).toBeUndefined();
  expect(detect(new Uint8Array(0))).toBeUndefined();
});

describe.each(codecs.map(({ id }) => id))('%s', (id) => {
  const { decompress } = codec(id);

  test('unpacks what the kernel build packs, with and without a size hint', async ({ skip }) => {
    const bytes = needs(packed.get(id), skip, id);
    for (const expectedSize of [undefined, code.length, code.length + 5, 7]) {
      const output = await decompress(bytes, { maxOutput, expectedSize });
      expect(Buffer.compare(output, code)).toBe(0);
    }
  });

  test('accepts output of exactly the limit, and one byte more is an error', async ({ skip }) => {
    const bytes = needs(packed.get(id), skip, id);
    expect((await decompress(bytes, { maxOutput: code.length })).length).toBe(code.length);
    await expect(decompress(bytes, { maxOutput: code.length - 1 })).rejects.toThrow(/limit of 1000000 bytes/);
  });

  test('ignores what follows the stream', async ({ skip }) => {
    const bytes = needs(packed.get(id), skip, id);
    const size = new Uint8Array(new Uint32Array([code.length]).buffer);
    for (const tail of [size, new Uint8Array(4096), new Uint8Array(999).fill(0xa5), Uint8Array.of(1)]) {
      const output = await decompress(new Uint8Array(Buffer.concat([bytes, tail])), { maxOutput });
      expect(Buffer.compare(output, code)).toBe(0);
    }
  });

  test('a truncated stream is an ImageError that says so', async ({ skip }) => {
    const bytes = needs(packed.get(id), skip, id);
    for (const length of [magicLength(id), 11, 20, 1000, bytes.length >> 1, bytes.length - 40]) {
      const failure = await decompress(bytes.slice(0, length), { maxOutput }).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(ImageError);
      expect((failure as ImageError).message).toMatch(/truncated|ends at/);
    }
  });

  test('a damaged stream is an ImageError or wrong bytes, never anything else, and harms no later call', async ({
    skip,
  }) => {
    const bytes = needs(packed.get(id), skip, id);
    let random = 1;
    for (let round = 0; round < 60; round++) {
      const damaged = bytes.slice();
      for (let i = 0; i < 4; i++) {
        random = (Math.imul(random, 1103515245) + 12345) >>> 0;
        // Half of the rounds damage the headers at the start.
        const at = random % (round % 2 ? damaged.length : Math.min(damaged.length, 64));
        damaged[at] = damaged[at]! ^ (1 << (random >>> 29)) ^ (round & 0xff);
      }
      const result = await decompress(damaged, { maxOutput: 1 << 24 }).catch((error: unknown) => error);
      if (!(result instanceof Uint8Array)) expect(result).toBeInstanceOf(ImageError);
    }
    expect(Buffer.compare(await decompress(bytes, { maxOutput }), code)).toBe(0);
  }, 60_000);

  test('a bomb stops at the limit', async ({ skip }) => {
    const bytes = needs(pack(commands[id]!, new Uint8Array(32 << 20)), skip, id);
    await expect(decompress(bytes, { maxOutput: 4 << 20 })).rejects.toThrow(
      `${id}: unpacks to more than the limit of 4194304 bytes`,
    );
  }, 60_000);

  test('an empty input is truncated', async () => {
    await expect(decompress(new Uint8Array(0), { maxOutput })).rejects.toBeInstanceOf(ImageError);
  });
});

function magicLength(id: string): number {
  return codec(id).magic.length;
}

test('zstd: 100 GiB in run-length blocks stop at the limit', async () => {
  // A frame header with a window of 128 KiB and no content size, then blocks that repeat one byte 128 KiB times.
  const blocks = (100 * 2 ** 30) / (128 << 10);
  const bytes = new Uint8Array(6 + 4 * blocks);
  bytes.set([0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3]);
  for (let at = 6; at < bytes.length; at += 4) bytes.set([0x02, 0x00, 0x10, 0], at);
  await expect(codec('zstd').decompress(bytes, { maxOutput: 64 << 20 })).rejects.toThrow(
    'more than the limit',
  );
});

test('lzma: a header that promises 100 GiB is refused before any work', async () => {
  const bytes = new Uint8Array(64);
  bytes.set([0x5d, 0, 0, 0, 4]);
  new DataView(bytes.buffer).setBigUint64(5, 100n << 30n, true);
  await expect(codec('lzma').decompress(bytes, { maxOutput })).rejects.toThrow('more than the limit');
});

test('zstd: a window of more than 128 MiB is refused', async () => {
  const bytes = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 20 << 3, 0x02, 0, 0x10, 0);
  await expect(codec('zstd').decompress(bytes, { maxOutput })).rejects.toThrow(
    'window is larger than 128 MiB',
  );
});

test.each(['zstd', 'gzip', 'lz4'])('%s: streams that follow one another are joined', async (id) => {
  const bytes = Buffer.from(fixtures[id]!, 'base64');
  const twice = new Uint8Array(Buffer.concat([bytes, bytes]));
  expect(Buffer.from(await codec(id).decompress(twice, { maxOutput })).toString()).toBe(text + text);
});

test.skipIf(!packed.get('zstd')).each([
  ['with a 128 MiB window', ['zstd', '-22', '--ultra', '--long=27', '-q']],
  ['with a check sum', ['zstd', '-3', '--check', '-q']],
])('zstd: %s', async (_, command) => {
  const bytes = pack(command, code)!;
  expect(Buffer.compare(await codec('zstd').decompress(bytes, { maxOutput }), code)).toBe(0);
});

test.skipIf(!packed.get('xz')).each([
  ['no filter', ['xz', '--check=crc32', '--lzma2=preset=1']],
  ['the ARM64 filter', ['xz', '--check=crc32', '--arm64', '--lzma2=preset=1']],
  ['an x86 filter that starts elsewhere', ['xz', '--check=crc32', '--x86=start=4096', '--lzma2=preset=1']],
  ['other literal bits', ['xz', '--check=none', '--lzma2=preset=1,lc=1,lp=2,pb=0']],
  ['several blocks and CRC-64', ['xz', '-T1', '--block-size=300000', '-1']],
])('xz: %s', async (_, command) => {
  const bytes = pack(command, code)!;
  expect(Buffer.compare(await codec('xz').decompress(bytes, { maxOutput }), code)).toBe(0);
});

test.skipIf(!packed.get('xz'))('xz: data that LZMA2 stores as it is', async () => {
  const noise = new Uint8Array(200_000);
  for (let i = 0, x = 1; i < noise.length; i++)
    noise[i] = (x = (Math.imul(x, 1664525) + 1013904223) >>> 0) >>> 24;
  const bytes = pack(commands.xz!, noise)!;
  expect(Buffer.compare(await codec('xz').decompress(bytes, { maxOutput }), noise)).toBe(0);
});

test('xz: a wrong check sum of the data is an error', async () => {
  const bytes = new Uint8Array(Buffer.from(fixtures.xz!, 'base64'));
  // The last bytes are the index (8 or more) and the footer (12); the check stands right before the index.
  const indexSize = (new DataView(bytes.buffer).getUint32(bytes.length - 8, true) + 1) * 4;
  bytes[bytes.length - 12 - indexSize - 1]! ^= 1;
  await expect(codec('xz').decompress(bytes, { maxOutput })).rejects.toThrow('check sum of the data');
});

test.skipIf(!packed.get('lz4')).each([8 << 20, (8 << 20) + 1, 16 << 20])(
  'lz4: %d bytes, at the edge of a block',
  async (length) => {
    const data = new Uint8Array(length).map((_, i) => (i * i) >> 12);
    const bytes = pack(['lz4', '-l', '-1', '-c'], data)!;
    const size = new Uint8Array(new Uint32Array([length]).buffer);
    for (const tail of [size, new Uint8Array(0)]) {
      const output = await codec('lz4').decompress(new Uint8Array(Buffer.concat([bytes, tail])), {
        maxOutput,
      });
      expect(Buffer.compare(output, data)).toBe(0);
    }
  },
);

test('lz4: a match before the start of its block is an error', async () => {
  const block = Uint8Array.of(0x10, 0x41, 0x05, 0x00, 0x00);
  const bytes = Uint8Array.of(0x02, 0x21, 0x4c, 0x18, block.length, 0, 0, 0, ...block);
  await expect(codec('lz4').decompress(bytes, { maxOutput })).rejects.toThrow('a match before the start');
});

test.skipIf(!packed.get('lzo'))('lzo: every method of lzop', async () => {
  for (const level of ['-1', '-3', '-7']) {
    const bytes = pack(['lzop', level], code)!;
    expect(Buffer.compare(await codec('lzo').decompress(bytes, { maxOutput }), code)).toBe(0);
  }
});
