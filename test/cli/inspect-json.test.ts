import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { entries } from '../../src/entry/entries.js';
import { layers } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import type { Inspection } from '../../src/report/inspection.js';
import { fileIds } from '../../tools/corpus/packages.js';
import { corpusTest, output, withFile } from '../outside.js';
import { scratch, zeropage } from './command.js';
import { packedKernel, pvhKernel } from './crafted.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/inspect.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv2020({ allErrors: true });
const valid = ajv.compile(schema);
const file = scratch();

function inspectionOf(path: string, ...options: string[]): Inspection {
  const { code, stdout, stderr } = zeropage(['inspect', '--json', ...options, path]);
  const inspection = JSON.parse(stdout);
  const broken = inspection.findings.some(({ severity }: { severity: string }) => severity === 'error');
  expect({ code, stderr }).toEqual({ code: broken ? 1 : 0, stderr: '' });
  valid(inspection);
  expect(valid.errors).toBeNull();
  return inspection;
}

test('every field of the schema is described', () => {
  const described = JSON.stringify(schema.$defs, (key, value) =>
    key === 'properties'
      ? Object.fromEntries(
          Object.entries<Record<string, unknown>>(value).map(([name, field]) => [
            name,
            { ...field, described: 'description' in field || '$ref' in field },
          ]),
        )
      : value,
  );
  expect(described).not.toContain('"described":false');
});

describe('corpus', () => {
  for (const id of fileIds()) {
    corpusTest('follows the schema, and its evidence stands in the file', id, [], async ({ path, data }) => {
      const inspection = inspectionOf(path);
      expect(inspection.entries.map((entry) => entry.id)).toEqual(entries.map((entry) => entry.id));
      expect(inspection.file.size).toBe(data.length);
      const bytes = layers(await openImage(data)).map((layer) => Buffer.from(layer.bytes.data));
      for (const { offered, via, address, reason, evidence } of inspection.entries) {
        expect(reason).not.toBe('');
        expect(via !== null).toBe(offered === true);
        if (offered) expect(address).not.toBeNull();
        if (offered) expect(evidence.length).toBeGreaterThan(0);
        for (const { layer, offset, bytes: quoted } of evidence) {
          const wanted = quoted.replace(/ …$/, '').replaceAll(' ', '');
          const places = layer === 'image' ? bytes.slice(0, 1) : bytes.slice(1);
          const found = places.map((place) =>
            place.subarray(Number(offset), Number(offset) + wanted.length / 2).toString('hex'),
          );
          expect(found).toContain(wanted);
        }
      }
    });

    corpusTest('--fast follows the schema and unpacks nothing', id, [], ({ path }) => {
      const inspection = inspectionOf(path, '--fast');
      expect(inspection).toMatchObject({
        depth: 'headers',
        symbols: null,
        tables: null,
        types: null,
        findings: [],
      });
      expect(inspection.entries.filter((entry) => entry.via === 'payload')).toEqual([]);
    });
  }

  corpusTest('is the same every time', 'debian-13-cloud-amd64', [], ({ path }) => {
    const [first, second] = [1, 2].map(() => zeropage(['inspect', '--json', path]).stdout);
    expect(second).toBe(first);
  });

  for (const id of [
    'debian-12-cloud-amd64',
    'debian-13-cloud-amd64',
    'debian-11-686-pae',
    'grub-xen-x86_64',
  ]) {
    corpusTest('lists the notes readelf lists', id, ['readelf'], async ({ path, data }) => {
      const { notes } = inspectionOf(path, '--no-symbols', '--no-types');
      const kernel = layers(await openImage(data)).at(-1)!;
      const text = withFile(kernel.bytes.data, (elf) => output('readelf', '-nW', elf));
      const [, segments = text] = text.split(/(?=^Displaying notes found at file offset)/m);
      const listed = [...segments.matchAll(/^ {2}(\S+) +0x([0-9a-f]{8})\t/gm)];
      expect(notes.map(({ owner, size }) => `${owner} ${size}`).sort()).toEqual(
        listed.map(([, owner, size]) => `${owner} ${Number.parseInt(size!, 16)}`).sort(),
      );
    });
  }

  corpusTest('finds the symbols and types of a kernel', 'debian-13-cloud-amd64', [], ({ path }) => {
    const { symbols, types, tables } = inspectionOf(path);
    expect(symbols!.count).toBeGreaterThan(50_000);
    expect(symbols!.ranges.map(({ name }) => name)).toContain('init');
    expect(types!.count).toBeGreaterThan(10_000);
    expect(tables!.map(({ id }) => id)).toContain('initcall');
  });
});

describe('crafted files', () => {
  test('the payload offers what the image does not', () => {
    const { entries, layers, release } = inspectionOf(file('packed', packedKernel()));
    const pvh = entries.find(({ id }) => id === 'pvh')!;
    expect(pvh).toMatchObject({ offered: true, via: 'payload', address: '0x1000000' });
    expect(layers.map(({ layer, packed }) => [layer, packed?.codec])).toEqual([
      ['image', undefined],
      ['payload', 'gzip'],
    ]);
    expect(release).toBe('6.12.0-craft');
  });

  test('an ELF file offers it as it stands', () => {
    const { entries, xen, linux, efi } = inspectionOf(file('elf', pvhKernel()));
    expect(entries.find(({ id }) => id === 'pvh')).toMatchObject({ offered: true, via: 'image' });
    expect(xen!.notes.map(({ name }) => name)).toEqual(['PHYS32_ENTRY', 'GUEST_OS']);
    expect([linux, efi]).toEqual([null, null]);
  });

  test('symbols and types can be left out', () => {
    const { symbols, tables, types } = inspectionOf(file('bare', pvhKernel()), '--no-symbols', '--no-types');
    expect([symbols, tables, types]).toEqual([null, null, null]);
  });

  test('a damaged payload is told, and is no error', () => {
    const image = packedKernel();
    image.fill(0xff, image.length - 0x60);
    const { layers, entries } = inspectionOf(file('damaged', image));
    expect(layers.at(-1)!.problem).toMatch(/cannot be unpacked/);
    expect(entries.find(({ id }) => id === 'linux64')).toMatchObject({ offered: true });
    expect(entries.find(({ id }) => id === 'pvh')).toMatchObject({ offered: null });
  });

  test('standard input is read for "-"', () => {
    const { code, stdout } = zeropage(['inspect', '--json', '-'], { input: packedKernel() });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).file).toMatchObject({ name: 'standard input', size: packedKernel().length });
  });
});
