import { ImageError } from '../core/errors.js';
import { columnGroups } from './column-groups.js';
import { arrays, type ColumnArray } from './columns.js';
import type { Learned } from './learned/row.js';
import { entryKinds, moduleIds, type Recording, recordingVersion, sections } from './recording.js';
import { objectSections } from './writes/row.js';

/** Takes what was read for a recording, once it can be relied on. Throws ImageError where a part is missing or points nowhere. */
export function checkRecording(value: Record<string, unknown>): Recording {
  const recording = value as unknown as Recording;
  want(recording.version === recordingVersion, 'version');
  for (const name of ['image', 'boot', 'user'] as const) want(isObject(value[name]), name);
  want(
    isList(value.waypoints, (each) => isObject(each) && typeof each.name === 'string'),
    'waypoints',
  );
  want(
    isList(value.waypoints, (each) => Number.isFinite((each as Waypoint).instruction)),
    'waypoints',
  );
  for (const name of ['verdict', 'console'] as const) want(typeof value[name] === 'string', name);
  for (const name of ['name', 'sha256'] as const)
    want(typeof recording.image[name] === 'string', `image.${name}`);
  for (const name of ['entry', 'platform'] as const)
    want(typeof recording.boot[name] === 'string', `boot.${name}`);
  want(Number.isFinite(recording.instructions), 'instructions');
  want(isObject(value.keptAtDeath), 'keptAtDeath');
  want(isList(value.wipes, isObject), 'wipes');
  want(isList(value.probes, isObject), 'probes');
  const { functions, firstRuns, tree, learned, objects, writes, stretches } = recording;
  const counts = new Map(
    Object.entries(columnGroups).map(([group, types]) => [group, checkGroup(group, types, value)]),
  );
  const rows = counts.get('functions')!;
  want(
    isList(functions.name, (each) => typeof each === 'string'),
    'functions.name',
  );
  want(
    isList(functions.aliases, (each) => isList(each, (name) => typeof name === 'string')),
    'functions.aliases',
  );
  want(functions.name.length === rows && functions.aliases.length === rows, 'functions');
  below(functions.module, moduleIds.length, 'functions.module');
  below(functions.section, sections.length, 'functions.section');
  below(firstRuns.function, rows, 'firstRuns.function');
  below(tree.function, rows, 'tree.function');
  below(tree.kind, entryKinds.length, 'tree.kind');
  want(
    isList(objects.name, (each) => typeof each === 'string'),
    'objects.name',
  );
  want(objects.name.length === counts.get('objects'), 'objects');
  below(objects.section, objectSections.length, 'objects.section');
  below(writes.object, objects.name.length, 'writes.object');
  below(writes.function, rows, 'writes.function');
  below(stretches.write, writes.object.length, 'stretches.write');
  const isPlace = (each: unknown): boolean => isObject(each) && (each.function as number) in functions.name;
  const isCalled = (each: unknown): boolean => isPlace(each) && isList((each as Learned).callers, isPlace);
  want(isList(learned, isCalled), 'learned');
  want(isList(recording.staticCalls, isPlace), 'staticCalls');
  want(isList(recording.settings, isCalled), 'settings');
  want(isList(recording.probes, isProbe), 'probes');
  const { reach } = recording;
  want(
    reach === null ||
      (isObject(reach) &&
        reach.entry in functions.name &&
        isList(reach.unreachable, (row) => (row as number) in functions.name)),
    'reach',
  );
  const isFilling = (each: unknown): boolean =>
    isObject(each) && [each.by, each.copiedBy].every((place) => place === null || isCalled(place));
  want(isList(recording.zeroPage, isFilling), 'zeroPage');
  want(
    isList(recording.states, (state) => isObject(state) && isList(state.tables, isTable)),
    'states',
  );
  for (const { tables } of recording.states)
    for (const { ops } of tables)
      want(
        ops.every(({ by }) => by === null || isCalled(by)),
        'states.tables.ops.by',
      );
  want(
    tree.parent.every((parent, node) => parent >= -1 && parent < node),
    'tree.parent',
  );
  return recording;
}

type Waypoint = Recording['waypoints'][number];

/** The columns of a group are there and equally long: how long. */
function checkGroup(
  group: string,
  types: Readonly<Record<string, string>>,
  value: Record<string, unknown>,
): number {
  const columns = value[group] as Record<string, ColumnArray | undefined>;
  let count: number | undefined;
  for (const [name, type] of Object.entries(types)) {
    const column = columns[name];
    want(column instanceof arrays[type as keyof typeof arrays], `${group}.${name}`);
    count ??= column!.length;
    want(column!.length === count, `${group}.${name}`);
  }
  return count ?? 0;
}

function below(column: Uint8Array | Uint32Array, limit: number, name: string): void {
  want(
    (column as Uint32Array).every((value) => value < limit),
    name,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isTable(value: unknown): boolean {
  return isObject(value) && isList(value.ops, (op) => isObject(op) && isList(op.sites, isObject));
}

function isProbe(value: unknown): boolean {
  const isText = (each: unknown): boolean => typeof each === 'string';
  return isObject(value) && [value.at, value.expression].every(isText) && isList(value.parts, isObject);
}

function isList<T>(value: unknown, holds: (each: unknown) => boolean): value is T[] {
  return Array.isArray(value) && value.every(holds);
}

function want(holds: boolean, name: string): asserts holds {
  if (!holds)
    throw new ImageError(
      `recording: ${name} is missing or not as it must be`,
      undefined,
      'record the boot again',
    );
}
