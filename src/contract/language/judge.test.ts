import { describe, expect, test } from 'vitest';
import { craftSubject } from '../../../test/craft/subject.js';
import { type Made, makeRecording, type Ran } from '../../../test/trace/recording.js';
import type { Offer } from '../../entry/entry.js';
import type { Recording } from '../../trace/recording.js';
import { check } from '../check.js';
import type { Subject } from '../subject.js';
import type { Contract } from './contract.js';
import { judge, probesOf, unjudgedRules } from './judge.js';
import { readContract } from './read.js';

const functions = [
  'startup_64',
  'xen_start_kernel',
  'init:early_init',
  'init:late_init',
  'start_kernel',
  'twin.isra.0',
];
const waypoint = (name: string, instruction: number) => ({ name, instruction, time: instruction });
const boot = (ran: readonly Ran[], made: Made = {}): Recording =>
  makeRecording({
    functions,
    ran: [...ran, ['start_kernel', 500]],
    waypoints: [waypoint('entry', 0), waypoint('start_kernel', 500)],
    ...made,
  });

const linux64 = boot([
  ['startup_64', 0],
  ['early_init', 100],
]);
const xen = boot(
  [
    ['xen_start_kernel', 10],
    ['late_init', 450],
  ],
  { entry: 'xen-pv', platform: 'xen-pv' },
);
const cut = { verdict: 'reached', reason: 'It reached start_kernel.' } as const;
const offer = (id: Offer['id'], offered: boolean): Offer => ({
  id,
  offered,
  reason: `header of ${id}.`,
  evidence: [],
  via: offered ? 'image' : null,
});

/** What a rule says of boots, shortened: severity, path, message. */
function said(rule: string, recordings: readonly Recording[] = [linux64, xen]): string[] {
  const contract = readContract(`version: 1\nrules:\n  - {name: rule, ${rule}}`);
  const subject = craftSubject(recordings, [offer('linux64', true), offer('pvh', false)]);
  return check(subject, { file: 'c.yaml', contract })
    .filter((found) => found.rule === 'rule')
    .map(({ severity, entry, message }) => `${severity} ${entry ?? 'image'}: ${message}`);
}

describe('entries', () => {
  test.each([
    ['offered: linux64', []],
    ['offered: [linux64, pvh]', ['error image: pvh must be offered and is not: header of pvh.']],
    ['not-offered: pvh', []],
    ['not-offered: [linux64, pvh]', ['error image: linux64 must not be offered and is: header of linux64.']],
  ])('%s', (rule, expected) => expect(said(rule)).toEqual(expected));
});

describe('waypoints and functions to reach', () => {
  const dead = { ...xen, verdict: 'failed', waypoints: xen.waypoints.slice(0, 1), reason: 'It died.' };
  test.each([
    ['reaches: start_kernel', [linux64, xen], []],
    [
      'reaches: start_kernel',
      [linux64, dead],
      ['error xen-pv: start_kernel must be reached; the last waypoint is entry. It died.'],
    ],
    ['reaches: start_kernel, when: {entries: linux64}', [linux64, dead], []],
    ['reaches: late_init, when: {entries: xen-pv}', [linux64, xen], []],
    [
      'reaches: late_init',
      [linux64, xen],
      ['error linux64: late_init must be reached; the last waypoint is start_kernel.'],
    ],
    [
      'reaches: start_kernl',
      [linux64, xen],
      [
        "error image: start_kernl must be reached, and the image has no symbol 'start_kernl': not built, inlined everywhere, or misspelt: did you mean 'start_kernel'?",
      ],
    ],
    [
      'reaches: userspace, when: {platforms: bare}',
      [{ ...linux64, ...cut }],
      ['note linux64: Not judged: the boot ended before userspace. It reached start_kernel.'],
    ],
  ] as const)('%s', (rule, recordings, expected) => expect(said(rule, recordings)).toEqual(expected));
});

