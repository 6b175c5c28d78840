import { expect, test } from 'vitest';
import { recordings } from '../../../test/view/recordings.js';
import { compareRecordings } from '../../compare/compare.js';
import { pictureFile } from './svg.js';

test('a lane says who filled the zero page, who copied it, and how much the path does on its own', () => {
  const comparison = compareRecordings(recordings);
  const paths = comparison.paths.map((path) => ({
    ...path,
    zeroPage:
      path.path === 'pvh'
        ? [
            { by: 'fills<', copiedBy: 'copies', bytes: 90 },
            { by: 'loader', copiedBy: 'copies', bytes: 2 },
          ]
        : [],
  }));
  const texts = pictureFile({ ...comparison, paths })
    .match(/<text class="dim"[^>]*>[^<]*/g)!
    .map((text) => text.replace(/^[^>]*>/, ''));
  expect(texts).toEqual(
    expect.arrayContaining([
      'zero page: fills&lt;, loader',
      'copied by copies',
      'on its own: 1 function, 16 bytes',
    ]),
  );
  expect(texts.filter((text) => text.startsWith('zero page'))).toHaveLength(1);
});
