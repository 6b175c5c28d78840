import type { CodeMap } from './code-map.js';
import type { RawRun } from './first-runs.js';
import type { FirstRunColumns } from './recording.js';

/** What ran first, by function of the image. */
export function firstRunColumns(runs: readonly RawRun[], code: CodeMap): FirstRunColumns {
  const columns = {
    instruction: [] as number[],
    function: [] as number[],
    offset: [] as number[],
    size: [] as number[],
  };
  for (const run of runs) {
    for (const { row, offset, size } of code.pieces(run)) {
      columns.instruction.push(run.instruction);
      columns.function.push(row);
      columns.offset.push(offset);
      columns.size.push(size);
    }
  }
  return {
    instruction: Float64Array.from(columns.instruction),
    function: Uint32Array.from(columns.function),
    offset: Uint32Array.from(columns.offset),
    size: Uint32Array.from(columns.size),
  };
}
