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
