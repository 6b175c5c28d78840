import { expect, test } from 'vitest';
import { deadExports, projectSources } from './dead-exports.js';

test('what src exports is used by another file', () => {
  const sources = projectSources();
  expect(sources.size).toBeGreaterThan(900);
  expect(deadExports(sources)).toEqual([]);
});

const other = 'src/b.ts';

test.each<[what: string, dead: readonly string[], files: Readonly<Record<string, string>>]>([
  ['a value that nobody takes', ['src/a.ts: one'], { 'src/a.ts': 'export const one = 1; one;' }],
  [
    'one that is taken',
    [],
    { 'src/a.ts': 'export const one = 1;', [other]: "import { one } from './a.js'; one;" },
  ],
  [
    'one that is taken under another name',
    [],
    { 'src/a.ts': 'export function f() {}', [other]: "import { f as g } from './a.js'; g();" },
  ],
  [
    'one that a file of the same name elsewhere has',
    ['src/a.ts: one'],
    {
      'src/a.ts': 'export const one = 1;',
      'src/x/a.ts': 'export const one = 1;',
      [other]: "import { one } from './x/a.js'; one;",
    },
  ],
  ['a type for the same file', [], { 'src/a.ts': 'export interface A {} const a: A = {}; a;' }],
  ['a type for nobody', ['src/a.ts: A'], { 'src/a.ts': 'export interface A {}' }],
  [
    'some names of a pattern',
    ['src/a.ts: y'],
    { 'src/a.ts': 'export const { x, y } = z;', 'test/a.test.ts': "import { x } from '../src/a.js'; x;" },
  ],
  [
    'a module that is imported on demand',
    [],
    { 'src/a.ts': 'export const one = 1;', [other]: "await import('./a.js');" },
  ],
  [
    'what is only passed on',
    ['src/b.ts: one'],
    { 'src/a.ts': 'export const one = 1;', [other]: "export { one } from './a.js';" },
  ],
  [
    'what the library offers',
    [],
    { 'src/a.ts': 'export const one = 1;', 'src/index.ts': "export { one } from './a.js';" },
  ],
])('%s', (_, dead, files) => {
  expect(deadExports(new Map(Object.entries(files)))).toEqual(dead);
});
