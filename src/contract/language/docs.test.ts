/** The examples of docs/contract.md are read, hold where they are kept to, and fail where they are not. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { type Made, makeRecording } from '../../../test/trace/recording.js';
import type { EntryId, Offer } from '../../entry/entry.js';
import type { RecordedProbe } from '../../trace/probes/row.js';
import type { Recording } from '../../trace/recording.js';
import { check } from '../check.js';
import type { Contract } from './contract.js';
import { probesOf } from './judge.js';
import { kinds } from './kinds/kinds.js';
import { readContract } from './read.js';

const file = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const page = file('docs/contract.md');
const isValid = new Ajv2020({ strict: false }).compile(JSON.parse(file('schema/contract.schema.json')));

/** Each example as a contract: a list is one of rules, and keys are those of a contract. */
const examples: readonly string[] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => {
  if (/^version:/m.test(text!)) return text!;
  return `version: 1\n${text!.startsWith('- ') ? 'rules:\n' : ''}${text}`;
});
const rules = examples.flatMap((text) => readContract(text).rules ?? []);
const contract: Contract = { version: 1, rules };

test.each(examples.map((text) => [text]))('is read, and is as the schema says:\n%s', (text) => {
  const { rules: own = [], detectors, expect: expected } = readContract(text);
  expect([own, Object.keys(detectors ?? {}), expected ?? []].flat().length).toBeGreaterThan(0);
  expect(isValid(readContract(text))).toBe(true);
});

describe('every kind of rule', () => {
  test.each(kinds.map((kind) => [kind.id, kind] as const))('%s has a section with its keys', (id, kind) => {
    const sections = page.split(/^##+ /m);
    const section = sections.find((text) => text.split('\n')[0]!.split(', ').includes(id));
    expect(section).toBeDefined();
    for (const key of Object.keys(kind.members))
      expect(section, `the section says nothing of '${key}'`).toContain(key);
    expect(
      rules.some((rule) => Object.hasOwn(rule, id)),
      'it has an example',
    ).toBe(true);
  });
});

const functions = [
  'early_code',
  'init:kasan_early_init',
  'init:memblock_reserve',
  'init:xen_setup_kernel_pagetable',
  'start_kernel',
];
const end = 24_000;
const waypoints = ['entry', 'start_kernel', 'userspace'].map((name, i) => ({
  name,
  instruction: i * end,
  time: i * end,
}));

/** What all rules ask of the machine, as it answers. */
const probes = (value: string): RecordedProbe[] =>
  probesOf(contract).map((probe) => ({ ...probe, instruction: end, value, problem: null, parts: [] }));

/** A boot that keeps to all examples unless made otherwise. */
const boot = (entry: EntryId, platform: Recording['boot']['platform'], made: Made = {}): Recording =>
  makeRecording({
    entry,
    platform,
    functions,
    waypoints,
    ran: [
      ['early_code', 10],
      ['kasan_early_init', 20],
      ...(entry === 'xen-pv' ? [['xen_setup_kernel_pagetable', 30] as const] : []),
      ['start_kernel', end],
    ],
    tree: [
      ['early_code', -1, 0],
      ['kasan_early_init', 0, 1],
    ],
    probes: probes('0x1'),
    ...made,
  });

const kept = [boot('linux64', 'bare'), boot('pvh', 'xen-pvh'), boot('xen-pv', 'xen-pv')];

const offers = (...ids: readonly EntryId[]): Offer[] =>
  ids.map((id) => ({ id, offered: true, via: 'image', reason: `header of ${id}`, evidence: [] }));

/** Rules that recordings of an image with these entries break, and those that could not be judged. */
function broken(recordings: readonly Recording[], ...offered: readonly EntryId[]): string[] {
  const against = { name: 'old', files: [], problem: null, paths: craftSubject(kept).paths };
  const subject = { ...craftSubject(recordings, offers(...offered)), against };
  return check(subject, { file: 'c.yaml', contract })
    .filter(({ rule }) => rules.some(({ name }) => name === rule))
    .map(({ rule, severity }) => (severity === 'note' ? `not judged: ${rule}` : rule));
}

test('the rules hold of a kernel that keeps to them, and each fails of one that does not', () => {
  expect(broken(kept, 'linux64', 'pvh', 'xen-pv')).toEqual([]);

  const dies = { verdict: 'failed', reason: 'It died.' } as const;
  const early = waypoints.slice(0, 2);
  const forgetful = [
    boot('linux64', 'bare', {
      ran: [
        ['early_code', 10],
        ['memblock_reserve', 20],
        ['xen_setup_kernel_pagetable', 30],
        ['start_kernel', end],
      ],
    }),
    {
      ...boot('pvh', 'xen-pvh', {
        ran: [
          ['early_code', 10],
          ['memblock_reserve', 20],
          ['start_kernel', 99_000],
        ],
        waypoints: early.map((one) => ({ ...one, instruction: one.instruction && 99_000 })),
      }),
      ...dies,
    },
    boot('xen-pv', 'xen-pv', { probes: probes('0x0') }),
  ];
  const found = broken(forgetful, 'linux64', 'pvh', 'multiboot').filter((text) => !text.startsWith('not '));
  expect([...new Set(found)].sort()).toEqual(rules.map(({ name }) => name).sort());
});