describe('initialisers', () => {
  test.each([
    ['required: start_kernel', []],
    ['required: early_init', ['error xen-pv: early_init must run and does not.']],
    ['required: early_init, when: {entries: linux64}', []],
    ['required: early_init, when: {subarchs: PC}', []],
    ['required: late_init, when: {subarchs: [XEN]}', []],
    [
      'required: late_init, when: {cpu: x86-64-v2}',
      ['note image: Not judged: no path that it is about was booted.'],
    ],
    ['required: early_init, when: {entries: linux64}, before: start_kernel', []],
    [
      'required: start_kernel, before: late_init',
      ['error xen-pv: start_kernel must come before late_init and comes 50 instructions after it.'],
    ],
    [
      'required: start_kernel, after: late_init',
      ['error linux64: start_kernel must come after late_init and ran without it.'],
    ],
    [
      'required: late_init, after: start_kernel, when: {entries: xen-pv}',
      ['error xen-pv: late_init must come after start_kernel and comes 50 instructions before it.'],
    ],
    ['required: late_init, first-within: 450, when: {entries: xen-pv}', []],
    [
      'required: late_init, first-within: {instructions: 439, of: xen_start_kernel}, when: {entries: xen-pv}',
      [
        'error xen-pv: late_init must be entered within 439 instructions of xen_start_kernel and is after 440.',
      ],
    ],
    ['supported: late_init, when: {platforms: [xen-pv, xen-pvh]}', []],
    [
      'supported: start_kernel, when: {entries: linux64}',
      ['error xen-pv: start_kernel is not supported on this path and runs.'],
    ],
    ['forbidden: late_init, when: {entries: linux64}', []],
    ['forbidden: late_init, severity: warning', ['warning xen-pv: late_init must not run and does.']],
    [
      'forbidden: late_init, before: start_kernel',
      ['error xen-pv: late_init must not run before start_kernel and does.'],
    ],
    ['forbidden: start_kernel, before: late_init, when: {entries: xen-pv}', []],
    ['forbidden: twin', []],
    [
      'required: erly_init',
      [
        "error image: erly_init must run, and the image has no symbol 'erly_init': not built, inlined everywhere, or misspelt: did you mean 'early_init'?",
      ],
    ],
    ['required: start_kernel, before: userspace', []],
    ['required: early_init, when: {entries: linux64, built: [late_init, early_init]}', []],
    [
      'required: erly_init, when: {built: [late_init, erly_init]}',
      ['note image: Not judged: no path that it is about was booted.'],
    ],
    [
      'required: start_kernel, before: usrspace, after: erly_init',
      [
        "warning image: Not judged: the image has no symbol 'usrspace': not built, inlined everywhere, or misspelt: did you mean 'userspace'?",
        "warning image: Not judged: the image has no symbol 'erly_init': not built, inlined everywhere, or misspelt: did you mean 'early_init'?",
      ],
    ],
    [
      'forbidden: no_such_thing, before: no_such_thing',
      Array.from(
        { length: 2 },
        () =>
          "warning image: Not judged: the image has no symbol 'no_such_thing': not built, inlined everywhere or misspelt.",
      ),
    ],
    [
      'supported: ealy_init',
      [expect.stringMatching(/^warning image: Not judged: .* did you mean 'early_init'/)],
    ],
    ['required: start_kernel, comment: All paths meet there', []],
    [
      'required: early_init, comment: All need it',
      ['error xen-pv: early_init must run and does not. All need it.'],
    ],
  ])('%s', (rule, expected) => expect(said(rule)).toEqual(expected));

  test('what had not run when a boot was stopped may have come later, unless its time was over', () => {
    const stopped = [{ ...linux64, ...cut }];
    expect(said('required: late_init', stopped)).toEqual([
      'note linux64: Not judged: late_init did not run until the boot ended. It reached start_kernel.',
    ]);
    expect(said('required: late_init, before: start_kernel', stopped)).toEqual([
      'error linux64: late_init must run before start_kernel and does not.',
    ]);
    expect(said('required: late_init, first-within: 700', stopped)).toHaveLength(1);
    expect(said('forbidden: late_init', stopped)).toEqual([
      'note linux64: Not judged: late_init did not run until the boot ended. It reached start_kernel.',
    ]);
    expect(said('forbidden: late_init, before: start_kernel', stopped)).toEqual([]);
  });

  test('how often is told by the tree, and not known without', () => {
    const tree = [
      ['startup_64', -1, 0],
      ['early_init', 0, 1],
      ['early_init', 0, 1, 8],
      ['start_kernel', 0, 1],
    ] as const;
    const twice = boot(
      [
        ['startup_64', 0],
        ['early_init', 1],
      ],
      { tree },
    );
    expect(said('required: early_init, runs: exactly once', [twice])).toEqual([
      'error linux64: early_init must run exactly once and runs 2 times.',
    ]);
    expect(said('required: startup_64, runs: exactly once', [twice])).toEqual([]);
    expect(said('supported: early_init, runs: not twice', [twice])).toEqual([
      'error linux64: early_init must run no more than once and runs 2 times.',
    ]);
    expect(said('required: early_init, runs: not twice', [linux64])).toEqual([
      'note linux64: Not judged: how often early_init runs is not recorded where it does.',
    ]);
  });

  test('nothing is said of images without symbols', () => {
    const nameless = { ...makeRecording(), symbolsProblem: 'the image has no symbols' };
    expect(said('forbidden: late_init', [nameless])).toEqual([
      'warning image: Not judged: what ran has no names: the image has no symbols.',
    ]);
    for (const rule of ['required: late_init', 'required: userspace', 'reaches: late_init'])
      expect(said(rule, [nameless])).toEqual([
        'warning image: Not judged: what ran has no names: the image has no symbols.',
      ]);
    expect(said('reaches: userspace', [nameless])).toHaveLength(1);
  });
});

