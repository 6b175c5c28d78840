import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copySize, generator, messageSize } from '../../bench/lib/micro/benchmark.js';
import { benchmarks } from '../../bench/lib/micro/benchmarks.js';
import { guestProgram, markerOf, quietKernel } from '../../bench/lib/micro/guest.js';
import { faultsEach } from '../../bench/lib/micro/page-faults.js';
import { boot } from '../../src/boot/boot.js';
import { initramfs } from '../../src/boot/init/initramfs.js';
import { openImage } from '../../src/image/open.js';
import { missing } from '../../tools/check/missing.js';
import { corpusTest, output, withFile } from '../outside.js';

/** Enough to go round every loop, and to tell one count from another. */
const iterations = 3;
const names = benchmarks.map(({ name }) => name);

/** What a run printed: which benchmarks began and ended in what order, and their checksums. */
function checksumsOf(console: string): Record<string, string> {
  const markers = console.split('\n').flatMap((line) => markerOf(line) ?? []);
  expect(markers.map(({ name, checksum }) => `${name} ${checksum ? 'end' : 'begin'}`)).toEqual(
    names.flatMap((name) => [`${name} begin`, `${name} end`]),
  );
  return Object.fromEntries(markers.flatMap(({ name, checksum }) => (checksum ? [[name, checksum]] : [])));
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotated = (value: bigint, by: number): bigint =>
  u64(value << BigInt(by)) | (u64(value) >> BigInt(64 - by));
const next = (value: bigint): bigint => u64(value * generator.factor + generator.addend);
/** As the guest prints a number: its bytes, the lowest first. */
const digits = (value: bigint): string => Buffer.from(BigUint64Array.of(u64(value)).buffer).toString('hex');

function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  const words = new BigUint64Array(size / 8);
  let value = generator.seed;
  for (let i = 0; i < words.length; i++) words[i] = value = next(value);
  return new Uint8Array(words.buffer);
}

/** The checksums again, worked out here. */
function expected(count: number): Record<string, string> {
  let [a, b] = [generator.seed, generator.addend];
  for (let i = 0; i < count; i++) {
    a = rotated(u64(a * generator.factor) + b, 13);
    b = u64((b ^ a) * 5n + 7n);
    a ^= b >> 29n;
    b = u64(b - a);
  }

  let random = generator.seed;
  let [branched, called] = [0n, 0n];
  for (let i = 0; i < count; i++) {
    random = next(random);
    const high = random >> 60n;
    if (high & 1n) branched += 3n;
    if (high & 2n) branched ^= random;
    branched = high < 8n ? u64(branched - high) : rotated(branched, 5);
    const which = random >> 62n;
    if (which === 0n) called = u64(called + 3n);
    else if (which === 1n) called ^= random;
    else if (which === 2n) called = rotated(called, 5);
    else called = u64(called - which);
  }

  const message = randomBytes(messageSize);
  let digest = Buffer.alloc(0);
  for (let i = 0; i < count; i++) {
    digest = createHash('sha256').update(message).digest();
    message.set(digest);
  }

  const source = new BigUint64Array(randomBytes(copySize).buffer);
  const copied = (): string => {
    for (let i = count; i > 0; i--) source[i]! += BigInt(i);
    return digits(source.reduce((sum, word) => u64(rotated(sum, 1) + word), 0n));
  };

  let [byte, switched] = [0, 0n];
  for (let i = 0; i < count; i++) {
    byte = (byte * 5 + 1) & 0xff;
    switched = rotated(switched, 7) + BigInt(byte);
  }
  return {
    integer: digits(a ^ b),
    branches: digits(branched),
    calls: digits(called),
    sha256: digest.toString('hex'),
    'copy-movsb': copied(),
    'copy-movsq': copied(),
    'copy-integer': copied(),
    'copy-sse': copied(),
    syscalls: digits(BigInt(count)),
    'page-faults': digits(BigInt(3 * faultsEach * count)),
    'context-switches': digits(switched),
  };
}

const noReadelf = missing('readelf');
test.skipIf(noReadelf)(
  `readelf takes the program for a static executable (${noReadelf ?? 'readelf'})`,
  () => {
    const text = withFile(guestProgram({ benchmarks }), (path) => output('readelf', '--wide', '-hld', path));
    expect(text).toMatch(/Type: +EXEC/);
    expect(text).toMatch(/Machine: +Advanced Micro Devices X86-64/);
    expect(text.match(/^ +LOAD /gm)).toHaveLength(1);
    expect(text).toContain('There is no dynamic section');
    expect(text).not.toMatch(/warning|error/i);
  },
);

const notHere = process.platform === 'linux' && process.arch === 'x64' ? undefined : 'needs Linux on x86-64';
test.skipIf(notHere)(`every checksum on the host's processor (${notHere ?? 'this host'})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-micro-'));
  try {
    const path = join(folder, 'program');
    // It exits; with the default ending it would switch the host off.
    const program = guestProgram({ benchmarks, iterations: () => iterations, ending: 'exit' });
    writeFileSync(path, program, { mode: 0o755 });
    const { stdout, status } = spawnSync(path, { encoding: 'utf8', timeout: 60_000 });
    expect(status).toBe(0);
    expect(checksumsOf(stdout)).toEqual(expected(iterations));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('as init on our machine', () => {
  corpusTest(
    'all benchmarks run, with the right checksums',
    'debian-11-cloud-amd64',
    [],
    async ({ data }) => {
      const init = guestProgram({ benchmarks, iterations: () => iterations });
      const options = {
        entry: 'pvh',
        initrd: initramfs(64, init),
        append: quietKernel,
        memory: 128,
      } as const;
      const result = await boot(await openImage(data), options);
      expect(result).toMatchObject({ verdict: 'userspace', stop: 'power-off' });
      expect(checksumsOf(result.console)).toEqual(expected(iterations));
    },
  );
});
