import { describe, expect, test } from 'vitest';
import { awkwardCheck, checkedImage, finding, path } from '../../../test/craft/check.js';
import { baselineOf } from '../../contract/baseline.js';
import { knownRules } from '../../contract/known-rules.js';
import { type Checked, type CheckTerms, checkReport } from '../check.js';
import { checkFormats } from './formats.js';

function written(id: string, of: Checked = awkwardCheck, terms: CheckTerms = {}, width = 80): string {
  const edition = { page: { width }, version: '1.2.3' };
  return checkFormats.find((format) => format.id === id)!.render(checkReport(of, terms), edition);
}

const good = {
  rules: knownRules,
  images: [checkedImage('good', { paths: [path('linux64')] })],
  findings: [],
};

test.each(
  checkFormats.map(({ id }) => id),
)('%s is never empty, ends with a line, and carries no control characters', (id) => {
  for (const of of [awkwardCheck, good, { rules: knownRules, images: [], findings: [] }]) {
    const text = written(id, of);
    expect(text).toMatch(/\S\n$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about.
    expect(text.replace(/\\u0001/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  }
});

describe('text', () => {
  test.each([72, 80, 100])('fits %i columns but for commands', (width) => {
    const long = written('text', awkwardCheck, {}, width)
      .split('\n')
      .filter((line) => line.length > width && !/^ {4}see /.test(line));
    expect(long).toEqual([]);
  });

  test('the gravest first, each with place, message, elsewhere, how sure, command', () => {
    const lines = written('text', awkwardCheck, {}, 120).split('\n');
    expect(lines.slice(0, 15)).toEqual([
      expect.stringMatching(/^✗ does not hold · a#b.* · 6\.12$/),
      '',
      'Paths',
      '  linux64      userspace  userspace  start_kernel after 21.3 M',
      '  pvh/xen-pvh  failed     userspace  start_kernel after 21.3 M',
      '',
      'Errors  2',
      '  entry-does-not-boot  pvh/xen-pvh · setup_arch.isra.0+0x12 · instruction 1 234 567',
      '    After startup_64: VFS: `kernel panic` #2.',
      '    elsewhere  linux64 got there.',
      "    see        zeropage boot 'some where/x' --entry pvh --platform xen-pvh",
      '',
      '  entry-does-not-boot  pvh/xen-pvh · setup_arch · instruction 1 234 568',
      '    Again.',
      expect.stringMatching(/^ {4}see {8}zeropage inspect /),
    ]);
    expect(lines).toContain('    sure       likely');
    expect(lines).toContain('? not judged · lost · 6.12');
    expect(lines).toContain('  linux64  not judged  The machine lacks VMX.');
    expect(lines.slice(-3)).toEqual([
      '1 note not shown: --verbose',
      'does not hold · 3 images: 2 errors, 1 warning, 1 note; 1 image could not be judged; 1 boot could not be judged',
      '',
    ]);
  });

  test('what vanished from a baseline is told, what is known is counted', () => {
    const baseline = baselineOf([
      finding('x', 'gone', 'error', { entry: 'pvh', function: 'f' }),
      finding('x', 'seen', 'error'),
    ]);
    const now = { ...good, findings: [finding('good', 'seen', 'error')] };
    const lines = written('text', now, { baseline }).split('\n');
    expect(lines).toContain('Vanished  in the baseline, and found no more');
    expect(lines).toContain('  gone  pvh · f');
    expect(lines.at(-2)).toBe('holds · 1 image: no finding; 1 known; 1 of the baseline vanished');
  });
});

test('KTAP: a test for every rule, skipped where it says nothing', () => {
  const lines = written('ktap').split('\n');
  const count = knownRules.length;
  expect(lines.filter((line) => /^ {2}1\.\.\d+$/.test(line))).toEqual([
    `  1..${count}`,
    '  1..1',
    `  1..${count + 1}`,
  ]);
  const at = lines.findIndex((line) => /not ok \d+ entry-does-not-boot$/.test(line));
  expect(lines.slice(at - 5, at)).toEqual([
    '  # entry-does-not-boot: 2 errors: pvh/xen-pvh · setup_arch.isra.0+0x12 · instruction 1 234 567: After startup_64: VFS: `kernel panic` #2.',
    '  #   elsewhere: linux64 got there.',
    "  #   see: zeropage boot 'some where/x' --entry pvh --platform xen-pvh",
    '  #   pvh/xen-pvh · setup_arch · instruction 1 234 568: Again.',
    expect.stringMatching(/^ {2}# {3}see: /),
  ]);
  expect(lines.some((line) => /^ {2}ok \d+ xen-note-misplaced$/.test(line))).toBe(true);
  expect(lines).toContain('  # image: cannot be judged: cannot be read: no such file');
  expect(lines.some((line) => /ok \d+ entry-does-not-boot # SKIP There is no boot/.test(line))).toBe(true);
});

test('--fail-on decides what fails', () => {
  const failed = (failOn: 'error' | 'warning' | 'note') =>
    written('ktap', awkwardCheck, { failOn }).match(/^ {2}not ok \d+ [a-z0-9]+-\S+$/gm)?.length;
  expect([failed('error'), failed('warning'), failed('note')]).toEqual([1, 2, 3]);
});

test('JUnit: counts, failures, and no date', () => {
  const xml = written('junit');
  const total = knownRules.length;
  expect(xml).toContain(
    `timestamp="1970-01-01T00:00:00" hostname="localhost" tests="${total}" failures="1" errors="0" skipped="0"`,
  );
  expect(xml).toContain(`tests="${total + 1}" failures="0" errors="1" skipped="1"`);
  expect(xml).toContain('<failure message="2 errors" type="2 errors">pvh/xen-pvh · setup_arch.isra.0+0x12');
  expect(xml).toMatch(/<system-out>crc32-mismatch: 1 note\n/);
});

describe('GitHub annotations', () => {
  test('the gravest first', () => {
    const lines = written('github').split('\n');
    expect(lines.map((line) => line.split(/[ :]/)[2])).toEqual([
      ...['error', 'error', 'error', 'error', 'warning', 'notice', 'notice'],
      undefined,
    ]);
    expect(lines[0]).toBe('::error title=not judged%3A unreadable::cannot be read: no such file');
    expect(lines[2]).toMatch(
      /^::error title=entry-does-not-boot%3A a#b\|c%2C.*::pvh\/xen-pvh · .*%0Aelsewhere: linux64 got there\.%0Asee: /,
    );
  });

  test('ten of a level, the others as text in the log, and the sum says so', () => {
    const many = Array.from({ length: 13 }, (_, i) => finding('good', `rule-${i}`, 'error'));
    const lines = written('github', { ...good, findings: many }).split('\n');
    expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(10);
    expect(lines).toContain('error: rule-12: good');
    expect(lines.at(-2)).toMatch(
      /^::notice title=zeropage check::does not hold .*; 3 more than GitHub shows stand in the log$/,
    );
  });
});

describe('Markdown', () => {
  test('errors open, all else folded; nothing is markup by accident', () => {
    const text = written('markdown');
    expect(text.split('\n').slice(0, 3)).toEqual([
      expect.stringMatching(/^✗ \*\*zeropage check does not hold · 3 images: 2 errors/),
      '',
      expect.stringMatching(/^### a#b\\\|c,\\</),
    ]);
    expect(text).toContain('\n- **error: entry-does-not-boot** — pvh/xen-pvh · setup\\_arch.isra.0+0x12');
    expect(text).toContain('After startup\\_64: VFS: \\`kernel panic\\` #2.');
    expect(text.match(/<details>/g)).toHaveLength(4);
    expect(text.match(/<\/details>/g)).toHaveLength(4);
    expect(text).toContain("`zeropage boot 'some where/x' --entry pvh --platform xen-pvh`");
  });

  test('a comment is no longer than one may be', () => {
    const many = Array.from({ length: 900 }, (_, i) =>
      finding('good', `rule-${i}`, 'error', { message: 'x'.repeat(100) }),
    );
    const text = written('markdown', { ...good, findings: many });
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/\n\d+ parts more: `zeropage check` shows all\.\n$/);
  });
});
