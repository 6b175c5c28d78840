// One process of a long run. It writes into a file which input it is at before it reads it, as a loop that never
// ends, or running out of memory, leaves it no chance to say so.
import { openSync, writeSync } from 'node:fs';
import { emptySummary, runInputs } from './run-inputs.js';
import { allSeeds } from './seeds.js';

export interface WorkerTask {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly corpus: boolean;
  /** The file for the number of the current input: 8 bytes, little-endian. */
  readonly progress: string;
}

const { seed, from, to, corpus, progress } = JSON.parse(process.argv[2]!) as WorkerTask;
const file = openSync(progress, 'r+');
const current = new BigUint64Array(1);
const summary = emptySummary();
await runInputs(allSeeds({ corpus }), seed, from, to, summary, {
  maxTime: 2000,
  before: (index) => {
    current[0] = BigInt(index);
    writeSync(file, current, 0, 8, 0);
  },
});
// Disconnecting before the message is out would lose it.
process.send?.(summary, () => process.disconnect());
