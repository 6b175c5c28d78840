import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { BootReport } from '../../src/report/boot.js';
import type { StartOfDay } from '../../src/report/start-of-day.js';
import { type GuestName, guest } from '../boot/guests.js';
import { scratch, shell, zeropage } from './command.js';
import { efiKernel, packedKernel, pvhKernel } from './crafted.js';

const schemaOf = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8'));
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const valid = { boot: ajv.compile(schemaOf('boot')), startOfDay: ajv.compile(schemaOf('start-of-day')) };

const file = scratch();
const path = (name: GuestName): string => file(name, guest(name));
const small = ['-m', '32'];

function bootJson(expected: number, ...args: string[]): BootReport {
  const { code, stdout, stderr } = zeropage(['boot', '--json', ...small, ...args]);
  expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
  const report = JSON.parse(stdout);
  valid.boot(report);
  expect(valid.boot.errors).toBeNull();
  return report;
}

describe('--json', () => {
  test('a boot to its end, the same every time but for its seconds', () => {
    const image = path('works');
    const [first, second] = [bootJson(0, image), bootJson(0, image)];
    expect(first).toMatchObject({ verdict: 'ended', entry: 'pvh', platform: 'bare', image: 'works' });
    expect(first.console).toMatch(/^hello\r\n/);
    expect({ ...second, seconds: 0 }).toEqual({ ...first, seconds: 0 });
  });

  test.each([
    ['resets', 'reset'],
    ['halts', 'dead-halt'],
    ['dies', 'shutdown'],
    ['hangs', 'stuck'],
    ['ticks', 'budget'],
  ] as const)('%s fails with 1 and an autopsy', (name, stop) => {
    const report = bootJson(1, path(name), '--budget', '100k');
    expect(report).toMatchObject({ verdict: 'failed', stop });
    expect(report.autopsy).not.toBeNull();
  });

  test('what is expected decides', () => {
    const image = path('works');
    expect(bootJson(0, image, '--expect', 'hello', '--expect', '/REACHED/i')).toMatchObject({
      verdict: 'expected',
      exitStatus: null,
    });
    expect(bootJson(1, image, '--expect', 'hello', '--expect', 'bye')).toMatchObject({
      verdict: 'failed',
      cause: 'not as expected',
      reason: 'It did not say "bye"; it switched the power off.',
      autopsy: null,
    });
    expect(bootJson(0, image, '--expect-exit', '0')).toMatchObject({ verdict: 'expected' });
  });

  test('--exit-status: 0 in order, 255 for who died without one', () => {
    bootJson(0, path('works'), '--exit-status');
    bootJson(255, path('dies'), '--exit-status');
    bootJson(255, path('works'), '--exit-status', '--expect', 'bye');
  });

  test('what inspect knows of the entry comes first, and is the cause where it explains the end', () => {
    const whole = packedKernel();
    const short = file('short', whole.subarray(0, whole.length - 64));
    const args = [short, '--entry', 'linux64', '--budget', '1M', '-m', '128'];
    const report = bootJson(1, ...args);
    expect(report.findings[0]).toMatchObject({ rule: 'kernel-truncated', severity: 'error', layer: 'image' });
    expect(report).toMatchObject({ verdict: 'failed', cause: 'kernel truncated' });
    expect(report.reason).toMatch(
      /^By its syssize the kernel ends at 0x\w+, but the file ends at 0x\w+: .* After entry/,
    );
    const { stdout, stderr } = zeropage(['boot', ...args]);
    expect(stderr).toMatch(/^short: error: kernel-truncated: By its syssize/);
    expect(stdout).toMatch(/end +kernel truncated/);
    expect(stdout).toMatch(/\nAutopsy .*\n {2}the kernel in the file is truncated: \w/);
    expect(stdout).toMatch(/\nTry\n {2}- Copy, download or build the image again: its end is missing\.\n$/);
    expect(bootJson(0, path('works')).findings).toEqual([]);
  });

  test('a waypoint', () => {
    expect(bootJson(0, path('works'), '--until', 'entry')).toMatchObject({
      verdict: 'reached',
      instructions: 0,
    });
  });

  test('an entry that is not offered, and one that cannot be booted yet', () => {
    const [bare, packed] = [path('works'), file('packed', efiKernel())];
    expect(bootJson(1, bare, '--entry', 'xen-pv')).toMatchObject({ verdict: 'not-offered', hash: null });
    expect(bootJson(1, packed, '--entry', 'efi')).toMatchObject({ verdict: 'not-supported', hash: null });
  });

  test('an entry of the payload', () => {
    const report = bootJson(0, file('packed', packedKernel()), '--entry', 'pvh', '--until', 'entry');
    expect(report).toMatchObject({ verdict: 'reached', via: 'payload' });
  });
});