describe('limits', () => {
  const grown = boot([], {
    waypoints: [waypoint('entry', 0), waypoint('start_kernel', 600)],
    ran: [
      ['startup_64', 100],
      ['early_init', 110],
      ['start_kernel', 600],
    ],
  });
  const against = (...recordings: readonly Recording[]) => ({
    name: 'old',
    files: ['boot/old', 'two'],
    problem: null,
    paths: craftSubject(recordings).paths,
  });
  const judged = (rule: string, more: Partial<Subject> = {}) => {
    const contract = readContract(`version: 1\nrules:\n  - {name: rule, ${rule}}`);
    return judge({ ...craftSubject([grown]), ...more }, { file: 'c.yaml', contract });
  };
  const messages = (...args: Parameters<typeof judged>) =>
    judged(...args).map(({ severity, entry, message }) => `${severity} ${entry ?? 'image'}: ${message}`);

  test.each([
    ['limit: instructions, before: start_kernel, at-most: 600', []],
    [
      'limit: instructions, before: start_kernel, at-most: 599',
      ['error linux64: Instructions before start_kernel: 600, and at most 599 are allowed.'],
    ],
    ['limit: kernel-instructions, before: start_kernel, at-most: 500', []],
    ['limit: init-run, at-most: 16', []],
    [
      'limit: init-run, at-most: 15',
      ['error linux64: Bytes of init code that run: 16, and at most 15 are allowed.'],
    ],
    [
      'limit: init-dead, at-most: 15',
      ['error linux64: Bytes of init code that do not run: 16, and at most 15 are allowed.'],
    ],
    [
      'limit: instructions, before: late_init, at-most: 15',
      ['note linux64: Not judged: the boot did not come to late_init.'],
    ],
  ])('%s', (rule, expected) => expect(messages(rule)).toEqual(expected));

  const rule = 'limit: instructions, before: start_kernel, growth';
  const over = 'error linux64: Instructions before start_kernel: 600, 100 (20.0%) more than the 500 of old';
  test.each([
    [`${rule}: 20%`, linux64, []],
    [`${rule}: 100`, linux64, []],
    [`${rule}: 19.5 %`, linux64, [`${over}; 19.5 % more are allowed.`]],
    [`${rule}: 99`, linux64, [`${over}; 99 more are allowed.`]],
    [`${rule}: 0`, grown, []],
    [`${rule}: 0`, xen, ['note linux64: Not judged: old was not booted through linux64.']],
    [
      `${rule}: 0`,
      { ...linux64, boot: { ...linux64.boot, memory: 64 } },
      ['note linux64: Not judged: old was booted with another size of memory.'],
    ],
    [
      'limit: init-run, growth: 0',
      { ...linux64, ...cut },
      ['note linux64: Not judged: of old, the boot was not whole. It reached start_kernel.'],
    ],
  ] as const)('%s', (text, old, expected) =>
    expect(messages(text, { against: against(old) })).toEqual(expected));

  test('of another image that cannot be booted nothing is known', () => {
    expect(messages(`${rule}: 0`, { against: { ...against(), problem: 'no kernel format' } })).toEqual([
      'note linux64: Not judged: old cannot be booted: no kernel format.',
    ]);
  });

  test('without another image that is told, once, and not only to -v', () => {
    const paths = craftSubject([grown, xen]).paths;
    expect(messages(`${rule}: 5%, at-most: 1`, { paths })).toEqual([
      "warning image: Not judged: there is nothing to have grown against: give --against IMAGE, or 'against' in the contract.",
      'error linux64: Instructions before start_kernel: 600, and at most 1 are allowed.',
      'error xen-pv: Instructions before start_kernel: 500, and at most 1 are allowed.',
    ]);
  });

  test('the command that shows it names what it is against, unless the contract does', () => {
    const command = 'zeropage check boot/vmlinuz --entry linux64 --platform bare --contract c.yaml';
    expect(judged(`${rule}: 1`, { against: against(linux64) })[0]!.reproduce).toBe(
      `${command} --against boot/old --against two`,
    );
    expect(judged(`${rule}: 1`, { against: { ...against(linux64), files: [] } })[0]!.reproduce).toBe(command);
  });

  test('one of at-most and growth there must be', () => {
    const read = (rule: string) => readContract(`version: 1\nrules: [{name: r, limit: instructions${rule}}]`);
    expect(() => read('')).toThrow("one of 'at-most', 'growth' is missing");
    expect(() => read(', growth: 5 per cent')).toThrow("'5 per cent' where something like 5% is expected");
  });
});

