import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entries } from '../../src/entry/entries.js';
import { contractSchema } from '../table/contract-schema.js';
import { references, type Schema, withSharedParts } from '../table/shared-schemas.js';

const ENDING = '.schema.json';
const folder = new URL('../../schema/', import.meta.url);
const schemas = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => [
      file.slice(0, -ENDING.length),
      JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Schema,
    ]),
);

/** Every list of values that names entries, but for that of the part `entryId`, with where it stands. */
function entryLists(node: unknown, at: string): string[] {
  if (typeof node !== 'object' || node === null || at.endsWith('/$defs/entryId')) return [];
  const { enum: list } = node as { enum?: unknown };
  const own = Array.isArray(list) && entries.filter(({ id }) => list.includes(id)).length > 1;
  return [
    ...(own ? [at] : []),
    ...Object.entries(node).flatMap(([name, inner]) => entryLists(inner, `${at}/${name}`)),
  ];
}

test('the parts that schemas share are current (npx tsx tools/table/schemas.ts --write)', () => {
  for (const [name, schema] of Object.entries(withSharedParts({ ...schemas, contract: contractSchema }))) {
    expect(schemas[name], name).toEqual(schema);
  }
});

test('they list entries by the shared part alone, which is the table in its order', () => {
  const lists = Object.entries(schemas).flatMap(([name, schema]) => entryLists(schema, name));
  expect(lists).toEqual([]);
  const using = Object.values(schemas).filter((schema) => references(schema).includes('entryId'));
  expect(using.length).toBeGreaterThan(5);
  for (const { $defs } of using) expect($defs!.entryId!.enum).toEqual(entries.map(({ id }) => id));
});

test('every part is referred to, and every reference leads to a part', () => {
  for (const [name, schema] of Object.entries(schemas)) {
    const parts = Object.keys(schema.$defs ?? {});
    expect([name, [...new Set(references(schema))].sort()]).toEqual([name, parts.sort()]);
  }
});

test('a list that is not that of the table is made anew', () => {
  const old = { enum: ['pvh', 'of-yesterday'] };
  const { matrix } = withSharedParts({
    ...schemas,
    matrix: { ...schemas.matrix!, $defs: { ...schemas.matrix!.$defs, entryId: old } },
  });
  expect(matrix).toEqual(schemas.matrix);
});
