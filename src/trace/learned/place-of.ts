import type { CodeMap } from '../code-map.js';
import { isPlumbing } from '../plumbing.js';
import { callersOf } from './callers.js';
import type { Moment } from './moment.js';
import type { RecordedPlace } from './row.js';

/** The function that was running, and its callers without plumbing. */
export function placeOf(
  { pc, at, code: bytes, stack }: Moment,
  code: CodeMap,
): RecordedPlace & { callers: RecordedPlace[] } {
  const [piece] = code.pieces({ instruction: 0, pc, at, size: 1, code: bytes });
  const { row, offset } = piece!;
  const callers = callersOf({ row, offset }, stack, code)
    .filter((caller) => !isPlumbing(code.functions.columns.name[caller.row]!))
    .map((caller) => ({ function: caller.row, offset: caller.offset }));
  return { function: row, offset, callers };
}
