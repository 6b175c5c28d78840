import { expect, test } from 'vitest';
import type { EntryDefinition } from '../../entry/entry.js';
import { linux64 } from '../../entry/linux64.js';
import { pvh } from '../../entry/pvh.js';
import { choicesOf } from '../../entry/start/vary/choices.js';
import type { Difference } from './difference.js';
import { search } from './search.js';

const end: Difference = { kind: 'end', reason: 'It died.', function: null, instruction: 5 };
const functions: Difference = { kind: 'functions', missing: ['clear_bss'], added: [] };

/** Ids of the choices that are told as causes, when a boot with these ends so. */
function found(
  differs: (ids: readonly string[]) => Difference | undefined,
  { freedom }: EntryDefinition = pvh,
): string[][] {
  const asking = search(choicesOf(freedom));
  let step = asking.next();
  while (!step.done) step = asking.next(differs(step.value.map(({ id }) => id)));
  return step.value.map(({ choices }) => choices.map(({ id }) => id));
}

test('causes are told one by one', () => {
  expect(found((ids) => (ids.includes('rdx') || ids.includes('df') ? end : undefined))).toEqual([
    ['rdx'],
    ['df'],
  ]);
});

test('one that takes two choices is told with both', () => {
  expect(found((ids) => (ids.includes('rdx') && ids.includes('df') ? end : undefined))).toEqual([
    ['rdx', 'df'],
  ]);
});

test('what ends a boot does not hide what makes other functions run', () => {
  const differs = (ids: readonly string[]): Difference | undefined => {
    if (ids.includes('rdx')) return end;
    return ids.includes('low-memory') ? functions : undefined;
  };
  expect(found(differs)).toEqual([['rdx'], ['low-memory']]);
});

test('where nothing differs there is no cause, and one boot has shown it', () => {
  const asking = search(choicesOf(pvh.freedom));
  asking.next();
  expect(asking.next(undefined)).toEqual({ done: true, value: [] });
});

test('of the bits of a register that are kept one stands for all, and those of another are told, too', () => {
  const kept: Difference = { kind: 'registers', registers: [{ name: 'cr4', plain: '0xb0', varied: '0xb4' }] };
  const differs = (ids: readonly string[]): Difference | undefined =>
    ids.some((id) => id.startsWith('cr4-') || id === 'nt') ? kept : undefined;
  expect(found(differs, linux64)).toEqual([['nt'], ['cr4-tsd']]);
});
