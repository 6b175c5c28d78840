import { expect, test } from 'vitest';
import { concerning, fatal } from './concern.js';
import type { Finding } from './rule.js';

const finding = (
  rule: string,
  severity: Finding['severity'] = 'error',
  layer: Finding['layer'] = 'image',
): Finding => ({ rule, severity, layer, message: `${rule}.` });

const all = [
  finding('missing-boot-flag'),
  finding('overlapping-segments', 'error', 'payload'),
  finding('xen-note-misplaced', 'warning', 'payload'),
  finding('pvh-entry-virtual', 'error', 'payload'),
  finding('pe-sections-overlap'),
  finding('signed-without-sbat', 'note'),
  finding('multiboot-loaders-disagree', 'warning'),
  finding('kernel-truncated'),
];

test.each([
  ['linux64', 'image', ['kernel-truncated', 'missing-boot-flag']],
  ['linux64', 'payload', ['kernel-truncated', 'overlapping-segments']],
  ['pvh', 'payload', ['kernel-truncated', 'overlapping-segments', 'pvh-entry-virtual', 'xen-note-misplaced']],
  ['xen-pv', 'payload', ['kernel-truncated', 'overlapping-segments', 'xen-note-misplaced']],
  ['efi', 'image', ['kernel-truncated', 'pe-sections-overlap']],
  ['multiboot', 'image', ['kernel-truncated', 'multiboot-loaders-disagree']],
  ['arm64', 'image', ['kernel-truncated']],
] as const)('what concerns %s of the %s', (entry, via, expected) => {
  expect(concerning(all, entry, via).map(({ rule }) => rule)).toEqual(expected);
});

test('without an entry all errors and warnings, the wrapping first', () => {
  expect(concerning(all, null, null).map(({ rule }) => rule)).toEqual([
    'kernel-truncated',
    'missing-boot-flag',
    'overlapping-segments',
    'pvh-entry-virtual',
    'pe-sections-overlap',
    'xen-note-misplaced',
    'multiboot-loaders-disagree',
  ]);
});

test('a fault that by itself explains a death is told', () => {
  const known = { cause: 'kernel truncated', message: 'kernel-truncated.' };
  expect(fatal(all, 'shutdown')).toMatchObject(known);
  expect(fatal(all, 'dead-halt')).toMatchObject(known);
  expect(fatal(all.slice(0, 5), 'shutdown')).toBeUndefined();
});

test('not where somebody stopped the boot, nor where the fault would have ended it in another way', () => {
  for (const stop of ['budget', 'time-limit', 'interrupted', 'power-off', null] as const)
    expect(fatal(all, stop)).toBeUndefined();
  const misaligned = [finding('linux-elf-alignment')];
  expect(fatal(misaligned, 'stuck')).toMatchObject({ cause: 'kernel misaligned' });
  expect(fatal(misaligned, 'shutdown')).toBeUndefined();
});
