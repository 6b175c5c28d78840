import { expect, test } from 'vitest';
import { hostile, recordings } from '../../../test/view/recordings.js';
import { compareRecordings } from '../../compare/compare.js';
import { markdown } from './markdown.js';

const render = (...recs: Parameters<typeof compareRecordings>[0][]): string =>
  markdown.render({ comparison: compareRecordings(recs.flat()), recordings: recs.flat() }, {}) as string;

test('tables are whole, and names from an image are code', () => {
  const text = render(recordings);
  const blocks = text.split('\n\n').filter((block) => block.startsWith('|'));
  expect(blocks.length).toBeGreaterThan(3);
  for (const block of blocks) {
    const widths = block
      .trim()
      .split('\n')
      .map((line) => line.split(/(?<!\\)\|/).length);
    expect(new Set(widths).size, block).toBe(1);
  }
  expect(text).toContain('| `linux64`, `pvh` | `startup_64` |');
  expect(text).toContain(`\`${hostile}\``);
});

test('titles of folded lists are HTML', () => {
  expect(render(recordings)).toContain(
    '<details><summary>linux64 against pvh before start_kernel: 1 only pvh; 3 on both</summary>',
  );
});

test('fits into a comment, however many paths there are', () => {
  const functions = Array.from({ length: 3000 }, (_, i) => `a_function_with_some_name_${i}`);
  const { comparison } = { comparison: compareRecordings(recordings) };
  const [pair] = comparison.before;
  const many = Array.from({ length: 15 }, () => ({ ...pair!, onlyA: functions }));
  const text = markdown.render({ comparison: { ...comparison, before: many }, recordings }, {}) as string;
  expect(text.length).toBeLessThanOrEqual(65_536);
  expect(text).toContain('more');
});

test('who knows what, when, is folded; one path that was told nothing is no row', () => {
  const comparison = compareRecordings(recordings);
  const known = (what: string, instruction: number) => ({
    what,
    function: 'asks',
    callers: ['caller', hostile, 'far'],
    instruction,
  });
  const knows = [
    {
      topic: 'clock',
      paths: {
        linux64: { could: known('port 0x43', 12_078), did: { ...known('asks', 13_000), callers: [] } },
        pvh: { could: null, did: null },
        'xen-pv': { could: null, did: known('tsc_khz', 9) },
      },
    },
  ];
  const text = markdown.render({ comparison: { ...comparison, knows }, recordings }, {}) as string;
  expect(text).toContain(
    `| clock | \`linux64\` | 12 078: \`port 0x43\` in \`asks < caller < ${hostile}\` | 13 000: \`asks\` |`,
  );
  expect(text).toContain('|  | `xen-pv` | not seen | 9: `tsc_khz` in ');
  expect(text).toMatch(/<summary>Who knows what, when: .*<\/summary>/);
});

test('what a single entry would save: figures of both sides open, names folded', () => {
  const text = render(recordings);
  expect(text).toContain('| `pvh` | `startup_64` |');
  expect(text).toMatch(/^- For one entry: at most 0 functions, 0 bytes would be told/m);
  expect(text).toMatch(
    /^- For several: \d functions?, \d+ bytes would stay behind any entry; .*`linux64` nothing\.$/m,
  );
  expect(text).toContain('- `pvh` does alone: `stub`');
  expect(render(recordings.slice(0, 1))).not.toContain('For one entry');
});
