import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import type { Comparison } from '../../src/compare/comparison.js';
import { openImage } from '../../src/image/open.js';
import { writeRecording } from '../../src/trace/file.js';
import { recordingVersion } from '../../src/trace/recording.js';
import { trace } from '../../src/trace/trace.js';
import { corpusTest } from '../outside.js';
import { makeRecording } from '../trace/recording.js';
import { scratch, zeropage } from './command.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/paths.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
const file = scratch();
const functions = ['stub', 'startup_64', 'init:start_kernel'];
const waypoints = [{ name: 'start_kernel', instruction: 7, time: 7 }];
const native = makeRecording({
  functions,
  ran: [
    ['startup_64', 0],
    ['start_kernel', 7],
  ],
  waypoints,
  tree: [
    ['startup_64', -1, 0],
    ['start_kernel', 0, 1],
  ],
});
const stubbed = makeRecording({
  functions,
  entry: 'pvh',
  ran: [
    ['stub', 0],
    ['startup_64', 2],
    ['start_kernel', 7],
  ],
  waypoints,
  tree: [
    ['stub', -1, 0],
    ['startup_64', 0, 2],
    ['start_kernel', 1, 1],
  ],
});

test('recordings are compared without a boot, as the schema says', async () => {
  const paths = [file('a.rec', await writeRecording(native)), file('b.rec', await writeRecording(stubbed))];
  const { code, stdout } = zeropage(['compare', ...paths, '--json']);
  const comparison = JSON.parse(stdout) as Comparison;
  validate(comparison);
  expect([validate.errors, code]).toEqual([null, 1]);
  expect(comparison.joins).toEqual([{ a: 'linux64', b: 'pvh', at: 'startup_64' }]);
  expect(comparison.before[0]).toMatchObject({ onlyA: [], onlyB: ['stub'] });
  const same = zeropage(['compare', paths[0]!, paths[0]!]);
  expect([same.code, same.stderr]).toEqual([0, '']);
});

test('a comparison is written in the format that is asked for, or that the file’s name says', async () => {
  const paths = [file('a.rec', await writeRecording(native)), file('b.rec', await writeRecording(stubbed))];
  for (const [format, ending, beginning] of [
    ['html', 'html', '<!doctype html>'],
    ['svg', 'svg', '<svg '],
    ['markdown', 'md', '**`vmlinuz`**'],
    ['json', 'json', '{\n'],
    ['text', 'txt', 'Paths\n'],
  ] as const) {
    const target = file(`paths.${ending}`, '');
    const written = zeropage(['compare', ...paths, '-o', target]);
    expect([written.code, written.stdout, written.stderr]).toEqual([1, '', '']);
    const text = readFileSync(target, 'utf8');
    expect(text.startsWith(beginning), format).toBe(true);
    expect(zeropage(['compare', ...paths, '--format', format]).stdout).toBe(text);
  }
  const { code, stderr } = zeropage(['compare', ...paths, '-o', '/nowhere/paths.html']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('cannot be written')]);
});

test('one recording is nothing to compare', async () => {
  const { code, stderr } = zeropage(['compare', file('one.rec', await writeRecording(native))]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('takes two to compare')]);
});

test('boots whose functions have no names are not called the same: exit code 2 says why', async () => {
  const stripped = { ...makeRecording(), symbolsProblem: 'the image has no symbols' };
  const paths = [file('a.rec', await writeRecording(stripped)), file('b.rec', await writeRecording(native))];
  const { code, stdout, stderr } = zeropage(['compare', ...paths]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('what ran has no names: the image has no symbols');
});

test('recordings that are cut off or of another version, and what is neither image nor recording: exit code 2', async () => {
  const whole = await writeRecording(native);
  const good = file('good.rec', whole);
  const newer = whole.slice();
  newer[8] = recordingVersion + 1;
  for (const [name, data, why] of [
    ['cut.rec', whole.subarray(0, -9), /truncated|cut off/],
    ['newer.rec', newer, /version/],
    ['text.txt', 'hello', /./],
  ] as const) {
    const { code, stdout, stderr } = zeropage(['compare', good, file(name, data)]);
    expect([code, stdout], name).toEqual([2, '']);
    expect(stderr).toMatch(why);
  }
});

test('a boot that died half-way, and one of another image, are compared for what they ran', async () => {
  const died = {
    ...native,
    verdict: 'failed',
    cause: 'triple-fault',
    waypoints: [],
    tree: makeRecording().tree,
  };
  const other = { ...stubbed, image: { ...stubbed.image, name: 'other', sha256: '1'.repeat(64) } };
  const paths = [];
  for (const [i, each] of [native, died, other].entries())
    paths.push(file(`${i}.rec`, await writeRecording({ ...each, boot: { ...each.boot, subarch: i } })));
  const { code, stdout } = zeropage(['compare', ...paths, '--json']);
  const { joins, dead, paths: names } = JSON.parse(stdout) as Comparison;
  expect([code, dead, joins.map(({ at }) => at)]).toEqual([1, null, [null, 'startup_64', null]]);
  expect(new Set(names.map(({ path }) => path)).size).toBe(3);
  for (const format of ['text', 'markdown', 'svg', 'html']) {
    const written = zeropage(['compare', ...paths, '--format', format]);
    expect([written.code, written.stderr], format).toEqual([1, '']);
    expect(written.stdout, format).toContain('failed');
  }
});

corpusTest(
  'boots side by side give what one after the other gives, and what is recorded here',
  'debian-13-cloud-amd64',
  [],
  async ({ path, data }) => {
    const args = ['compare', path, '--entry', 'pvh,xen-pv', '--until', 'start_kernel', '--json', '-q'];
    const side = zeropage([...args, '-j', '2']);
    expect([side.code, side.stderr]).toEqual([1, '']);
    expect(zeropage([...args, '-j', '1']).stdout).toBe(side.stdout);
    const image = await openImage(data, { name: basename(path) });
    const recordings = [];
    for (const entry of ['pvh', 'xen-pv'] as const)
      recordings.push((await trace(image, { entry, until: 'start_kernel', reach: true })).recording);
    expect(JSON.parse(side.stdout)).toEqual(JSON.parse(JSON.stringify(compareRecordings(recordings))));
  },
  300_000,
);

corpusTest(
  'what cannot be booted is told with what to do: exit code 2',
  'debian-13-cloud-amd64',
  [],
  ({ path }) => {
    for (const [args, why] of [
      [
        ['--entry', 'pvh,multiboot'],
        /multiboot cannot be booted: .*\n {2}of its entries can be booted: linux16/,
      ],
      [['--entry', 'pvh,xen-pv', '-m', '4'], /^zeropage: .*memory/],
    ] as const) {
      const { code, stdout, stderr } = zeropage(['compare', path, ...args, '--until', 'start_kernel']);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(why);
    }
  },
);
