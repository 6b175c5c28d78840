import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { packedKernel, pvhKernel } from '../../../test/cli/crafted.js';
import { type CraftBzImage, craftBzImage } from '../../../test/craft/bzimage.js';
import { type CraftNote, craftElf } from '../../../test/craft/elf.js';
import { craftMultiboot } from '../../../test/craft/multiboot.js';
import { inspect } from '../inspect.js';
import type { Inspection } from '../inspection.js';
import { comparisonText } from '../text/comparison.js';
import { type CompareOptions, compare } from './compare.js';
import { type Comparison, keyOf } from './comparison.js';

const schema = JSON.parse(
  readFileSync(new URL('../../../schema/compare.schema.json', import.meta.url), 'utf8'),
);
const valid = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

async function comparison(a: Uint8Array, b: Uint8Array, options?: CompareOptions): Promise<Comparison> {
  const result = compare(await inspect(a, { name: 'a' }), await inspect(b, { name: 'b' }), options);
  valid(JSON.parse(JSON.stringify(result)));
  expect(valid.errors).toBeNull();
  return result;
}

const changes = ({ entries }: Comparison): string[] =>
  entries.filter(({ change }) => change !== 'same').map(({ id, change }) => `${id} ${change}`);
const severe = ({ differences }: Comparison): string[] =>
  differences
    .filter(({ severity }) => severity === 'error' || severity === 'warning')
    .map((difference) => `${difference.severity} ${keyOf(difference)}`);

const flags = ['XLF_KERNEL_64', 'XLF_CAN_BE_LOADED_ABOVE_4G'] as const;
const usual = {
  relocatable_kernel: 1,
  kernel_alignment: 0x200000,
  pref_address: 0x1000000,
  init_size: 0x2000000,
};
const kernel = (options: CraftBzImage = {}): Uint8Array =>
  craftBzImage({ xloadflags: flags, ...options, header: { ...usual, ...options.header } });

const load = { vaddr: 0x1000000, data: new Uint8Array(0x1000).fill(0xf4) };
const xen = (...notes: CraftNote[]): Uint8Array =>
  craftElf({
    entry: 0x1000000,
    segments: [load],
    notes: [{ owner: 'Xen', type: 6, desc: 'linux' }, ...notes],
  });
const phys32 = { owner: 'Xen', type: 18, desc: 0x1000000 };
const multiboot = (...fields: Parameters<typeof craftMultiboot>): Uint8Array => {
  const data = load.data.slice();
  data.set(craftMultiboot(...fields));
  return craftElf({ class: 32, entry: 0x1000000, segments: [{ vaddr: 0x1000000, data }] });
};

describe('what matters to a loader', () => {
  test.each<[string, Uint8Array, Uint8Array, string[], string[]]>([
    [
      'a flag that went takes its entry along',
      kernel(),
      kernel({ xloadflags: [] }),
      ['linux64 went'],
      ['error entries.linux64.offered'],
    ],
    [
      'an entry that came',
      kernel({ xloadflags: [] }),
      kernel(),
      ['linux64 came'],
      ['warning entries.linux64.offered'],
    ],
    [
      'a flag that leaves the entry',
      kernel(),
      kernel({ xloadflags: ['XLF_KERNEL_64'] }),
      ['linux64 changed'],
      ['error linux.xloadflags'],
    ],
    [
      'an older protocol',
      kernel(),
      kernel({ version: 0x020d }),
      ['linux16 changed', 'linux32 changed', 'linux64 changed'],
      ['error linux.protocol'],
    ],
    [
      'no longer relocatable',
      kernel(),
      kernel({ header: { relocatable_kernel: 0 } }),
      ['linux32 changed', 'linux64 changed'],
      ['error linux.relocatable_kernel'],
    ],
    [
      'another alignment',
      kernel(),
      kernel({ header: { kernel_alignment: 0x1000000 } }),
      ['linux32 changed', 'linux64 changed'],
      ['warning linux.kernel_alignment'],
    ],
    [
      'another preferred address',
      kernel(),
      kernel({ header: { pref_address: 0x2000000 } }),
      ['linux32 changed', 'linux64 changed'],
      ['warning linux.pref_address'],
    ],
    [
      'more memory needed',
      kernel(),
      kernel({ header: { init_size: 0x3000000 } }),
      ['linux32 changed', 'linux64 changed'],
      ['warning linux.init_size'],
    ],
    [
      'less of it',
      kernel(),
      kernel({ header: { init_size: 0x1800000 } }),
      ['linux32 changed', 'linux64 changed'],
      [],
    ],
    [
      'a shorter command line',
      kernel({ header: { cmdline_size: 2047 } }),
      kernel({ header: { cmdline_size: 255 } }),
      ['linux16 changed', 'linux32 changed', 'linux64 changed'],
      ['warning linux.cmdline_size'],
    ],
    ['the PVH note went', xen(phys32), xen(), ['pvh went'], ['error entries.pvh.offered']],
    ['a PVH entry that moved', pvhKernel(), pvhKernel(0x1000100), [], []],
    [
      'a PVH kernel that can be moved',
      xen(phys32),
      xen(phys32, { owner: 'Xen', type: 19, desc: new Uint8Array(12).fill(1) }),
      ['pvh changed'],
      ['warning xen.PHYS32_RELOC'],
    ],
    [
      'another way to load Multiboot',
      multiboot(0),
      multiboot(0x10000, { header_addr: 0x1000000, load_addr: 0x1000000, entry_addr: 0x1000040 }),
      ['multiboot changed'],
      ['warning entries.multiboot.load rule'],
    ],
    [
      'what a Multiboot header requires',
      multiboot(0),
      multiboot(1),
      ['multiboot changed'],
      ['warning entries.multiboot.requires'],
    ],
  ])('%s', async (_what, a, b, entries, differences) => {
    const result = await comparison(a, b, { ignore: ['findings'] });
    expect(changes(result)).toEqual(entries);
    expect(severe(result)).toEqual(differences);
  });
});

