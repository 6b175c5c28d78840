import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/report/matrix.js';
import { missing } from '../../tools/check/missing.js';
import { guest } from '../boot/guests.js';
import { scratch, zeropage } from './command.js';
import { efiKernel, packedKernel } from './crafted.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/matrix.schema.json', import.meta.url), 'utf8'));
const valid = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

const file = scratch();
const [works, dies, packed, application, text] = [
  file('works', guest('works')),
  file('dies', guest('dies')),
  file('packed', packedKernel()),
  file('application', efiKernel()),
  file('text', 'hello'),
];
const small = ['-m', '64', '--budget', '1M'];

function matrixOf(...args: string[]): { code: number | null; matrix: Matrix } {
  const { code, stdout, stderr } = zeropage(['matrix', '-q', '--json', ...small, ...args]);
  expect(stderr).toBe('');
  const matrix = JSON.parse(stdout);
  valid(matrix);
  expect(valid.errors).toBeNull();
  return { code, matrix };
}

describe('--json', () => {
  test('0 when everything that can be booted was', () => {
    const { code, matrix } = matrixOf(works);
    expect(code).toBe(0);
    expect(matrix).toMatchObject({ passed: true, entries: ['pvh'] });
    expect(matrix.images[0]!.cells[0]).toMatchObject({ entry: 'pvh', verdict: 'ended', via: 'image' });
  });

  test('1 when something failed; every image has a cell in every column', () => {
    const { code, matrix } = matrixOf(works, dies, packed, application);
    expect(code).toBe(1);
    expect(matrix.passed).toBe(false);
    expect(matrix.entries).toEqual(expect.arrayContaining(['linux16', 'linux64', 'pvh']));
    const column = ({ entry, platform }: { entry: string; platform: string }): string =>
      `${entry} ${platform}`;
    for (const { cells } of matrix.images) expect(cells.map(column)).toEqual(matrix.columns.map(column));
    expect(matrix.columns.map(column)).toEqual(expect.arrayContaining(['pvh bare', 'pvh xen-pvh']));
    const verdict = (row: number, entry: string): string =>
      matrix.images[row]!.cells.find((cell) => cell.entry === entry)!.verdict;
    expect([
      verdict(0, 'pvh'),
      verdict(1, 'pvh'),
      verdict(0, 'linux64'),
      verdict(2, 'linux16'),
      verdict(3, 'efi'),
    ]).toEqual(['ended', 'failed', 'not-offered', 'failed', 'not-supported']);
  });

  test('2 when an image cannot be read; the others are booted', () => {
    const { code, matrix } = matrixOf(works, text, file('none', '').replace('none', 'missing'));
    expect(code).toBe(2);
    expect(matrix.images.map(({ problem }) => problem)).toEqual([
      null,
      expect.stringMatching(/no known kernel format/),
      expect.stringMatching(/no such file/),
    ]);
    expect(matrix.images[0]!.cells[0]!.verdict).toBe('ended');
  });

  test('4 when nothing could be booted, and why', () => {
    const { code, matrix } = matrixOf('--entry', 'efi', works, application);
    expect({ code, passed: matrix.passed }).toEqual({ code: 4, passed: false });
    expect(matrix.images.map(({ skipped }) => skipped)).toEqual([
      'It offers pvh, and none of these was asked for.',
      'The machine cannot be started through what it offers yet: efi.',
    ]);
    const said = zeropage(['matrix', '--entry', 'efi', application]);
    expect(said.code).toBe(4);
    expect(said.stdout).toMatch(
      /\nNot booted\n {2}application {2}The machine .*\n\nnothing could be booted\n/,
    );
    expect(zeropage(['matrix', '--entry', 'efi', application, text]).code).toBe(2);
  });

  test('--entry asks for columns, offered or not', () => {
    const { code, matrix } = matrixOf('--entry', 'pvh,xen-pv', works);
    expect(code).toBe(0);
    expect(matrix.images[0]!.cells.map(({ verdict }) => verdict)).toEqual(['ended', 'not-offered']);
  });

  test('--platform asks for columns where the entry is there on it', () => {
    const { matrix } = matrixOf('--platform', 'bare,kvm,xen-pv', works);
    expect(matrix.entries).toEqual(['pvh']);
    expect(matrix.columns).toEqual([
      { entry: 'pvh', platform: 'bare' },
      { entry: 'pvh', platform: 'kvm' },
    ]);
    const [onBare, onKvm] = matrix.images[0]!.cells;
    expect([onBare!.platform, onKvm!.platform]).toEqual(['bare', 'kvm']);
    expect(onKvm!.verdict).toBe(onBare!.verdict);
  });

  test('a boot that cannot start is a failure of its cell', () => {
    const { code, matrix } = matrixOf('--until', 'start_kernel', works);
    expect(code).toBe(1);
    expect(matrix.images[0]!.cells[0]).toMatchObject({ verdict: 'failed', cause: 'cannot start' });
  });

  test('is the same with one job and with three', () => {
    const run = (jobs: string): string =>
      JSON.stringify(matrixOf('-j', jobs, works, dies).matrix).replaceAll(/"seconds":[\d.e-]+/g, '');
    expect(run('3')).toBe(run('1'));
  });
});

