import { expect, test } from 'vitest';
import { PageWriters } from './page-writers.js';

/** Entries in a page's list, which is empty afterwards. */
function taken(writers: PageWriters, frame: number): number[] {
  const found: number[] = [];
  writers.take(frame, (entry) => found.push(entry));
  return found.sort((a, b) => a - b);
}

test('an entry is in the list of the page it was noted for last', () => {
  const writers = new PageWriters(4, 8);
  for (const entry of [0, 3, 5, 7]) writers.note(entry, 1);
  writers.note(3, 2);
  writers.note(7, 2);
  writers.note(0, 3);
  writers.note(3, 2);
  expect(taken(writers, 1)).toEqual([5]);
  expect(taken(writers, 2)).toEqual([3, 7]);
  expect(taken(writers, 3)).toEqual([0]);
  expect(taken(writers, 1)).toEqual([]);
  writers.note(5, 1);
  writers.note(3, 1);
  expect(taken(writers, 1)).toEqual([3, 5]);
});

test('agrees with a map of entries', () => {
  const writers = new PageWriters(5, 16);
  const pages = new Map<number, number>();
  let seed = 1;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >> 8) % below;
  };
  for (let step = 0; step < 5000; step++) {
    if (random(10)) {
      const entry = random(16);
      const frame = random(5);
      writers.note(entry, frame);
      pages.set(entry, frame);
      continue;
    }
    const frame = random(5);
    const expected = [...pages].filter(([, of]) => of === frame).map(([entry]) => entry);
    for (const entry of expected) pages.delete(entry);
    expect(taken(writers, frame)).toEqual(expected.sort((a, b) => a - b));
  }
});