test('from image to payload is worse than the other way', async () => {
  const { differences } = await comparison(pvhKernel(), packedKernel());
  expect(differences.find((one) => keyOf(one) === 'entries.pvh.via')).toMatchObject({
    a: 'image',
    b: 'payload',
    severity: 'error',
  });
  const back = await comparison(packedKernel(), pvhKernel());
  expect(back.differences.find((one) => keyOf(one) === 'entries.pvh.via')).toMatchObject({
    severity: 'warning',
  });
});

test('values have types, and lists say what came and went', async () => {
  const { differences } = await comparison(
    kernel(),
    kernel({ xloadflags: ['XLF_KERNEL_64'], header: { relocatable_kernel: 0, init_size: 0x3000000 } }),
  );
  const values = Object.fromEntries(differences.map((one) => [keyOf(one), one]));
  expect(values['linux.relocatable_kernel']).toMatchObject({ a: true, b: false });
  expect(values['linux.init_size']).toMatchObject({
    a: 0x2000000,
    b: 0x3000000,
    entries: ['linux32', 'linux64'],
  });
  expect(values['linux.xloadflags']).toMatchObject({
    a: [...flags],
    b: ['XLF_KERNEL_64'],
    came: [],
    went: ['XLF_CAN_BE_LOADED_ABOVE_4G'],
  });
});

test('addresses, sizes and build ids are details', async () => {
  const build = (id: number, entry?: number): Uint8Array =>
    craftElf({
      entry: 0x1000000,
      segments: [load],
      notes: [
        { owner: 'Xen', type: 18, desc: entry ?? 0x1000000 },
        { owner: 'GNU', type: 3, desc: new Uint8Array(20).fill(id) },
      ],
    });
  const result = await comparison(build(1), build(2, 0x1000100));
  expect(result).toMatchObject({ severity: 'detail', same: false });
  expect(changes(result)).toEqual([]);
  expect(result.differences.map(keyOf)).toEqual(
    expect.arrayContaining(['entries.pvh.address', 'notes.GNU BUILD_ID', 'xen.PHYS32_ENTRY']),
  );
  expect(comparisonText(result)).toMatch(/^No entry came, went or changed meaning\.\n/);
  expect(comparisonText(result)).not.toContain('BUILD_ID');
  expect(comparisonText(result, { verbose: true })).toContain('BUILD_ID');
});

test('bytes that no loader looks at make no difference', async () => {
  const padded = new Uint8Array([...packedKernel(), 0, 0, 0, 0]);
  expect(await comparison(packedKernel(), padded)).toMatchObject({ same: true, severity: null });
});

const named = (...names: string[]): [string[], string[]] => [['do_a', 'do_b'], names];
test('names of symbols are listed, and counted', async () => {
  const [a, b] = [await inspect(pvhKernel()), await inspect(pvhKernel())];
  const { differences } = compare(a, b, { symbolNames: named('do_b', 'do_c', 'do_d') });
  expect(differences).toEqual([
    {
      section: 'symbols',
      subject: 'names',
      field: null,
      severity: 'note',
      entries: [],
      a: 2,
      b: 3,
      came: ['do_c', 'do_d'],
      went: ['do_a'],
    },
  ]);
});

