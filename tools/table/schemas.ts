/**
 * Puts the parts that schemas share into those of schema/ that refer to them (shared-schemas.ts): `--write` renews them, without it
 * the tool checks that they are current. All else in these files is written by hand, but that of contracts, which comes from the
 * shapes that contracts are read by (contract-schema.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { contractSchema } from './contract-schema.js';
import { keepCurrent } from './generated-file.js';
import { jsonText } from './json-text.js';
import { type Schema, withSharedParts } from './shared-schemas.js';

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

keepCurrent(
  'schemas.ts',
  Object.entries(withSharedParts({ ...schemas, contract: contractSchema })).map(([name, schema]) => ({
    path: `schema/${name}${ENDING}`,
    text: jsonText(schema),
  })),
);