describe('text', () => {
  test('the console, then how it went', () => {
    const { code, stdout, stderr } = zeropage(['boot', ...small, path('works')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^hello\r\nzeropage: userspace reached\r\n\n✓ ended by itself · works · pvh via image · bare PC\n/,
    );
    expect(stdout).toMatch(/\n {2}state hash {10}[0-9a-f]{16}\n/);
  });

  test('--quiet leaves the console out', () => {
    expect(zeropage(['boot', '--quiet', ...small, path('works')]).stdout).toMatch(/^✓ ended by itself/);
  });

  test('a failure says where and why', () => {
    const { code, stdout } = zeropage(['boot', ...small, path('dies')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ failed · dies · pvh/);
    expect(stdout).toMatch(/After entry: a triple fault/);
  });

  test('--append, --initrd and the processor reach the guest', () => {
    const initrd = file('initrd', 'x'.repeat(5000));
    const { stdout } = zeropage([
      'boot',
      '--dry-run',
      ...[...small, '--append', 'a=b', '--initrd', initrd, '--cpu', 'minimum', '--chipset', 'reduced'],
      path('works'),
    ]);
    expect(stdout).toMatch(/^Command line\n {2}a=b\n/m);
    expect(stdout).toMatch(/ {2}initrd .* 4\.9 KiB\n/);
  });
});

describe('--dry-run', () => {
  const image = file('kernel', pvhKernel());

  test('shows registers, memory map and structures', () => {
    const { code, stdout } = zeropage(['boot', '--dry-run', '--entry', 'pvh', ...small, image]);
    expect(code).toBe(0);
    for (const title of [
      'Registers',
      'Segments',
      'Memory map',
      'In memory',
      'hvm_start_info',
      'Command line',
    ])
      expect(stdout).toMatch(new RegExp(`\n${title}\\b`));
    expect(stdout).toMatch(/ {2}rbx +0x[0-9a-f]+ +hvm_start_info\n/);
  });

  test('as JSON', () => {
    const { stdout } = zeropage(['boot', '--dry-run', '--json', '--entry', 'pvh', ...small, image]);
    const report: StartOfDay = JSON.parse(stdout);
    valid.startOfDay(report);
    expect(valid.startOfDay.errors).toBeNull();
    expect(report).toMatchObject({ entry: 'pvh', via: 'image', memory: 32 });
    expect(report.places.map(({ name }) => name)).toContain('hvm_start_info');
  });

  test('two initrds are one behind the other, and modules follow in their order', () => {
    const [first, second] = [file('microcode', 'x'.repeat(5001)), file('main', 'y'.repeat(2000))];
    const module = file('module', 'z'.repeat(77));
    const more = ['--initrd', first, '--initrd', second, '--module', `${module} a=b c`, '--module', first];
    const { code, stdout } = zeropage([
      'boot',
      '--dry-run',
      '--json',
      '--entry',
      'pvh',
      ...small,
      ...more,
      image,
    ]);
    const { places }: StartOfDay = JSON.parse(stdout);
    const sizes = Object.fromEntries(places.map(({ name, size }) => [name, size]));
    expect(code).toBe(0);
    expect(sizes).toMatchObject({
      initrd: 7004,
      'module 1': 77,
      'module 2': 5001,
      'string of module 1': 'a=b c'.length + 1,
    });
  });

  test('of an entry that is not offered', () => {
    const { code, stderr } = zeropage(['boot', '--dry-run', '--entry', 'multiboot', image]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^zeropage: kernel: .*Multiboot/);
  });
});

describe('exit code 2 and an explanation', () => {
  const image = path('works');
  test.each([
    [
      'too little memory',
      ['-m', '16'],
      /RAM ends at 0x1000000\n {2}give the machine more memory, e\.g\. -m 128/,
    ],
    ['memory that is no size', ['-m', 'lots'], /number of MiB/],
    ['an unknown entry', ['--entry', 'bios'], /The entries are: linux16, /],
    ['a waypoint without symbols', ['--until', 'start_kernel'], /has no symbols/],
    ['an unknown profile', ['--cpu', 'z80'], /The profiles are: /],
    ['an initrd that is not there', ['--initrd', '/none'], /none: cannot be read: no such file/],
    ['a module that is not there', ['--module', '/none a=b'], /none: cannot be read: no such file/],
    ['JSON and a keyboard', ['--json', '-i'], /--interactive does not go with --json/],
  ])('%s', (_, args, said) => {
    const { code, stdout, stderr } = zeropage(['boot', ...args, image]);
    expect(stderr).toMatch(said);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('interrupted', () => {
  test('SIGINT ends a boot in order, with 130', () => {
    const seen = file('seen', '');
    const script = `"$@" >${seen} & pid=$!; until [ -s ${seen} ]; do sleep 0.1; done; kill -INT $pid; wait $pid`;
    const { code } = shell(script, 'boot', ...small, '--budget', '9e15', path('ticks'));
    const stdout = readFileSync(seen, 'utf8');
    expect(code).toBe(130);
    expect(stdout).toMatch(/interrupted/);
  });

  test('a reader that leaves early is no error', () => {
    const script = 'set -o pipefail; "$@" | head -n 1';
    expect(shell(script, 'boot', ...small, path('works'))).toEqual({
      code: 0,
      stdout: 'hello\r\n',
      stderr: '',
    });
  });
});

test('what comes through a pipe is typed once userspace runs', () => {
  // None of our guests gets that far; the command must end all the same.
  const { code } = zeropage(['boot', '-i', '--quiet', ...small, path('halts')], {
    input: new Uint8Array(10),
  });
  expect(code).toBe(1);
});