test('initcalls and parameters that came, went or moved are named', async () => {
  const plain = await inspect(pvhKernel());
  const table = (...list: (readonly [name: string, level: string])[]): Inspection => ({
    ...plain,
    tables: [
      {
        id: 'initcall',
        title: 'Initcalls',
        source: '',
        foundBy: '',
        start: '0x0',
        end: '0x0',
        count: list.length,
        entries: list.map(([name, level]) => ({ place: '0x0', address: '0x0', name, level, facts: {} })),
      },
    ],
  });
  const { differences } = compare(table(['a', '4'], ['b', '6']), table(['b', '7'], ['c', '4'], ['d', '4']));
  expect(differences.filter(({ severity }) => severity === 'note')).toMatchObject([
    { subject: 'initcall', field: 'names', a: 2, b: 3, came: ['c', 'd'], went: ['a'] },
    { subject: 'initcall', field: 'level of b', a: '6', b: '7' },
  ]);
});

test('an error that is found now is one, and one that went is a note', async () => {
  const plain = await inspect(pvhKernel());
  const found = (...rules: ('error' | 'warning')[]): Inspection => ({
    ...plain,
    findings: rules.map((severity) => ({ rule: 'x', severity, message: 'm', offset: null, layer: 'image' })),
  });
  expect(compare(found(), found('error')).severity).toBe('error');
  expect(compare(found(), found('warning')).severity).toBe('warning');
  expect(compare(found('error'), found()).severity).toBe('note');
  expect(compare(found('warning'), found('warning', 'warning')).differences).toMatchObject([
    { section: 'findings', subject: 'x', field: 'warning', a: 1, b: 2, severity: 'warning' },
    { field: 'message', severity: 'detail' },
  ]);
});

test('what was not looked at is not said to be gone', async () => {
  const bytes = packedKernel();
  const [fast, whole] = [await inspect(bytes, { fast: true }), await inspect(bytes)];
  const result = compare(whole, fast);
  expect(result.entries.find(({ id }) => id === 'pvh')).toMatchObject({ change: 'unknown' });
  expect(result.entries.map(({ change }) => change)).not.toContain('went');
});

describe('filters', () => {
  const a = kernel();
  const b = kernel({ xloadflags: [], header: { init_size: 0x3000000, cmdline_size: 10 } });
  test.each<[CompareOptions, string[]]>([
    [{ only: ['linux64'] }, ['entries.linux64.offered', 'entries.linux64.via']],
    [{ only: ['linux.init_size'] }, ['linux.init_size']],
    [{ only: ['linux.*_size'] }, ['linux.init_size', 'linux.cmdline_size']],
    [{ only: ['linux'], ignore: ['linux.init_size', 'linux.xloadflags'] }, ['linux.cmdline_size']],
    [{ ignore: ['entries', 'linux', 'findings'] }, ['image.description']],
  ])('%j', async (options, keys) => {
    expect((await comparison(a, b, options)).differences.map(keyOf)).toEqual(keys);
  });
  test('nothing is said of an entry that is left out', async () => {
    const { entries: all, severity } = await comparison(a, b, {
      ignore: ['linux64', 'linux', 'findings', 'image'],
    });
    expect({ ids: all.map(({ id }) => id), severity }).toEqual({
      ids: ['linux16', 'linux32'],
      severity: null,
    });
  });
});

test('another compression of the payload matters to what is inside', async () => {
  const pack = (payload: Uint8Array): Uint8Array => craftBzImage({ xloadflags: flags, payload });
  const plain = pack(pvhKernel());
  const zipped = pack(new Uint8Array(gzipSync(pvhKernel())));
  const result = await comparison(plain, zipped);
  expect(changes(result)).toContain('pvh changed');
  expect(severe(result)).toContain('warning layers.payload.codec');
});

test('the text begins with the entries, and has no holes', async () => {
  const result = await comparison(kernel(), kernel({ xloadflags: [], header: { init_size: 0x3000000 } }));
  const text = comparisonText(result);
  expect(text).toMatch(/^Entries: linux64 went; linux32 changed meaning\.\n/);
  expect(text).toMatch(/✗ {2}linux64 +went +\S/);
  expect(text).toMatch(/! {2}linux32 +changed +linux\.init_size/);
  expect(text).toMatch(/init_size +33554432 → 50331648 \(\+16777216\)/);
  expect(text).not.toMatch(/undefined|null|NaN|object|[ \t]$/m);
});

test('identical files are said to be so', async () => {
  const one = await inspect(pvhKernel(), { sha256: '0'.repeat(64) });
  const result = compare(one, one);
  expect(result).toMatchObject({ identical: true, same: true, severity: null, differences: [] });
  expect(comparisonText(result)).toMatch(/^The two files are identical\.\n/);
});
