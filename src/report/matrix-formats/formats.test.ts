import { describe, expect, test } from 'vitest';
import { awkward, booted, kernels, subject } from '../../../test/craft/matrix.js';
import { matrix } from '../matrix.js';
import { matrixFormats } from './formats.js';

const began = new Date('2026-01-02T03:04:05.678Z');
const written = (id: string, of = awkward, width = 80): string =>
  matrixFormats.find((format) => format.id === id)!.render(of, { page: { width }, began });

describe('text', () => {
  test.each([60, 80, 100, 120])('fits %i columns, with every cell there once', (width) => {
    const text = written('text', matrix(kernels), width);
    expect(text.split('\n').filter((line) => line.length > width)).toEqual([]);
    expect(text.match(/✓ userspace\*/g)).toHaveLength(18);
    expect(text.match(/✗ kernel panic/g)).toHaveLength(6);
    expect(text.match(/not yet/g)).toHaveLength(6);
  });

  test('of a very long name, too', () => {
    const text = written('text', matrix([subject(`${'x'.repeat(150)}y`, booted('pvh', 'stuck'))]), 80);
    expect(text.split('\n').filter((line) => line.length > 80 && !line.includes('xxx'))).toEqual([]);
    expect(text).toMatch(/^x{80}\nx{70}y\n {2}efi {2}not yet\n {2}pvh {2}✗ stuck\n/);
  });

  test('columns that have no room stand below the others', () => {
    const heads = written('text', matrix(kernels), 80)
      .split('\n')
      .filter((line) => line.startsWith('     '));
    expect(heads.map((line) => line.trim().split(/ +/))).toEqual([
      ['linux32', 'linux64', 'efi'],
      ['pvh', 'multiboot', 'multiboot2'],
    ]);
  });
});

test('KTAP', () => {
  expect(written('ktap').split('\n')).toEqual([
    'KTAP version 1',
    '1..3',
    '  KTAP version 1',
    expect.stringMatching(/^ {2}# Subtest: a_b\|c/),
    '  1..3',
    '  # linux32: triple fault: After entry: triple fault.',
    '  not ok 1 linux32',
    '  ok 2 efi # SKIP The machine cannot be started through this entry yet.',
    '  ok 3 pvh',
    expect.stringMatching(/^not ok 1 a_b\|c/),
    '  KTAP version 1',
    '  # Subtest: unreadable',
    '  1..1',
    '  # read: cannot be read: no known kernel format',
    '  not ok 1 read',
    'not ok 2 unreadable',
    '  KTAP version 1',
    '  # Subtest: arm64 & <none>',
    '  1..3',
    expect.stringMatching(/^ {2}ok 1 linux32 # SKIP /),
    '  ok 2 efi # SKIP The machine cannot be started through this entry yet.',
    expect.stringMatching(/^ {2}ok 3 pvh # SKIP /),
    'ok 3 arm64 & <none> # SKIP The machine cannot be started through what it offers yet: efi.',
    '',
  ]);
});

test('GitHub annotations', () => {
  const [first, ...more] = written('github').split('\n');
  expect(first).toMatch(
    /^::error title=a#b\|c%2C<"&">%3A%25[^:,]*%3A linux32%3A triple fault::After entry: /,
  );
  expect(more).toEqual([
    '::error title=unreadable%3A read%3A cannot be read::no known kernel format',
    '::warning title=arm64 & <none>%3A not booted::The machine cannot be started through what it offers yet: efi.',
    '::notice title=zeropage matrix::1 of 2 boots got there, 0 M instructions; 1 image could not be read',
    '',
  ]);
});

test('Markdown: a table with as many cells in every row, and nothing that is markup by accident', () => {
  const lines = written('markdown').split('\n');
  const cells = lines.slice(0, 5).map((line) => line.match(/(?<!\\)\|/g)?.length);
  expect(cells).toEqual([5, 5, 5, 5, 5]);
  expect(lines[0]).toBe('| Image | `linux32` | `efi` | `pvh` |');
  expect(lines[2]).toMatch(/^\| a#b\\\|c,\\<"\\&"\\>.* \| ✗ triple fault \| not yet \| ✓ userspace \|$/);
  expect(lines.slice(6)).toEqual([
    expect.stringMatching(/^- a#b.*, `linux32`: After entry: triple fault\.$/),
    '- unreadable, `read`: no known kernel format',
    '- arm64 \\& \\<none\\>: The machine cannot be started through what it offers yet: efi.',
    '',
    '1 of 2 boots got there, 0 M instructions; 1 image could not be read',
    '',
  ]);
});

test('JUnit: counts, and what a schema wants to be there', () => {
  const xml = written('junit');
  expect(xml).toContain(
    'timestamp="2026-01-02T03:04:05" hostname="localhost" tests="3" failures="1" errors="0" skipped="1" time="1.500"',
  );
  expect(xml).toContain('name="unreadable"');
  expect(xml).toMatch(/classname="a#b\|c,&lt;&quot;&amp;&quot;&gt;:%[^"<]*"/);
  expect(xml).toContain(
    '<failure message="triple fault" type="triple fault">After entry: triple fault.</failure>',
  );
  expect(xml).toContain(
    '<error message="cannot be read" type="cannot be read">no known kernel format</error>',
  );
  expect(xml).toContain('<skipped message="The machine cannot be started through this entry yet."/>');
});
