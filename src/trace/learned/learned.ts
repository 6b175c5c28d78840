import { hex } from '../../core/errors.js';
import type { CodeMap } from '../code-map.js';
import { placeOf } from './place-of.js';
import type { Learned, RecordedPlace } from './row.js';
import type { Seen, SeenRow } from './seen.js';

/** What the boot learned, in the order it did. */
export function learnedFrom(seen: Seen, code: CodeMap): Learned[] {
  const all: Learned[] = [];
  for (const rows of seen.groups()) {
    const modules = new Set<number>();
    for (const row of rows) {
      const found = placed(row, code);
      const module = code.functions.columns.module[found.function]!;
      if (!modules.has(module)) all.push(found);
      modules.add(module);
    }
  }
  return folded(all.sort((a, b) => a.instruction - b.instruction));
}

/** What one place asks for in turn, as in a search for a hypervisor or for a device, is one row. */
function folded(all: readonly Learned[]): Learned[] {
  const runs: Learned[][] = [];
  for (const row of all) {
    const run = runs.at(-1);
    const before = run?.at(-1);
    if (before && isSamePlace(before, row)) run!.push(row);
    else runs.push([row]);
  }
  return runs.flatMap((run) => {
    if (run.length < searchLength) return run;
    const [first, last] = [run[0]!, run.at(-1)!];
    return [{ ...first, field: `${first.field}…${last.field}`, last: last.instruction, value: null }];
  });
}

/** Fields asked for in turn that make a search. */
const searchLength = 4;

function isSamePlace(a: Learned, b: Learned): boolean {
  return (
    asked.has(a.source) &&
    a.source === b.source &&
    a.access === b.access &&
    isSame(a, b) &&
    // What executes CPUID for all who ask is no search by itself.
    isSame(a.callers[0], b.callers[0])
  );
}

function isSame(a: RecordedPlace | undefined, b: RecordedPlace | undefined): boolean {
  return a?.function === b?.function && a?.offset === b?.offset;
}

const asked: ReadonlySet<string> = new Set(['cpuid', 'msr', 'port']);

function placed({ source, field, access, moment, writtenBy, value }: SeenRow, code: CodeMap): Learned {
  const { instruction } = moment;
  return {
    source,
    field,
    access,
    instruction,
    last: instruction,
    ...placeOf(moment, code),
    writtenBy,
    value: value === undefined ? null : hex(value),
  };
}
