import type { Path } from '../../compare/path.js';
import { sections } from '../../trace/recording.js';
import { momentOf } from './known-functions.js';
import { isWhole } from './paths.js';

/** What can be measured on a path, and how a finding begins that says how much. */
export const measures = {
  instructions: 'Instructions',
  'kernel-instructions': 'Instructions of the kernel itself',
  'init-run': 'Bytes of init code that run',
  'init-dead': 'Bytes of init code that do not run',
} as const;
export type Measure = keyof typeof measures;

const kernel = 0;
const init = sections.indexOf('init');

/** How much it is up to a function or waypoint, else in all; why it cannot be told, in a sentence's end. */
export function measured(measure: Measure, path: Path, before: string | undefined): number | string {
  const { recording } = path;
  if (before === undefined && !isWhole(path)) return `the boot was not whole. ${recording.reason}`;
  const end = before === undefined ? recording.instructions : momentOf(path, before);
  if (end === undefined) return `the boot did not come to ${before}`;
  if (measure === 'instructions') return end;
  if (measure === 'kernel-instructions') {
    const { firstRuns, functions } = recording;
    const first = firstRuns.function.findIndex((row) => functions.module[row] === kernel);
    return first === -1 ? 'code of the kernel is not told from other' : end - firstRuns.instruction[first]!;
  }
  if (recording.symbolsProblem !== null) return `init code has no names: ${recording.symbolsProblem}`;
  const ran = initBytes(path, end);
  return measure === 'init-run' ? ran : allInit(path) - ran;
}

/** Bytes of functions of init text that ran before an instruction, each function counted whole once it was entered. */
function initBytes({ recording: { functions }, runs }: Path, end: number): number {
  let bytes = 0;
  for (const [row, run] of runs)
    if (functions.section[row] === init && run.instruction < end) bytes += functions.size[row]!;
  return bytes;
}

function allInit({ recording: { functions } }: Path): number {
  let bytes = 0;
  for (const [row, section] of functions.section.entries())
    if (section === init) bytes += functions.size[row]!;
  return bytes;
}
