import { expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { makeRecording } from '../../../test/trace/recording.js';
import type { EntryId, Offer } from '../../entry/entry.js';
import type { Recording } from '../../trace/recording.js';
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

test('paths of one entry that go apart are told by their platforms; of those that say nothing there is a remark', () => {
  const pvh = (platform: 'bare' | 'xen-pvh', more: Partial<Recording> = {}) => ({
    ...linux64,
    boot: { ...linux64.boot, entry: 'pvh' as const, platform },
    ...more,
  });
  const userspace = [...waypoints(1000), { name: 'userspace', instruction: 9000, time: 9000 }];
  const written = (...recordings: readonly Recording[]) =>
    firstContract({ name: 'vmlinuz', offers: [], paths: craftSubject(recordings).paths });
  const whole = { ...linux64, waypoints: userspace };
  const apart = written(whole, pvh('bare', { waypoints: userspace }), pvh('xen-pvh', { verdict: 'failed' }));
  expect(readContract(apart).rules!.filter(({ name }) => name.startsWith('reaches'))).toMatchObject([
    { name: 'reaches-userspace', when: { entries: 'linux64' } },
    { name: 'reaches-userspace-pvh-bare', when: { entries: 'pvh', platforms: 'bare' } },
    { name: 'reaches-start_kernel-pvh-xen-pvh', when: { entries: 'pvh', platforms: 'xen-pvh' } },
  ]);
  const lacking = { verdict: 'not-supported', reason: 'The machine lacks it.' };
  const silent = written(whole, pvh('bare', { waypoints: userspace }), pvh('xen-pvh', lacking));
  expect(readContract(silent).rules!.find(({ name }) => name === 'reaches-userspace')).not.toHaveProperty(
    'when',
  );
  expect(silent).toContain(
    '\n# pvh/xen-pvh cannot be judged, check without it: --platform bare. The machine lacks it.\n',
  );
});

test('rules are named apart', () => {
  const ran = (...names: readonly string[]) => [
    ...names.map((name, i) => [name, i + 1] as const),
    ['start_kernel', 1000] as const,
  ];
  const path = (entry: EntryId, platform: 'bare' | 'xen-pvh', ...names: readonly string[]) =>
    makeRecording({ entry, platform, functions, ran: ran(...names), waypoints: waypoints(1000) });
  const recordings = [
    path('linux32', 'bare', 'clear_bss'),
    path('linux64', 'bare', 'copy_bootdata'),
    path('pvh', 'bare', 'clear_bss', 'copy_bootdata'),
    path('pvh', 'xen-pvh'),
  ];
  const text = firstContract({ name: 'vmlinuz', offers: [], paths: craftSubject(recordings).paths });
  const names = readContract(text).rules!.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['on-linux32', 'on-pvh-bare', 'on-linux64', 'on-pvh-bare-2']));
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
