import type { Recording } from './recording.js';

/** When a function first ran. */
export interface FunctionRun {
  /** Row of the function table. */
  readonly row: number;
  /** Retired before any of its code ran. */
  readonly instruction: number;
  /** Retired before its first instruction ran, when that did: stubs in an array are entered elsewhere. */
  readonly entered: number | undefined;
  /** Bytes of it that ran, counted once. */
  readonly bytes: number;
}

/** Every function that ran, in the order in which it first did. */
export function functionRuns({ firstRuns, functions }: Recording): Map<number, FunctionRun> {
  const runs = new Map<
    number,
    { row: number; instruction: number; entered: number | undefined; bytes: number }
  >();
  const covered = new Map<number, Uint8Array>();
  const { instruction, function: rows, offset, size } = firstRuns;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    let run = runs.get(row);
    if (!run) runs.set(row, (run = { row, instruction: instruction[i]!, entered: undefined, bytes: 0 }));
    if (offset[i] === 0) run.entered ??= instruction[i]!;
    const whole = functions.size[row]!;
    if (whole === 0) {
      run.bytes += size[i]!;
      continue;
    }
    let bytes = covered.get(row);
    if (!bytes) covered.set(row, (bytes = new Uint8Array(whole)));
    for (let at = offset[i]!; at < offset[i]! + size[i]!; at++) {
      if (bytes[at] === 0) run.bytes++;
      bytes[at] = 1;
    }
  }
  return runs;
}
