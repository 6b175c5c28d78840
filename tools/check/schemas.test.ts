import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entries } from '../../src/entry/entries.js';

const folder = new URL('../../schema/', import.meta.url);
const ids = entries.map(({ id }) => id);

/** Lists of values in a schema that name an entry, each with where it stands. */
function entryLists(node: unknown, at: string): [at: string, list: readonly unknown[]][] {
  if (typeof node !== 'object' || node === null) return [];
  const list = (node as { enum?: readonly unknown[] }).enum;
  const own = Array.isArray(list) && list.includes(ids[0]) ? [[at, list] as [string, unknown[]]] : [];
  return [...own, ...Object.entries(node).flatMap(([name, inner]) => entryLists(inner, `${at}/${name}`))];
}

test('schemas list the entries of the table, in its order', () => {
  const schemas = readdirSync(folder).filter((name) => name.endsWith('.schema.json'));
  const lists = schemas.flatMap((name) =>
    entryLists(JSON.parse(readFileSync(new URL(name, folder), 'utf8')), name),
  );
  expect(lists.length).toBeGreaterThan(5);
  for (const [at, list] of lists) {
    const named = list.filter((value) => value !== null);
    expect(`${at}: ${named.join(' ')}`).toBe(`${at}: ${ids.join(' ')}`);
  }
});

test('what boot and matrix share is described alike in both', () => {
  const parts = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), 'utf8')).$defs;
  const [boot, matrix] = [parts('boot'), parts('matrix')];
  for (const name of ['autopsy', 'stackEntry', 'walkStep', 'waypoint']) {
    expect(boot[name], name).toBeDefined();
    expect(boot[name], name).toEqual(matrix[name]);
  }
});
