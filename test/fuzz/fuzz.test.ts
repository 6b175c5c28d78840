import { expect, test } from 'vitest';
import { makeInput } from './inputs.js';
import { readAll } from './pipeline.js';
import { emptySummary, runInputs } from './run-inputs.js';
import { allSeeds } from './seeds.js';

// The corpus is not there everywhere, and every machine shall see the same inputs.
const seeds = allSeeds({ corpus: false });
const COUNT = 2000;

test.each(
  seeds.map((seed) => [seed.name, seed] as const),
)('the image "%s" itself is read', async (name, seed) => {
  expect(await readAll(seed.bytes)).toBe(name === 'nothing' ? 'refused' : 'read');
});

test('inputs depend on the seed and their number alone', () => {
  const { bytes, name } = makeInput(seeds, 7, 1234);
  makeInput(seeds, 7, 1);
  expect(makeInput(seeds, 7, 1234)).toEqual({ bytes, name });
  expect(makeInput(seeds, 8, 1234).bytes).not.toEqual(bytes);
});

test(`${COUNT} mutated images are read or refused, in little memory, with offsets inside the file`, async () => {
  const summary = emptySummary();
  await runInputs(seeds, 1, 0, COUNT, summary);
  expect(
    summary.failures.slice(0, 5).map(({ index, name, reason }) => `${index} (${name}): ${reason}`),
  ).toEqual([]);
  expect(summary.count).toBe(COUNT);
});
