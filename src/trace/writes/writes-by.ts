import type { CodeMap } from '../code-map.js';
import { placeOf } from '../learned/place-of.js';
import { isCopier } from './copiers.js';
import type { ObjectTable } from './object-table.js';
import type { RecordedWrites } from './row.js';
import { Writer } from './writer.js';

/** A function that writes more objects writes whatever it is given. */
const mostObjects = 128;

/** Writers as columns: what copies and clears stands for its caller, and what writes too many objects is left out. */
export function writesBy(
  seen: readonly Writer[],
  table: ObjectTable | undefined,
  code: CodeMap,
): RecordedWrites {
  const writers = fewObjects(joined(seen, code)).sort((a, b) => a.first - b.first);
  const objects = [...new Set(writers.map(({ object }) => object))].sort((a, b) => a - b);
  const rows = new Map(objects.map((object, row) => [object, row]));
  const stretches = writers.flatMap(({ written }, write) =>
    written.stretches().map(([start, end]) => ({ write, start, end })),
  );
  return {
    objects: {
      name: objects.map((object) => table!.names[object]!),
      address: BigUint64Array.from(objects, (object) => BigInt.asUintN(64, BigInt(table!.starts[object]!))),
      size: Uint32Array.from(objects, (object) => table!.ends[object]! - table!.starts[object]!),
      section: Uint8Array.from(objects, (object) => table!.section(object)),
    },
    writes: {
      object: Uint32Array.from(writers, ({ object }) => rows.get(object)!),
      function: Uint32Array.from(writers, ({ row }) => row),
      first: Float64Array.from(writers, ({ first }) => first),
      last: Float64Array.from(writers, ({ last }) => last),
      nonZero: Uint8Array.from(writers, ({ nonZero }) => Number(nonZero)),
      changed: Uint8Array.from(writers, ({ changed }) => Number(changed)),
    },
    stretches: {
      write: Uint32Array.from(stretches, ({ write }) => write),
      start: Uint32Array.from(stretches, ({ start }) => start),
      end: Uint32Array.from(stretches, ({ end }) => end),
    },
  };
}

/** One writer a function and object. */
function joined(seen: readonly Writer[], code: CodeMap): Writer[] {
  const found = new Map<string, Writer>();
  for (const writer of seen) {
    const row = meaning(writer, code);
    const key = `${writer.object} ${row}`;
    const known = found.get(key);
    if (known) {
      known.join(writer);
      continue;
    }
    const own = new Writer(writer.object, row, writer.first, undefined, writer.written.size);
    own.join(writer);
    found.set(key, own);
  }
  return [...found.values()];
}

/** Row of the function that meant to write. */
function meaning({ row, moment }: Writer, code: CodeMap): number {
  if (!moment) return row;
  const { name } = code.functions.columns;
  const callers = placeOf(moment, code).callers.map((caller) => caller.function);
  return callers.find((caller) => !isCopier(name[caller]!)) ?? row;
}

function fewObjects(writers: readonly Writer[]): Writer[] {
  const counts = new Map<number, number>();
  for (const { row } of writers) counts.set(row, (counts.get(row) ?? 0) + 1);
  return writers.filter(({ row }) => counts.get(row)! <= mostObjects);
}
