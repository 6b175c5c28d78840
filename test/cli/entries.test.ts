import { expect, test } from 'vitest';
import { entries } from '../../src/entry/entries.js';
import { zeropage } from './command.js';

test('lists every entry', () => {
  const { code, stdout } = zeropage(['entries']);
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([...entries.map(({ id }) => id), '']);
});

test.each(entries.map(({ id }) => id))('says what a loader must set for %s', (id) => {
  const { code, stdout } = zeropage(['entries', id], { env: { COLUMNS: '80' } });
  const { title, state } = entries.find((entry) => entry.id === id)!;
  expect(code).toBe(0);
  const words = stdout.replace(/\s+/g, ' ');
  for (const text of [title, ...state]) expect(words).toContain(text.replace(/\s+/g, ' '));
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('--json', () => {
  const list = JSON.parse(zeropage(['entries', '--json']).stdout);
  expect(list).toEqual(entries.map(({ id, title, state }) => ({ id, title, state })));
});
