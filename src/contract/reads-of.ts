import type { Path } from '../compare/path.js';
import type { Learned } from '../trace/learned/row.js';

/** Where a path first read a field of a structure, each place once. */
export function readsOf({ recording: { learned } }: Path, source: string, field: string): Learned[] {
  return learned.filter((row) => row.access === 'read' && row.source === source && row.field === field);
}
