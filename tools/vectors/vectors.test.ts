import { beforeAll, expect, it, describe as suite } from 'vitest';
import { families } from './collect.js';
import { describe, differences } from './compare.js';
import { readFixtures } from './fixtures.js';
import { decodeVectors, encodeVectors } from './format.js';
import { Ours } from './ours.js';

/** Seconds suffice on an idle machine. */
const TIMEOUT = 300_000;
/** Most failures worth printing. */
const MOST = 20;

suite('instructions do what the processor did that recorded them', () => {
  let ours: Ours;
  beforeAll(() => {
    ours = new Ours();
  });

  for (const family of families) {
    const recorded = readFixtures(family);
    if (!recorded) continue;
    it(
      `${family}: ${recorded.length} vectors`,
      () => {
        const failures: string[] = [];
        for (const { vector, outcome } of recorded) {
          const decoded = ours.decodeAll(vector);
          const lines = differences(vector, decoded, outcome, ours.run(vector));
          if (lines.length) failures.push([describe(vector, decoded), ...lines].join('\n    '));
        }
        expect(failures.slice(0, MOST).join('\n')).toBe('');
      },
      TIMEOUT,
    );

    it(`${family}: survives being encoded and decoded`, () => {
      const some = recorded.filter((_, i) => i % 97 === 0);
      expect(decodeVectors(encodeVectors(some))).toEqual(some);
    });
  }
});
