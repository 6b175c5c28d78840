import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import type { Comparison, Difference } from '../../src/report/comparison/comparison.js';
import { corpusFile, corpusReason } from '../../tools/corpus/locate.js';
import { craftBzImage } from '../craft/bzimage.js';
import { scratch, zeropage } from './command.js';
import { packedKernel, pvhKernel } from './crafted.js';

const schema = (name: string) =>
  new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')),
  );
const validComparison = schema('compare');
const validTable = schema('image-table');
const file = scratch();
const old = file('old', packedKernel());
const moved = file('moved', packedKernel(0x1000100));
const without = file('without', craftBzImage({ xloadflags: [] }));
file('notes.txt', 'no kernel image');

test('identical images say so and end with 0', () => {
  expect(zeropage(['inspect', old, old])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^The two files are identical\.\n/),
  });
});

test('an entry that moved is a detail, on which one ends when that is asked for', () => {
  const { code, stdout } = zeropage(['inspect', old, moved]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^No entry came, went or changed meaning\.\n\nA {2}old\n/);
  expect(zeropage(['inspect', old, moved, '--exit-on', 'detail']).code).toBe(1);
});

test('an entry that went ends with 1, and the JSON follows the schema', () => {
  const { code, stdout, stderr } = zeropage(['inspect', '--json', '--ignore', 'findings', old, without]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const comparison: Comparison = JSON.parse(stdout);
  validComparison(comparison);
  expect(validComparison.errors).toBeNull();
  expect(comparison).toMatchObject({ identical: false, same: false, severity: 'error' });
  expect(comparison.entries.find(({ id }) => id === 'linux64')).toMatchObject({ change: 'went' });
  expect(zeropage(['inspect', old, without, '--exit-on', 'never']).code).toBe(0);
});

test('a filter must name something', () => {
  expect(zeropage(['inspect', old, without, '--ignore', 'linux65'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("there is no section or entry 'linux65'"),
  });
});

test('several images are one table; what cannot be read is a row, and ends with 2', () => {
  const elf = file('elf', pvhKernel());
  const { code, stdout } = zeropage(['inspect', '--json', old, without, elf, file('bad', 'no kernel')]);
  expect(code).toBe(2);
  const table = JSON.parse(stdout);
  validTable(table);
  expect(validTable.errors).toBeNull();
  expect(table.images.map(({ file: { name } }: { file: { name: string } }) => name)).toEqual([
    'old',
    'without',
    'elf',
    'bad',
  ]);
  expect(table.images[2].entries).toContainEqual({ id: 'pvh', offered: true, via: 'image' });
  expect(table.images[3]).toMatchObject({ entries: null, problem: expect.any(String) });
});

test('a directory stands for the images in it', () => {
  const { stdout, stderr } = zeropage(['inspect', dirname(old)]);
  expect(stdout).toMatch(/^ +linux16 +linux32 +linux64 +pvh +findings +release\n/);
  expect(stdout).toMatch(/^old +✓ +✓ +✓ +✓\*/m);
  expect(stdout).toMatch(/\n\n\* a loader must unpack the payload\n$/);
  expect(stdout).not.toMatch(/notes\.txt|undefined|null|[ \t]$/m);
  expect(stderr).toMatch(/: \d files? (is|are) no kernel images?\n$/);
});

const kernels = ['debian-12-cloud-amd64', 'debian-13-cloud-amd64'] as const;
const reason = kernels.map(corpusReason).find(Boolean);
test.skipIf(reason)(`Debian 12 against Debian 13${reason ? ` (${reason})` : ''}`, () => {
  const [a, b] = kernels.map((id) => corpusFile(id)!.path);
  const { code, stdout } = zeropage(['inspect', '--json', a!, b!]);
  expect(code).toBe(1);
  const comparison: Comparison = JSON.parse(stdout);
  validComparison(comparison);
  expect(validComparison.errors).toBeNull();
  const find = (section: string, subject: string): Difference | undefined =>
    comparison.differences.find((one) => one.section === section && one.subject === subject);
  expect(comparison.entries.find(({ id }) => id === 'pvh')).toMatchObject({
    change: 'changed',
    because: ['xen.PHYS32_RELOC', 'layers.payload.codec'],
  });
  expect(find('xen', 'PHYS32_RELOC')).toMatchObject({ a: null, b: { align: '0x200000' } });
  expect(find('notes', 'names')).toMatchObject({ came: ['Xen PHYS32_RELOC'], went: ['Xen HV_START_LOW'] });
  expect(find('symbols', 'names')!.went).toContain('cpu_llc_id');
  expect(find('tables', 'initcall')!.came).toContain('tmigr_init');
  expect(find('xen', 'L1_MFN_VALID')).toBeUndefined();
});
