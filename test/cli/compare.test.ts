import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { Comparison } from '../../src/report/compare.js';
import { corpusFile, corpusReason } from '../../tools/corpus/locate.js';
import { craftBzImage } from '../craft/bzimage.js';
import { scratch, zeropage } from './command.js';
import { packedKernel, pvhKernel } from './crafted.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/compare.schema.json', import.meta.url), 'utf8'));
const valid = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
const file = scratch();
const old = file('old', packedKernel());

function comparisonOf(a: string, b: string, expected: number): Comparison {
  const { code, stdout, stderr } = zeropage(['inspect', '--json', a, b]);
  expect({ code, stderr }).toEqual({ code: expected, stderr: '' });
  const comparison = JSON.parse(stdout);
  valid(comparison);
  expect(valid.errors).toBeNull();
  expect(comparison.same).toBe(expected === 0);
  return comparison;
}

test('an image is the same as itself', () => {
  expect(comparisonOf(old, old, 0).differences).toEqual([]);
  expect(zeropage(['inspect', old, old])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('No differences.'),
  });
});

test('bytes that no loader looks at make no difference', () => {
  const padded = new Uint8Array([...packedKernel(), 0, 0, 0, 0]);
  expect(comparisonOf(old, file('padded', padded), 0).differences).toEqual([]);
});

test('a moved entry is told by entry, note and nothing else', () => {
  const { differences } = comparisonOf(old, file('moved', packedKernel(0x1000100)), 1);
  expect(differences).toContainEqual({
    section: 'entries',
    subject: 'pvh',
    field: 'address',
    a: '0x1000000',
    b: '0x1000100',
  });
  const changed = new Set(differences.map(({ section }) => section));
  expect([...changed].filter((section) => section !== 'linux')).toEqual(['entries', 'notes']);
});

test('an entry that went away is told in one group', () => {
  const { differences } = comparisonOf(old, file('flags', craftBzImage({ xloadflags: [] })), 1);
  const entries = differences.filter(({ section }) => section === 'entries');
  expect(entries.filter(({ subject }) => subject === 'linux64')).toEqual([
    { section: 'entries', subject: 'linux64', field: 'offered', a: true, b: false },
    { section: 'entries', subject: 'linux64', field: 'via', a: 'image', b: null },
    { section: 'entries', subject: 'linux64', field: 'address', a: '0x100200', b: null },
  ]);
});

test('the text names both images and every section with a difference', () => {
  const { code, stdout } = zeropage(['inspect', old, file('elf', pvhKernel())]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^A {2}old\n {3}bzImage for x86-64 · .*\nB {2}elf\n/);
  expect(stdout).toMatch(/pvh +via +payload → image/);
  expect(stdout).not.toMatch(/undefined|null|NaN|[ \t]$/m);
});

const kernels = ['debian-12-cloud-amd64', 'debian-13-cloud-amd64'] as const;
const reason = kernels.map(corpusReason).find(Boolean);
test.skipIf(reason)(`Debian 12 against Debian 13${reason ? ` (${reason})` : ''}`, () => {
  const [a, b] = kernels.map((id) => corpusFile(id)!.path);
  const { differences } = comparisonOf(a!, b!, 1);
  const find = (section: string, subject: string) =>
    differences.find((difference) => difference.section === section && difference.subject === subject);
  expect(find('notes', 'Xen PHYS32_RELOC')).toMatchObject({
    a: null,
    b: expect.stringContaining('0x200000'),
  });
  expect(find('image', 'release')).toBeDefined();
  expect(find('symbols', 'count')).toMatchObject({ a: expect.any(Number), b: expect.any(Number) });
});