test('text: a table, and the reasons below it', () => {
  const { code, stdout } = zeropage(['matrix', ...small, works, dies, text]);
  expect(code).toBe(2);
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    '       pvh',
    'works  ✓ power off',
    'dies   ✗ triple fault',
    'text   ✗ cannot be read',
  ]);
  expect(stdout).toMatch(/\nFailures\n {2}dies {2}pvh {2}\S/);
  expect(stdout).toMatch(/\n1 of 2 boots got there/);
});

describe('other formats', () => {
  const mixed = [...small, works, dies, text];
  const output = join(dirname(works), 'report');

  test('-o: the format to a file, the table to the terminal; with -q its last line', () => {
    const { code, stdout } = zeropage(['matrix', ...mixed, '--format', 'ktap', '-o', output]);
    expect({ code, table: /\ndies {3}✗ triple fault\n/.test(stdout) }).toEqual({ code: 2, table: true });
    expect(readFileSync(output, 'utf8')).toMatch(/^KTAP version 1\n1\.\.3\n {2}KTAP version 1\n/);
    const quiet = zeropage(['matrix', '-q', ...mixed, '--format', 'json', '-o', output]);
    expect(quiet).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^1 of 2 boots .*\n$/),
      stderr: '',
    });
    expect(valid(JSON.parse(readFileSync(output, 'utf8')))).toBe(true);
  });

  test('-q: one line', () => {
    const { code, stdout, stderr } = zeropage(['matrix', '-q', ...small, works]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^1 of 1 boot got there, .*\n$/);
  });

  test.skipIf(missing('prove'))('KTAP, as another program reads it', () => {
    const verdict = (...images: string[]): string => {
      writeFileSync(output, zeropage(['matrix', ...small, '--format', 'ktap', ...images]).stdout);
      return spawnSync('prove', ['--exec', 'cat', output], { encoding: 'utf8' }).stdout;
    };
    expect(verdict(works)).toMatch(/Tests=1,.*\nResult: PASS/s);
    expect(verdict(works, dies)).toMatch(/Failed test: {2}2\n.*Tests=2,.*\nResult: FAIL/s);
  });
});

test('--time-limit ends a boot that would go on for ever, and that is no success', () => {
  const ticks = file('ticks', guest('ticks'));
  const { code, matrix } = matrixOf('--budget', '900000G', '--time-limit', '0.3', ticks);
  expect(code).toBe(1);
  expect(matrix.images[0]!.cells[0]).toMatchObject({
    verdict: 'failed',
    cause: 'time limit',
    stop: 'time-limit',
    reason: 'After entry: its time of the host was over.',
  });
});

test('what is expected holds for every cell', () => {
  const { code, matrix } = matrixOf('--expect', '/^hello$/m', works, file('silent', guest('silent')));
  expect(code).toBe(1);
  expect(matrix.images.map(({ cells }) => cells[0]!.verdict)).toEqual(['expected', 'failed']);
  const { stdout } = zeropage(['matrix', ...small, '--expect', 'hello', works]);
  expect(stdout).toMatch(/^works {2}✓ as expected/m);
});

test('standard input can be an image, once', () => {
  const { code, stdout } = zeropage(['matrix', ...small, '-'], { input: guest('works') });
  expect({ code, said: stdout.includes('✓ power off') }).toEqual({ code: 0, said: true });
  expect(zeropage(['matrix', '-', '-'])).toMatchObject({ code: 2, stdout: '' });
});
