import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkReport } from '../../src/report/check.js';
import { checkFormats } from '../../src/report/check-formats/formats.js';
import { type Matrix, matrix } from '../../src/report/matrix.js';
import { matrixFormats } from '../../src/report/matrix-formats/formats.js';
import { anyMissing } from '../../tools/check/missing.js';
import { awkwardCheck } from '../craft/check.js';
import { awkward, booted, kernels, subject } from '../craft/matrix.js';

/** What programs that such files are written for read in them. */

const written = (id: string, of: Matrix): string =>
  matrixFormats
    .find((format) => format.id === id)!
    .render(of, { page: { width: 80 }, began: new Date('2026-01-02T03:04:05Z') });

const checked = (id: string): string =>
  checkFormats
    .find((format) => format.id === id)!
    .render(checkReport(awkwardCheck), { page: {}, version: '1.2.3' });

/** Python that reads standard input; the last line that it prints is JSON. */
function python(program: string, input: string, path = ''): unknown {
  const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', program], {
    input,
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: path, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

const archive = '/usr/src/linux-source-6.1.tar.xz';
const noKernel = anyMissing('/usr/bin/python3', archive, 'xz');

describe.skipIf(noKernel)(
  `KTAP, as the kernel's kunit.py reads it${noKernel ? ` (${noKernel})` : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'zeropage-kunit-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const parsed = (of: Matrix) => parsedText(written('ktap', of));
    const parsedText = (text: string) =>
      python(
        'import sys, json, kunit_parser\n' +
          'def tree(t): return [t.name, t.status.name.lower(), t.counts.errors, *map(tree, t.subtests)]\n' +
          'print(json.dumps(tree(kunit_parser.parse_run_tests(sys.stdin.read().splitlines()))))',
        text,
        folder,
      );

    test('names, results and their nesting, without a complaint', () => {
      const inside = 'linux-source-6.1/tools/testing/kunit';
      const strip = '--strip-components=4';
      expect(spawnSync('tar', ['-xf', archive, '-C', folder, strip, inside]).status).toBe(0);
      expect(parsed(awkward)).toEqual([
        'main',
        ...['failure', 0],
        [
          expect.stringMatching(/^a_b\|c,<"&">:%/),
          ...['failure', 0],
          ['linux32', 'failure', 0],
          ['efi', 'skipped', 0],
          ['pvh', 'success', 0],
        ],
        ['unreadable', 'failure', 0, ['read', 'failure', 0]],
        [
          'arm64 & <none>',
          ...['skipped', 0],
          ['linux32', 'skipped', 0],
          ['efi', 'skipped', 0],
          ['pvh', 'skipped', 0],
        ],
      ]);
      const row = ['success', 'failure', 'skipped', 'success', 'failure', 'success'];
      const [, , , ...groups] = parsed(matrix(kernels)) as [
        string,
        string,
        number,
        ...[string, ...unknown[]][],
      ];
      expect(groups).toHaveLength(6);
      for (const [, , , ...results] of groups)
        expect((results as string[][]).map(([, result]) => result)).toEqual(row);
    }, 240_000);

    test('of a check: a test for each rule that was judged', () => {
      type Tree = readonly [string, string, number, ...Tree[]];
      const [, , , ...images] = parsedText(checked('ktap')) as Tree;
      expect(images.map(([, result, errors]) => [result, errors])).toEqual([
        ['failure', 0],
        ['failure', 0],
        ['failure', 0],
      ]);
      const [odd, unread, lost] = images.map(([, , , ...tests]) => tests) as [Tree[], Tree[], Tree[]];
      expect(odd.map(([name]) => name)).toEqual(awkwardCheck.rules.map(({ rule }) => rule));
      expect(odd.filter(([, result]) => result !== 'success')).toEqual([
        ['entry-does-not-boot', 'failure', 0],
      ]);
      expect(unread).toEqual([['image', 'failure', 0]]);
      expect(lost.filter(([, result]) => result !== 'success')).toEqual([
        ['linux64', 'failure', 0],
        ['entry-does-not-boot', 'skipped', 0],
      ]);
    });

    test('words that end a log for it stand in a cause', () => {
      const panics = ['VFS: Unable to mount root fs', 'Attempted to kill init!'].map((why, i) =>
        subject(`vmlinuz-${i}`, booted('pvh', `kernel panic: ${why}`), booted('multiboot2')),
      );
      const columns = [
        ['efi', 'skipped', 0],
        ['pvh', 'failure', 0],
        ['multiboot2', 'success', 0],
      ];
      const groups = ['vmlinuz-0', 'vmlinuz-1'].map((name) => [name, 'failure', 0, ...columns]);
      expect(parsed(matrix(panics))).toEqual(['main', 'failure', 0, ...groups]);
    });
  },
);

const noJunit = anyMissing('/usr/bin/python3', '/usr/lib/python3/dist-packages/junitparser/__init__.py');

interface Read {
  readonly told: unknown[];
  readonly counted: unknown[];
  readonly cases: unknown[];
}

const readJunit = (xml: string): Read =>
  python(
    'import sys, json, junitparser\n' +
      'xml = junitparser.JUnitXml.fromstring(sys.stdin.buffer.read())\n' +
      'told = [[s.name, s.tests, s.failures, s.errors, s.skipped, s.time] for s in xml]\n' +
      'cases = [[c.classname, c.name, c.time, *[[type(r).__name__, r.message] for r in c.result]] for s in xml for c in s]\n' +
      'xml.update_statistics()\n' +
      'counted = [[s.name, s.tests, s.failures, s.errors, s.skipped, s.time] for s in xml]\n' +
      'print(json.dumps({"told": told, "counted": counted, "cases": cases}))',
    xml,
  ) as Read;

test.skipIf(noJunit)('JUnit of a check, as junitparser reads it', () => {
  const { told, counted, cases } = readJunit(checked('junit'));
  expect(told).toEqual(counted);
  expect(cases).toHaveLength(2 * awkwardCheck.rules.length + 2);
  expect(cases).toContainEqual(['lost', 'linux64', 0, ['Error', 'cannot be judged']]);
});

test.skipIf(noJunit)(`JUnit, as junitparser reads it${noJunit ? ` (${noJunit})` : ''}`, () => {
  const read = readJunit(written('junit', awkward));
  expect(read.told).toEqual(read.counted);
  const cases = read.cases as [string, string, number, ...unknown[]][];
  expect(cases[0]![0]).toMatch(/^a#b\|c,<"&">:%/);
  expect(cases.map(([, ...rest]) => rest).slice(0, 4)).toEqual([
    ['linux32', 0, ['Failure', 'triple fault']],
    ['efi', 0, ['Skipped', 'The machine cannot be started through this entry yet.']],
    ['pvh', 1.5],
    ['read', 0, ['Error', 'cannot be read']],
  ]);
});