test('rules of which nothing could be judged are told apart', () => {
  const contract = readContract(`version: 1
rules:
  - { name: elsewhere, reaches: userspace, when: { entries: pvh } }
  - { name: growth, limit: instructions, growth: 1% }
  - { name: both, limit: instructions, growth: 1%, at-most: 1 }
  - { name: partly, forbidden: [late_init, no_such_thing], when: { entries: linux64 } }
`);
  expect(unjudgedRules(craftSubject([linux64]), { file: 'c.yaml', contract })).toEqual([
    { rule: 'elsewhere', reason: 'No path that it is about was booted.' },
    { rule: 'growth', reason: expect.stringMatching(/^There is nothing to have grown against: .*\.$/) },
  ]);
});

test('a finding says where, what others do, and how to see it', () => {
  const contract = readContract('version: 1\nrules: [{name: r, forbidden: late_init}]');
  const all = check(craftSubject([linux64, xen]), { file: 'my contract.yaml', contract });
  expect(all.filter(({ rule }) => rule === 'r')).toEqual([
    {
      rule: 'r',
      severity: 'error',
      entry: 'xen-pv',
      function: 'late_init',
      instruction: 450,
      message: 'late_init must not run and does.',
      other: 'linux64 does without it.',
      confidence: 'certain',
      reproduce: "zeropage check boot/vmlinuz --entry xen-pv --platform xen-pv --contract 'my contract.yaml'",
    },
  ]);
});

