import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { writeRecording } from '../../src/trace/file.js';
import { makeRecording } from '../trace/recording.js';
import { scratch, zeropage } from './command.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/ops.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
const file = scratch();

const recorded = (entry: 'pvh' | 'xen-pv', target: string | null, code: string) =>
  makeRecording({
    entry,
    platform: entry === 'pvh' ? 'bare' : 'xen-pv',
    functions: ['setter'],
    states: [
      {
        waypoint: 'start_kernel',
        instruction: 1234,
        registers: { cr0: '0x1' },
        kept: {},
        paging: { levels: 0, root: '0x0', tables: [], pages: {}, mapped: 0, writableExecutable: 0, user: 0 },
        tables: [
          {
            table: 'pv_ops',
            freed: false,
            ops: [
              {
                member: 'irq.irq_disable',
                kind: target === 'native' ? 'native' : 'replaced',
                target,
                initial: 'native',
                by: target === 'native' ? null : { function: 4, offset: 2, callers: [], instruction: 7 },
                sites: [{ code, count: 2 }],
              },
            ],
          },
        ],
      },
    ],
  });
const native = file('native.rec', await writeRecording(recorded('pvh', 'native', 'cli')));
const xen = file('xen.rec', await writeRecording(recorded('xen-pv', 'xen', 'call xen')));

test('one path: what is not as in the image, and who wrote it', () => {
  const { code, stdout } = zeropage(['ops', xen, '--at', 'start_kernel', '--differences']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/At start_kernel {2}xen-pv: 1 234/);
  expect(stdout).toMatch(/irq\.irq_disable {2}xen {2}was native · by setter\+0x2 · 2 sites/);
});

test('two paths: a column each, differences marked', () => {
  const { code, stdout } = zeropage(['ops', native, xen, '--at', 'start_kernel']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/≠ {2}irq\.irq_disable {2}native \[cli\] {2}xen\n/);
});

test('JSON follows its schema', () => {
  const { code, stdout } = zeropage(['ops', native, xen, '--at', 'start_kernel', '--json']);
  expect(code).toBe(0);
  validate(JSON.parse(stdout));
  expect(validate.errors).toBeNull();
});

test('a waypoint that was not reached ends with 1', () => {
  const { code, stdout } = zeropage(['ops', native, '--at', 'userspace']);
  expect(code).toBe(1);
  expect(stdout).toContain('no boot got there');
});

test('an image without types says so', async () => {
  const path = file(
    'plain.rec',
    await writeRecording(makeRecording({ opsProblem: 'the image has no types' })),
  );
  const { code, stdout } = zeropage(['ops', path]);
  expect(code).toBe(1);
  expect(stdout).toContain('the image has no types');
});

test('two functions that are no waypoints are one too many', () => {
  const { code, stderr } = zeropage(['ops', native, '--at', 'f,g']);
  expect(code).toBe(2);
  expect(stderr).toContain('there are f, g');
});
