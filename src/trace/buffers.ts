import { columnGroups } from './column-groups.js';
import type { ColumnArray } from './columns.js';
import type { Recording } from './recording.js';

/** What a recording's columns lie in, each once: most of its bytes. */
export function buffersOf(recording: Recording): ArrayBuffer[] {
  const columns = Object.entries(columnGroups).flatMap(([group, types]) => {
    const values = recording[group as keyof typeof columnGroups] as unknown as Record<string, ColumnArray>;
    return Object.keys(types).map((name) => values[name]!.buffer as ArrayBuffer);
  });
  return [...new Set(columns)];
}
