import type { Recording } from '../trace/recording.js';
import { isCopier } from '../trace/writes/copiers.js';

/** A function that wrote an object of the kernel's data something other than zeros. */
export interface ObjectWriter {
  readonly object: string;
  readonly name: string;
  /** Retired before the first write. */
  readonly first: number;
  /** Retired before any context first entered the function, and before the last one did; undefined where the tree has it not. */
  readonly entered: { readonly first: number; readonly last: number } | undefined;
  /** Offsets in the object. */
  readonly stretches: readonly (readonly [start: number, end: number])[];
}

/** What many functions keep up to date, or that has no state of its own: lists, and what stands for whoever runs. */
const shared = /^(memblock|init_task|init_mm$|rcu_|console_|__log_buf|.*_(lock|sem|mutex)$)/;
/** Functions that write what they are given to lock. */
const locks = /(^|_)(un)?lock/;

/** By object: its address, and of different images its name and size. */
export function writersOf(recording: Recording, isOneImage: boolean): Map<string, ObjectWriter[]> {
  const { objects, writes, functions, stretches } = recording;
  const entered = enteredIn(recording);
  const bytes = Array.from(writes.object, (): [number, number][] => []);
  for (const [i, write] of stretches.write.entries())
    bytes[write]!.push([stretches.start[i]!, stretches.end[i]!]);
  const found = new Map<string, ObjectWriter[]>();
  for (const [i, object] of writes.object.entries()) {
    const row = writes.function[i]!;
    const name = functions.name[row]!;
    const symbol = objects.name[object]!;
    if (writes.nonZero[i] === 0 || isCopier(name) || locks.test(name) || shared.test(symbol)) continue;
    const key = isOneImage ? objects.address[object]!.toString(16) : `${symbol} ${objects.size[object]}`;
    const known = found.get(key) ?? [];
    found.set(key, known);
    known.push({
      object: symbol,
      name,
      first: writes.first[i]!,
      entered: entered.get(row),
      stretches: bytes[i]!,
    });
  }
  return found;
}

/** By row, the first time and the last that a context entered it for the first time. */
function enteredIn({ tree }: Recording): Map<number, { first: number; last: number }> {
  const found = new Map<number, { first: number; last: number }>();
  for (const [node, row] of tree.function.entries()) {
    const at = tree.first[node]!;
    const known = found.get(row);
    if (!known) found.set(row, { first: at, last: at });
    else {
      known.first = Math.min(known.first, at);
      known.last = Math.max(known.last, at);
    }
  }
  return found;
}
