import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entries } from '../../src/entry/entries.js';

interface Schema {
  readonly description?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly string[];
}

/** Paths of fields that say nothing about themselves. */
function undescribed(schema: Schema, path: string): string[] {
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
      ...(field.description || field.$ref ? [] : [`${path}.${name}`]),
      ...undescribed(field, `${path}.${name}`),
    ]),
    ...(schema.items ? undescribed(schema.items, `${path}[]`) : []),
    ...Object.entries(schema.$defs ?? {}).flatMap(([name, inner]) => undescribed(inner, name)),
  ];
}

/** Every list of values that has entry ids in it. */
function entryLists(schema: unknown): (readonly string[])[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = (schema as Schema).enum;
  return [
    ...(own?.includes('linux64') ? [own] : []),
    ...Object.values(schema).flatMap((inner) => entryLists(inner)),
  ];
}

test.each(['boot', 'matrix', 'start-of-day'])('%s: every field is described, every entry known', (name) => {
  const schema = JSON.parse(
    readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8'),
  );
  expect(undescribed(schema, name)).toEqual([]);
  const lists = entryLists(schema);
  expect(lists.length).toBeGreaterThan(0);
  for (const list of lists) expect(list).toEqual(entries.map(({ id }) => id));
});
