import { expect, test } from 'vitest';
import { PageWatch } from './page-watch.js';

function watching() {
  const seen = new Set<number>();
  const watch = {
    add: (start: number, bytes: number): void => {
      for (let at = start; at < start + bytes; at += 4096) seen.add(at / 4096);
    },
    forget: (frame: number) => seen.delete(frame),
  };
  const pages = new PageWatch(watch, 0, 2, [true, false, true]);
  return { pages, watched: () => [2, 3, 4].map((frame) => seen.has(frame)) };
}

test('a page that says nothing new is let go until new code runs, but not at once', () => {
  const { pages, watched } = watching();
  expect(watched()).toEqual([true, false, true]);
  pages.newCode(1);
  for (let i = 0; i < 63; i++) pages.saw(2, false);
  pages.saw(2, true);
  for (let i = 0; i < 63; i++) pages.saw(2, false);
  expect(watched()).toEqual([true, false, true]);
  pages.saw(2, false);
  expect(watched()).toEqual([false, false, true]);
  pages.newCode(2000);
  expect(watched()).toEqual([false, false, true]);
  pages.newCode(2001);
  expect(watched()).toEqual([true, false, true]);
});

test('at the end nothing is watched any more, whatever runs', () => {
  const { pages, watched } = watching();
  pages.end();
  pages.newCode(1e9);
  expect(watched()).toEqual([false, false, false]);
});
