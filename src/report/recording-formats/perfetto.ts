import { childrenOf, rootsOf } from '../../trace/children.js';
import { entryKinds, type Recording } from '../../trace/recording.js';
import type { RecordingFormat } from './format.js';

/** An event of Chrome's JSON trace format, as far as it is used here; `ts` in microseconds. */
interface TraceEvent {
  readonly ph: 'B' | 'E' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly ts?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

const pid = 1;
/** Calls of the first root are on the second track, those of others on the next ones. */
const tracks = { waypoints: 1, calls: 2 } as const;

/**
 * A trace for Perfetto and chrome://tracing: one track of waypoints, one of the calls below each root, as slices that begin and end strictly nested. An
 * instruction is a nanosecond, as in the machine. Calls of one context are one slice (recordings do not keep them apart): it begins
 * where the first did, as far as those beside it leave room, and is as long as all of them.
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

const slice = (tid: number, ph: 'B' | 'E', name: string, instruction: number, args?: object): TraceEvent => ({
  ph,
  pid,
  tid,
  name,
  ts: instruction / 1000,
  ...(args && { args: args as Readonly<Record<string, unknown>> }),
});

function waypoints({ waypoints: reached, instructions }: Recording): TraceEvent[] {
  return reached.flatMap(({ name, instruction }, i) => {
    const end = reached[i + 1]?.instruction ?? instructions;
    return [
      slice(tracks.waypoints, 'B', name, instruction),
      slice(tracks.waypoints, 'E', name, Math.max(end, instruction)),
    ];
  });
}

function calls({ tree, functions }: Recording): TraceEvent[] {
  const { parent, first, total, count, self, kind } = tree;
  const children = childrenOf(parent);
  const events: TraceEvent[] = [];
  const add = (node: number, start: number, tid: number): void => {
    const name = functions.name[tree.function[node]!]!;
    const end = start + total[node]!;
    const args = {
      entered: count[node],
      instructions: total[node],
      self: self[node],
      first: first[node],
      kind: entryKinds[kind[node]!],
    };
    events.push(slice(tid, 'B', name, start, args));
    let free = start;
    let needed = children[node]!.reduce((sum, child) => sum + total[child]!, 0);
    for (const child of children[node]!) {
      const wanted = start + first[child]! - first[node]!;
      const at = Math.min(Math.max(free, wanted), end - needed);
      add(child, at, tid);
      free = at + total[child]!;
      needed -= total[child]!;
    }
    events.push(slice(tid, 'E', name, end));
  };
  for (const [i, node] of rootsOf(parent).entries()) add(node, first[node]!, tracks.calls + i);
  return events;
}
