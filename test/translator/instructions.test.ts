import { expect, it, describe as suite } from 'vitest';
import { families } from '../../tools/vectors/collect.js';
import { describe, differences } from '../../tools/vectors/compare.js';
import { readFixtures } from '../../tools/vectors/fixtures.js';
import { Ours } from '../../tools/vectors/ours.js';

/** One vector in so many: each is a module of its own. */
const STRIDE = 3;
const TIMEOUT = 300_000;

suite('translated instructions do what the processor did that recorded the vectors', () => {
  const ours = new Ours(undefined, true);
  for (const family of families) {
    const recorded = readFixtures(family);
    if (!recorded) continue;
    it(
      family,
      () => {
        const failures: string[] = [];
        const before = ours.cpu.translator!.statistics.regions;
        for (const { vector, outcome } of recorded.filter((_, i) => i % STRIDE === 0)) {
          const decoded = ours.decodeAll(vector);
          const lines = differences(vector, decoded, outcome, ours.run(vector));
          if (lines.length) failures.push([describe(vector, decoded), ...lines].join('\n    '));
        }
        expect(failures.slice(0, 20).join('\n')).toBe('');
        expect(ours.cpu.translator!.statistics.regions - before).toBeGreaterThan(
          recorded.length / STRIDE / 2,
        );
      },
      TIMEOUT,
    );
  }
});
