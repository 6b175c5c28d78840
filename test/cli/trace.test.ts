import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import schema from '../../schema/recording.schema.json' with { type: 'json' };
import { recordingDocument } from '../../src/report/recording-formats/json.js';
import { writeRecording } from '../../src/trace/file.js';
import { makeRecording } from '../trace/recording.js';
import { scratch, zeropage } from './command.js';

const file = scratch();
const recording = makeRecording({
  functions: ['startup_64', 'init:start_kernel'],
  ran: [
    ['startup_64', 0],
    ['start_kernel', 7],
  ],
  waypoints: [{ name: 'start_kernel', instruction: 7, time: 7 }],
  tree: [
    ['startup_64', -1, 0],
    ['start_kernel', 0, 2],
  ],
});

test('the JSON document is as its schema says', () => {
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
  validate(recordingDocument(recording));
  expect(validate.errors).toBeNull();
});

test('a recording is shown in every format, and nothing is booted', async () => {
  const path = file('one.rec', await writeRecording(recording));
  const text = zeropage(['trace', path]);
  expect([text.code, text.stderr]).toEqual([0, '']);
  expect(text.stdout).toContain('→ start_kernel');
  expect(zeropage(['trace', path, '--format', 'folded']).stdout).toBe(
    'startup_64 1\nstartup_64;start_kernel 1\n',
  );
  const json = JSON.parse(zeropage(['trace', path, '--format', 'json']).stdout) as {
    tree: { kind: unknown };
  };
  expect(json.tree.kind).toEqual(['root', 'jump']);
  expect(JSON.parse(zeropage(['trace', path, '--format', 'perfetto']).stdout)).toMatchObject({
    displayTimeUnit: 'ns',
  });
  expect(zeropage(['trace', path, '--format', 'drcov']).stdout).toContain('BB Table: 2 bbs\n');
  expect(zeropage(['trace', path, '-o', `${path}.again`]).code).toBe(0);
  expect(readFileSync(`${path}.again`)).toEqual(readFileSync(path));
});

test('one that is cut off or of another version ends with 2 and says so', async () => {
  const whole = await writeRecording(recording);
  const cut = zeropage(['trace', file('cut.rec', whole.subarray(0, -9))]);
  expect([cut.code, cut.stderr]).toEqual([2, expect.stringContaining('truncated')]);
  const newer = whole.slice();
  newer[8] = 99;
  const other = zeropage(['trace', file('newer.rec', newer)]);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('version 99')]);
});
