import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { makeRecording } from '../../../test/trace/recording.js';
import type { EntryId, Offer } from '../../entry/entry.js';
import { firstContract, firstProbes } from './first-contract.js';
import { judge } from './judge.js';
import { readContract } from './read.js';

const functions = ['clear_bss', 'copy_bootdata', 'xen_init_mmu_ops', 'start_kernel', 'helper'];
const waypoints = (at: number) => [
  { name: 'entry', instruction: 0, time: 0 },
  { name: 'start_kernel', instruction: at, time: at },
];
const linux64 = makeRecording({
  entry: 'linux64',
  functions,
  ran: [
    ['clear_bss', 10],
    ['helper', 15],
    ['copy_bootdata', 20],
    ['start_kernel', 1000],
  ],
  waypoints: waypoints(1000),
});
const xen = makeRecording({
  entry: 'xen-pv',
  platform: 'xen-pv',
  functions,
  ran: [
    ['xen_init_mmu_ops', 5],
    ['clear_bss', 10],
    ['copy_bootdata', 30],
    ['start_kernel', 2000],
  ],
  waypoints: waypoints(2000),
});
const offers = (['linux64', 'xen-pv'] as const).map(
  (id: EntryId) => ({ id, offered: true, via: 'image', reason: '' }) as Offer,
);
const observed = { name: 'vmlinuz', offers, paths: craftSubject([linux64, xen]).paths };

test('a first contract asks what was observed, and that holds', () => {
  const text = firstContract(observed);
  const contract = readContract(text);
  expect(contract.rules?.map(({ name }) => name)).toEqual([
    'entries',
    'reaches-start_kernel',
    'on-every-path',
    'on-xen-pv',
    'instructions-linux64',
    'instructions-xen-pv',
  ]);
  expect(text).toContain('required: [ clear_bss, copy_bootdata ]');
  const subject = craftSubject([linux64, xen]);
  const asked = { ...subject, image: { ...subject.image, offers } };
  expect(judge(asked, { file: 'c.yaml', contract })).toEqual([]);
  expect(firstContract(observed)).toBe(text);
});

test('that CR4 has its shadow is asked where it has on every path', () => {
  const asked = (...values: readonly (string | null)[]) => {
    const recordings = values.map((value, i) => {
      const answer = { instruction: 1000, value, problem: null, parts: [] };
      return { ...[linux64, xen][i]!, probes: firstProbes.map((probe) => ({ ...probe, ...answer })) };
    });
    const text = firstContract({ name: 'vmlinuz', offers: [], paths: craftSubject(recordings).paths });
    return readContract(text).rules!.some(({ name }) => name === 'cr4-shadow');
  };
  expect([asked('0x1', '0x1'), asked('0x1', '0x0'), asked('0x1', null)]).toEqual([true, false, false]);
});

test('a kernel that forgets an initialiser, or runs much more, breaks it', () => {
  const contract = readContract(firstContract(observed));
  const forgetful = makeRecording({
    entry: 'xen-pv',
    platform: 'xen-pv',
    functions,
    ran: [
      ['xen_init_mmu_ops', 5],
      ['clear_bss', 10],
      ['start_kernel', 9000],
    ],
    waypoints: waypoints(9000),
  });
  const subject = craftSubject([linux64, forgetful]);
  const asked = { ...subject, image: { ...subject.image, offers } };
  const found = judge(asked, { file: 'c.yaml', contract });
  expect(found.map(({ rule, severity, entry, function: name }) => [rule, severity, entry, name])).toEqual([
    ['on-every-path', 'error', 'xen-pv', 'copy_bootdata'],
    ['instructions-xen-pv', 'error', 'xen-pv', 'start_kernel'],
  ]);
  expect(found[1]!.message).toBe(
    'Instructions of the kernel itself before start_kernel: 8995, and at most 2400 are allowed. A fifth more than it took.',
  );
  expect(found[1]!.other).toBe('linux64 keeps to that.');
});

test('of a boot that never met the others nothing is asked but how far it got', () => {
  const dead = makeRecording({ entry: 'pvh', functions, waypoints: waypoints(0).slice(0, 1) });
  const text = firstContract({ name: 'vmlinuz', offers: [], paths: craftSubject([dead]).paths });
  expect(readContract(text).rules?.map(({ name }) => name)).toEqual(['reaches-entry']);
});
