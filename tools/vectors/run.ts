/**
 * Runs random vectors on this processor and on ours, and reports where they differ:
 *
 *   tsx tools/vectors/run.ts [--seed N] [--count N] [--mode 64|32|16] [--family integer|sequence|sse|mmx|x87|edges] [--only REGEXP]
 *
 * `--count` is how many instances of every encoding, operand size and form, and 500 sequences
 * for each. Needs gcc on x86-64 Linux.
 */
import { parseArgs } from 'node:util';
import { collect, collectSequences, familyOf, modes } from './collect.js';
import { describe, differences } from './compare.js';
import { collectEdges } from './edges.js';
import type { Mode } from './layout.js';
import { Native } from './native.js';
import { Ours } from './ours.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '6' },
    mode: { type: 'string' },
    family: { type: 'string' },
    only: { type: 'string' },
    show: { type: 'string', default: '2' },
  },
});
const only = values.only ? new RegExp(`^(${values.only})$`) : undefined;
const ours = new Ours();
const native = new Native();
const failures = new Map<string, string[]>();
let total = 0;
try {
  for (const mode of values.mode ? [Number(values.mode) as Mode] : modes) {
    const count = Number(values.count);
    const seed = Number(values.seed);
    const vectors = collect(
      ours.decoder,
      mode,
      count,
      seed,
      (encoding) =>
        (!values.family || familyOf(encoding) === values.family) &&
        (!only || only.test(encoding.description.name)),
    );
    if (!only && (!values.family || values.family === 'sequence'))
      vectors.push(...collectSequences(ours.decoder, mode, 500 * count, seed));
    if (!only && mode === 64 && (!values.family || values.family === 'edges'))
      vectors.push(...collectEdges(seed));
    total += vectors.length;
    const expected = native.run(vectors);
    for (const [i, vector] of vectors.entries()) {
      const decoded = ours.decodeAll(vector);
      const lines = differences(vector, decoded, expected[i]!, ours.run(vector));
      if (!lines.length) continue;
      const name = vector.instructions > 1 ? 'sequence' : (decoded[0]?.description.name ?? '(undefined)');
      const text = [describe(vector, decoded), ...lines.map((line) => `    ${line}`)].join('\n');
      failures.set(name, [...(failures.get(name) ?? []), text]);
    }
  }
} finally {
  native.dispose();
}
for (const [name, texts] of failures) {
  console.log(`── ${name}: ${texts.length} differ`);
  for (const text of texts.slice(0, Number(values.show))) console.log(text);
}
const bad = [...failures.values()].reduce((sum, texts) => sum + texts.length, 0);
console.log(`${total} vectors, ${bad} differ`);
process.exitCode = bad ? 1 : 0;
