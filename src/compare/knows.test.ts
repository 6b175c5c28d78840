import { expect, test } from 'vitest';
import { type Made, makeRecording } from '../../test/trace/recording.js';
import type { Learned } from '../trace/learned/row.js';
import type { Known } from './comparison.js';
import { knowsOn } from './knows.js';
import { pathsOf } from './path.js';

const functions = ['starter', 'native_cpuid', 'init_hypervisor_platform'];
/** Rows of the decompressor as a whole, and of the functions above. */
const decompressor = 1;
const row = (name: string): number => 4 + functions.indexOf(name);
const learned = (
  source: string,
  field: string,
  instruction: number,
  more: Partial<Learned> = {},
): Learned => ({
  source,
  field,
  access: 'read',
  instruction,
  last: instruction,
  function: row('native_cpuid'),
  offset: 3,
  callers: [{ function: row('starter'), offset: 9 }],
  writtenBy: null,
  value: null,
  ...more,
});

function knowing(made: Made, topic: string): { could: Known | null; did: Known | null } {
  const [path] = pathsOf([makeRecording({ functions, ran: [['starter', 0]], ...made })]);
  const found = knowsOn([path!]).find((each) => each.topic === topic)!;
  return found.paths[path!.name]!;
}

test('a search has its answer when it ends; a variable says who kept it', () => {
  const { could, did } = knowing(
    {
      learned: [learned('cpuid', '0x40000000…0x4000ff00', 93, { last: 12_078 })],
      settings: [
        {
          variable: 'xen_domain_type',
          instruction: 12_100,
          function: row('starter'),
          offset: 1,
          callers: [],
        },
      ],
    },
    'hypervisor type',
  );
  expect(could).toEqual({
    what: 'cpuid 0x40000000…0x4000ff00',
    function: 'native_cpuid',
    callers: ['starter'],
    instruction: 12_078,
  });
  expect(did).toEqual({ what: 'xen_domain_type', function: 'starter', callers: [], instruction: 12_100 });
});

test('where nothing is kept, by the function that looks', () => {
  const { could, did } = knowing(
    {
      ran: [
        ['starter', 0],
        ['init_hypervisor_platform', 77],
      ],
    },
    'hypervisor type',
  );
  expect(could).toBeNull();
  expect(did).toMatchObject({ what: 'init_hypervisor_platform', instruction: 77 });
});

test('a function that looks has found when it ends, and nothing when the boot ends in it', () => {
  const ran = [
    ['starter', 0],
    ['init_hypervisor_platform', 77],
    ['native_cpuid', 80],
  ] as const;
  const tree = [
    ['starter', -1, 0],
    ['init_hypervisor_platform', 0, 1],
  ] as const;
  const made = makeRecording({ functions, ran, tree, learned: [learned('cpuid', '0x40000000', 80)] });
  const kept = (first: number, total: number): Known | null => {
    const columns = { first: Float64Array.of(0, first), total: Float64Array.of(1000, total) };
    const paths = pathsOf([{ ...made, tree: { ...made.tree, ...columns } }]);
    const { could, did } = knowsOn(paths)[0]!.paths.linux64!;
    expect(could).toMatchObject({ instruction: 80 });
    return did;
  };
  expect(kept(77, 40)).toMatchObject({ what: 'init_hypervisor_platform', instruction: 117 });
  expect(kept(77, 1000 - 77)).toBeNull();
});

test('a scan of memory for something else does not tell where the RSDP is', () => {
  const scan = ['signature', 'rsdtAddress', 'extendedChecksum'].map((field, i) => learned('RSDP', field, i));
  expect(knowing({ learned: scan }, 'RSDP').could).toBeNull();
  const found = learned('RSDP', 'checksum', 9);
  expect(knowing({ learned: [...scan, found] }, 'RSDP').could).toMatchObject({ instruction: 9 });
});

test('what is read after it was kept did not tell it', () => {
  const setting = {
    variable: 'tsc_khz',
    instruction: 8,
    function: row('starter'),
    offset: 1,
    callers: [],
  };
  const { could, did } = knowing({ learned: [learned('port', '0x43', 9)], settings: [setting] }, 'clock');
  expect([could, did?.instruction]).toEqual([null, 8]);
});

test('a command line tells which console there is when it says so', () => {
  const rows = [learned('loader', 'command line', 50), learned('port', '0x3f8', 90)];
  const made = makeRecording({ functions, ran: [['starter', 0]], learned: rows });
  for (const [commandLine, instruction] of [
    ['earlyprintk=xen', 50],
    ['root=/dev/vda console=ttyS0', 50],
    ['quiet noconsole=1', 90],
  ] as const) {
    const paths = pathsOf([{ ...made, boot: { ...made.boot, commandLine } }]);
    const found = knowsOn(paths).find(({ topic }) => topic === 'console')!.paths.linux64!;
    expect(found.could?.instruction, commandLine).toBe(instruction);
  }
});

test('an entry of its own tells by being taken', () => {
  expect(knowing({ entry: 'xen-pv', platform: 'xen-pv' }, 'hypervisor type').could).toEqual({
    what: 'entry xen-pv',
    function: 'starter',
    callers: [],
    instruction: 0,
  });
});

test('what only the decompressor read tells the kernel nothing', () => {
  const rows = [
    learned('loader', 'command line', 5, { function: decompressor, callers: [] }),
    learned('loader', 'command line', 50),
  ];
  expect(knowing({ learned: rows.slice(0, 1) }, 'command line').could).toBeNull();
  expect(knowing({ learned: rows }, 'command line').could!.instruction).toBe(50);
});
