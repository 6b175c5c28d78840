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
