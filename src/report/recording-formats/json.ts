import { hex } from '../../core/errors.js';
import { entryKinds, moduleIds, type Recording, sections } from '../../trace/recording.js';
import { objectSections } from '../../trace/writes/row.js';
import type { RecordingFormat } from './format.js';

/** A recording as JSON, its columns as arrays: schema/recording.schema.json. */
export const json: RecordingFormat = {
  id: 'json',
  render: (recording) => `${JSON.stringify(recordingDocument(recording))}\n`,
};

/** The document. */
export function recordingDocument(recording: Recording): Record<string, unknown> {
  const { version, functions, firstRuns, tree, objects, writes, stretches, ...rest } = recording;
  return {
    schemaVersion: version,
    ...rest,
    functions: {
      module: Array.from(functions.module, (id) => moduleIds[id]),
      name: functions.name,
      aliases: functions.aliases,
      address: Array.from(functions.address, hex),
      size: Array.from(functions.size),
      section: Array.from(functions.section, (id) => sections[id]),
    },
    firstRuns: lists(firstRuns),
    tree: { ...lists(tree), kind: Array.from(tree.kind, (id) => entryKinds[id]) },
    objects: {
      name: objects.name,
      address: Array.from(objects.address, hex),
      size: Array.from(objects.size),
      section: Array.from(objects.section, (id) => objectSections[id]),
    },
    writes: lists(writes),
    stretches: lists(stretches),
  };
}

function lists(columns: object): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(columns as Record<string, ArrayLike<number>>).map(([name, column]) => [
      name,
      Array.from(column),
    ]),
  );
}
