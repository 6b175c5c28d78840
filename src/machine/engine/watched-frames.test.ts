import { expect, test } from 'vitest';
import { WatchedFrames } from './watched-frames.js';

test('a page that is accessed too often is let go, and others are not', () => {
  const watched = new WatchedFrames(4, () => {});
  const seen = [0, 0, 0, 0];
  watched.listen((at) => seen[at >>> 12]!++);
  watched.watch(0x1000, 0x2000, false);
  watched.watch(0x3000, 1, true);
  for (let i = 0; i < 150_000; i++) {
    watched.touch(1, 0, 4, true);
    watched.touch(3, 0, 4, false);
  }
  watched.touch(2, 0, 4, true);
  expect(seen).toEqual([0, 100_001, 1, 100_001]);
});
