import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { variationTables } from './variation-tables.js';

test('docs/variations.md has the choices of all entries (npx tsx tools/table/variations.ts --write)', () => {
  const page = readFileSync(new URL('../../docs/variations.md', import.meta.url), 'utf8');
  expect(page.includes(variationTables())).toBe(true);
});
