import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { loaders } from '../../src/entry/loaders/loaders.js';
import { scratch, zeropage } from './command.js';
import { packedKernel } from './crafted.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/loaders.schema.json', import.meta.url), 'utf8'));
const valid = new Ajv2020({ allErrors: true }).compile(schema);
const image = scratch()('vmlinuz', packedKernel());

test('the JSON follows the schema and has every loader', () => {
  const { code, stdout, stderr } = zeropage(['loaders', '--json', image]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const report = JSON.parse(stdout);
  valid(report);
  expect(valid.errors).toBeNull();
  expect(report.loaders.map(({ id }: { id: string }) => id)).toEqual(loaders.map(({ id }) => id));
});

test('the text has a row a loader, and the sources with -v', () => {
  const { stdout } = zeropage(['loaders', image]);
  expect(stdout).toMatch(/✓ {2}linux16 +QEMU: -kernel, SeaBIOS/);
  expect(stdout).not.toMatch(/undefined|null|[ \t]$/m);
  expect(zeropage(['loaders', '-v', image]).stdout).toContain('hw/i386/x86-common.c');
});

test('--only answers by exit code too', () => {
  expect(zeropage(['loaders', image, '--only', 'qemu-seabios']).code).toBe(0);
  expect(zeropage(['loaders', image, '--only', 'firecracker']).code).toBe(1);
  expect(zeropage(['loaders', image, '--only', 'lilo'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("there is no loader 'lilo'"),
  });
});

test('docs/loaders.md has every loader', () => {
  const page = readFileSync(new URL('../../docs/loaders.md', import.meta.url), 'utf8');
  const rows = loaders.map(
    ({ id, loader, how, versions }) => `| \`${id}\` | ${loader}: ${how} | ${versions} |`,
  );
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
});
