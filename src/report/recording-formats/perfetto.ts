import { childrenOf, rootsOf } from '../../trace/children.js';
import { entryKinds, type Recording } from '../../trace/recording.js';
import type { RecordingFormat } from './format.js';

/** An event of Chrome's JSON trace format, as far as it is used here; `ts` in microseconds. */
interface TraceEvent {
  readonly ph: 'B' | 'E' | 'M';
  readonly pid: number;
  readonly tid: number;
  /** None at an end: it is that of the slice that began last. */
  readonly name?: string;
  readonly ts?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

const pid = 1;
/** With so many slices a file has some 16 MB. */
const mostSlices = 120_000;
/** Calls of the first root are on the second track, those of others on the next ones. */
const tracks = { waypoints: 1, calls: 2 } as const;

/**
 * A trace for Perfetto and chrome://tracing: one track of waypoints, one of the calls below each root, as slices that begin and end strictly nested. An
 * instruction is a nanosecond, as in the machine. Calls of one context are one slice (recordings do not keep them apart): it begins
 * where the first did, as far as those beside it leave room, and is as long as all of them. Of more than `mostSlices` the
 * shortest are left out, and the slice they would lie in says how many it lacks.
 */
export const perfetto: RecordingFormat = {
  id: 'perfetto',
  render: (recording) => {
    const events = [...names(recording), ...waypoints(recording), ...calls(recording)];
    return `${JSON.stringify({ displayTimeUnit: 'ns', traceEvents: events })}\n`;
  },
};

function names({ image, boot, tree, functions }: Recording): TraceEvent[] {
  const title = `${image.name} ${boot.entry} on ${boot.platform}`;
  return [
    { ph: 'M', pid, tid: 0, name: 'process_name', args: { name: title } },
    track(tracks.waypoints, 'waypoints'),
    ...rootsOf(tree.parent).map((root, i) =>
      track(tracks.calls + i, `calls of ${functions.name[tree.function[root]!]}`),
    ),
  ];
}

const track = (tid: number, name: string): TraceEvent => ({
  ph: 'M',
  pid,
  tid,
  name: 'thread_name',
  args: { name },
});

const begin = (tid: number, name: string, instruction: number, args?: TraceEvent['args']): TraceEvent => ({
  ph: 'B',
  pid,
  tid,
  name,
  ts: instruction / 1000,
  ...(args && { args }),
});

const end = (tid: number, instruction: number): TraceEvent => ({ ph: 'E', pid, tid, ts: instruction / 1000 });

function waypoints({ waypoints: reached, instructions }: Recording): TraceEvent[] {
  return reached.flatMap(({ name, instruction }, i) => {
    const next = reached[i + 1]?.instruction ?? instructions;
    return [begin(tracks.waypoints, name, instruction), end(tracks.waypoints, Math.max(next, instruction))];
  });
}

/** The least instructions with which a call is shown; with less than those of a call inside it none is. */
function shortestShown(total: Float64Array): number {
  if (total.length <= mostSlices) return 0;
  return total.slice().sort()[total.length - mostSlices - 1]! + 1;
}

function calls({ tree, functions }: Recording): TraceEvent[] {
  const { parent, first, total, count, self, kind } = tree;
  const shortest = shortestShown(total);
  const children = childrenOf(parent);
  const events: TraceEvent[] = [];
  const add = (node: number, start: number, tid: number): void => {
    const shown = children[node]!.filter((child) => total[child]! >= shortest);
    const lacking = children[node]!.length - shown.length;
    const args = {
      self: self[node],
      ...(count[node] !== 1 && { entered: count[node], first: first[node] }),
      ...(kind[node] !== entryKinds.indexOf('call') && { kind: entryKinds[kind[node]!] }),
      ...(lacking > 0 && { lacking }),
    };
    events.push(begin(tid, functions.name[tree.function[node]!]!, start, args));
    const stop = start + total[node]!;
    let free = start;
    let needed = shown.reduce((sum, child) => sum + total[child]!, 0);
    for (const child of shown) {
      const wanted = start + first[child]! - first[node]!;
      const at = Math.min(Math.max(free, wanted), stop - needed);
      add(child, at, tid);
      free = at + total[child]!;
      needed -= total[child]!;
    }
    events.push(end(tid, stop));
  };
  for (const [i, node] of rootsOf(parent).entries()) add(node, first[node]!, tracks.calls + i);
  return events;
}