describe('what a contract says of findings', () => {
  const dead = { ...linux64, verdict: 'failed', reason: 'It died.' };
  const found = (contract: Omit<Contract, 'version'>, recording: Recording = dead) =>
    check(craftSubject([recording]), { file: 'c.yaml', contract: { version: 1, ...contract } }).map(
      ({ rule, severity, message }) => `${severity} ${rule}: ${message}`,
    );

  test.each([
    [{}, ['error entry-does-not-boot: It died.']],
    [{ detectors: { 'entry-does-not-boot': 'warning' } }, ['warning entry-does-not-boot: It died.']],
    [{ detectors: { 'entry-does-not-boot': 'off' } }, []],
    [
      { expect: [{ rule: 'entry-does-not-boot', entry: 'linux64', because: 'No such board.' }] },
      ['note entry-does-not-boot: It died. By design: No such board.'],
    ],
    // That path was not booted.
    [
      { expect: [{ rule: 'entry-does-not-boot', entry: 'pvh', because: 'No such board.' }] },
      ['error entry-does-not-boot: It died.'],
    ],
    [
      { expect: [{ rule: 'no-such', entry: 'linux64', because: 'No such board.' }] },
      [
        'error entry-does-not-boot: It died.',
        'note no-such: c.yaml expects this finding, and there is none any more. By design: No such board.',
      ],
    ],
  ] as const)('%j', (contract, expected) => expect(found(contract)).toEqual(expected));
});

describe('what is true at waypoints', () => {
  const probe = (value: string | null, problem: string | null = null) => ({
    at: 'start_kernel',
    expression: 'a == b',
    instruction: 500,
    value,
    problem,
    parts: [
      { text: 'a', value: '0x1' },
      { text: 'b', value: 'native_b' },
    ],
  });
  const probed = (...probes: Recording['probes']) => [
    boot([], { probes }),
    boot([], { probes: [probe('0x1')], entry: 'pvh' }),
  ];
  const rule = 'at: start_kernel, holds: a == b';

  test.each([
    [rule, probed(probe('0x1')), []],
    [rule, probed(probe('0x20')), []],
    [
      rule,
      probed(probe('0x0')),
      ['error linux64: a == b does not hold at start_kernel: a is 0x1, b is native_b.'],
    ],
    [
      rule,
      probed(probe(null, 'no symbol')),
      ['warning linux64: Not judged: a == b at start_kernel: no symbol.'],
    ],
    [rule, probed(), ['note linux64: Not judged: a == b was not asked for at start_kernel.']],
    [
      'at: userspace, holds: a == b, when: {entries: linux64}',
      probed(),
      ['note linux64: Not judged: the path does not pass userspace, or ended before.'],
    ],
    [
      'at: erly_init, holds: a == b, when: {entries: linux64}',
      probed(),
      [expect.stringMatching(/^warning image: Not judged: .* did you mean 'early_init'/)],
    ],
    [
      'at: early_init, holds: a == b, when: {entries: linux64}',
      [boot([['early_init', 9]], { probes: [{ ...probe('0x0'), at: 'early_init' }] })],
      ['error linux64: a == b does not hold at early_init: a is 0x1, b is native_b.'],
    ],
  ])('%s', (text, recordings, expected) => expect(said(text, recordings)).toEqual(expected));

  test('the boots are asked for each once', () => {
    const contract = readContract(
      `version: 1\nrules:\n  - {name: r, at: [entry, start_kernel], holds: [a == b, c]}\n  - {name: s, ${rule}}`,
    );
    expect(probesOf(contract)).toEqual([
      { at: 'entry', expression: 'a == b' },
      { at: 'entry', expression: 'c' },
      { at: 'start_kernel', expression: 'a == b' },
      { at: 'start_kernel', expression: 'c' },
    ]);
  });

  test('an expression that is none is said with its place', () => {
    expect(() => readContract('version: 1\nrules: [{name: r, at: entry, holds: "cr4 = 5"}]')).toThrow(
      expect.objectContaining({
        place: '2:37',
        message:
          "rules[0].holds: '=' is nothing that stands in an expression, at character 5 of the expression",
      }),
    );
    expect(() => readContract('version: 1\nrules: [{name: r, holds: cr4}]')).toThrow("'at' is missing");
  });
});
