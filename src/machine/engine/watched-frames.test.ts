import { expect, test } from 'vitest';
import { WatchedFrames } from './watched-frames.js';

test('a page that is accessed too often is let go, and others are not', () => {
  const watched = new WatchedFrames(4, () => {});
  const seen = [0, 0, 0, 0];
  const count = (at: number): number => seen[at >>> 12]!++;
  watched.watch(count, { reads: false }).add(0x1000, 0x2000);
  watched.watch(count, { reads: true }).add(0x3000, 1);
  for (let i = 0; i < 150_000; i++) {
    watched.touch(1, 0, 4, true);
    watched.touch(3, 0, 4, false);
  }
  watched.touch(2, 0, 4, true);
  expect(seen).toEqual([0, 100_001, 1, 100_001]);
});

test('each listener is told of what it watches itself, in its own measure', () => {
  const watched = new WatchedFrames(2, () => {});
  const seen: string[] = [];
  const reading = watched.watch((at) => seen.push(`reading ${at}`), { reads: true });
  const writes = watched.watch((at) => seen.push(`writes ${at}`), { reads: false, most: 1 });
  reading.add(0, 1);
  writes.add(0, 0x2000);
  watched.touch(0, 1, 1, false);
  watched.touch(0, 2, 1, true);
  watched.touch(1, 3, 1, false);
  watched.touch(1, 4, 1, true);
  watched.touch(0, 5, 1, true);
  watched.touch(0, 6, 1, true);
  reading.forget(0);
  watched.touch(0, 7, 1, true);
  expect(seen).toEqual([
    'reading 1',
    'reading 2',
    'writes 2',
    'writes 4100',
    'reading 5',
    'writes 5',
    'reading 6',
  ]);
  expect([watched.seesReads(0), watched.seesWrites(0), watched.seesWrites(1)]).toEqual([false, false, true]);
});
