/**
 * Records the fixtures of `vectors.test.ts` on this processor: `tsx tools/vectors/record.ts [family…]`.
 * Needs gcc on x86-64 Linux. Record again when encodings were added; what is recorded stays valid.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { collect, collectSequences, type Family, families, familyOf } from './collect.js';
import { collectEdges } from './edges.js';
import { fixturePath } from './fixtures.js';
import { encodeVectors, type Recorded } from './format.js';
import type { Mode } from './layout.js';
import { Native } from './native.js';
import { Ours } from './ours.js';

/** Instances of every encoding, operand size and form; of sequences, how many. 16-bit code has the handlers of 32-bit code. */
const counts: Record<Family, readonly (readonly [Mode, number])[]> = {
  integer: [
    [64, 10],
    [32, 6],
    [16, 2],
  ],
  sequence: [
    [64, 1500],
    [32, 500],
    [16, 200],
  ],
  sse: [
    [64, 12],
    [32, 1],
  ],
  mmx: [
    [64, 6],
    [32, 1],
  ],
  x87: [
    [64, 12],
    [32, 4],
  ],
  edges: [[64, 1]],
};

const { decoder } = new Ours();
const native = new Native();
const asked = process.argv.slice(2);
try {
  for (const family of families.filter((name) => !asked.length || asked.includes(name))) {
    const recorded = counts[family].flatMap(([mode, count]): Recorded[] => {
      const vectors =
        family === 'sequence'
          ? collectSequences(decoder, mode, count, 1)
          : family === 'edges'
            ? collectEdges(1)
            : collect(decoder, mode, count, 1, (encoding) => familyOf(encoding) === family);
      const outcomes = native.run(vectors);
      return vectors.map((vector, i) => ({ vector, outcome: outcomes[i]! }));
    });
    if (!recorded.length) continue;
    const path = fixturePath(family);
    mkdirSync(new URL('.', path), { recursive: true });
    const data = gzipSync(encodeVectors(recorded), { level: 9 });
    writeFileSync(path, data);
    console.log(`${family}: ${recorded.length} vectors, ${data.length} bytes`);
  }
} finally {
  native.dispose();
}
