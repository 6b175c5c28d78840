import { expect, test } from 'vitest';
import { finding } from '../../test/craft/check.js';
import { againstBaseline, baselineOf } from './baseline.js';

const boot = (image: string, name: string, instruction = 7) =>
  finding(image, 'missing-call', 'error', { entry: 'pvh', function: name, instruction });
const note = finding('a', 'crc32-mismatch', 'note');

test('what is recorded is the same after a rebuild', () => {
  const first = [boot('vmlinuz-6.1', 'setup_arch.isra.0', 100), boot('vmlinuz-6.1', 'cr4_init+0x12', 200)];
  const second = [
    boot('vmlinuz-6.2', 'cr4_init', 333),
    boot('vmlinuz-6.2', 'setup_arch.constprop.0.cold', 1),
  ];
  expect(baselineOf(second)).toEqual(baselineOf(first));
  expect(againstBaseline(second, baselineOf(first))).toEqual({ fresh: [], known: 2, vanished: [] });
});

test('what is new fails, what is gone is told', () => {
  const before = baselineOf([note, boot('a', 'setup_arch')]);
  const fresh = boot('a', 'cr4_init');
  expect(againstBaseline([note, fresh], before)).toEqual({
    fresh: [fresh],
    known: 1,
    vanished: [{ rule: 'missing-call', entry: 'pvh', function: 'setup_arch' }],
  });
});

test('of several images each may have what one had, and not more of it', () => {
  const before = baselineOf([boot('a', 'f'), boot('a', 'f'), boot('b', 'f')]);
  expect(before.findings).toEqual([{ rule: 'missing-call', entry: 'pvh', function: 'f', count: 2 }]);
  const more = [boot('a', 'f'), boot('a', 'f'), boot('a', 'f')];
  const same = [boot('b', 'f'), boot('b', 'f')];
  expect(againstBaseline([...more, ...same], before)).toEqual({ fresh: more, known: 2, vanished: [] });
});

test('the order of findings does not matter', () => {
  const all = [note, boot('a', 'f'), boot('a', 'g')];
  expect(baselineOf(all.toReversed())).toEqual(baselineOf(all));
});
