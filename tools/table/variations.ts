/** Keeps the tables of choices in docs/variations.md true: `--write` renews them, without it the tool checks that they are current. */
import { keepCurrent } from './generated-file.js';
import { variationTables } from './variation-tables.js';

keepCurrent('variations.ts', [
  { path: 'docs/variations.md', text: variationTables(), between: 'variations' },
]);
