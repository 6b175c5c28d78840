import { expect, test } from 'vitest';
import { builtFaults } from './built.js';
import { edited } from './edit.js';

const file = 'init/main.c';

test('what stands there once is replaced, edit after edit', () => {
  const edits = [
    { file, find: 'one', put: 'two' },
    { file, find: 'two two', put: '$& three' },
  ];
  expect(edited('a one two b', edits)).toBe('a $& three b');
});

test.each([
  ['nowhere', 'a b', 0],
  ['more than once', 'one one', 2],
])('what stands there %s is refused', (_, text, times) => {
  expect(() => edited(text, [{ file, find: 'one', put: '' }])).toThrow(
    `init/main.c: "one" stands there ${times} times`,
  );
});

test('every fault has a name of its own and changes something', () => {
  const ids = builtFaults.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { edits, configuration } of builtFaults)
    expect(edits.length > 0 || configuration === 'kasan').toBe(true);
});
