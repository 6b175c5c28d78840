import { expect, test } from 'vitest';
import { cell, columns, wrap } from './columns.js';

const row = (...texts: string[]) => texts.map((text) => cell(text));

test('columns are as wide as their widest cell, and the last one wraps under itself', () => {
  const rows = [row('a', 'one two three four five six seven'), row('bbb', 'x')];
  expect(columns(rows, { width: 31, indent: 1 })).toEqual([
    ' a    one two three four five',
    '      six seven',
    ' bbb  x',
  ]);
});

test('a row with fewer cells has the room of all that follow', () => {
  const rows = [row('a', 'b', 'c'), row('a', 'one two three four five six seven')];
  expect(columns(rows, { width: 40, indent: 0 })).toEqual([
    'a  b  c',
    'a  one two three four five six seven',
  ]);
});

test('marks wrap around the text of each line, not around padding', () => {
  const mark = (text: string): string => `<${text}>`;
  expect(columns([[cell('a', mark), cell('x y', mark)]], { width: 80, least: [3], indent: 0 })).toEqual([
    '<a>    <x y>',
  ]);
});

test.each([
  ['a b c', 3, ['a b', 'c']],
  ['abcdef g', 3, ['abcdef', 'g']],
  ['', 3, ['']],
])('wrap(%j, %i)', (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});
