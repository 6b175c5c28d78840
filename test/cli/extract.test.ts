import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { corpusTest, output } from '../outside.js';
import { scratch, zeropage } from './command.js';
import { packedKernel, pvhKernel } from './crafted.js';

const file = scratch();
const packed = file('vmlinuz', packedKernel());
const folder = dirname(packed);
const nested = file('vmlinuz.gz', gzipSync(packedKernel()));

test('writes the payload byte for byte, to a file or to standard output', () => {
  const target = join(folder, 'vmlinux');
  expect(zeropage(['extract', packed, '-o', target])).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(target)).toEqual(Buffer.from(pvhKernel()));
  const { code } = zeropage(['extract', packed, 'payload', '-o', '-']);
  expect(code).toBe(0);
});

test('lists the layers, and asks which one where there are several inside', () => {
  expect(zeropage(['extract', nested]).stdout).toMatch(/^0 +image .*\n1 +unpacked .*\n2 +payload .*ELF64/);
  expect(JSON.parse(zeropage(['extract', '--json', nested]).stdout)).toMatchObject([
    { index: 0, name: 'image' },
    { index: 1, name: 'unpacked', size: packedKernel().length },
    { index: 2, name: 'payload', size: pvhKernel().length },
  ]);
  const target = join(folder, 'which');
  expect(zeropage(['extract', nested, '-o', target])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/2 layers are inside[\s\S]*unpacked \(1\), payload \(2\)/),
  });
  expect(statSync(target, { throwIfNoEntry: false })).toBeUndefined();
  expect(zeropage(['extract', nested, '1', '-o', target]).code).toBe(0);
  expect(readFileSync(target)).toEqual(Buffer.from(packedKernel()));
});

test('never overwrites the image, under whichever name', () => {
  const link = join(folder, 'link');
  symlinkSync(packed, link);
  expect(zeropage(['extract', packed, '-o', link])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('this is the image itself'),
  });
  expect(readFileSync(packed)).toEqual(Buffer.from(packedKernel()));
});

test.each([
  ['a layer there is not', [packed, 'initrd'], /there is no layer 'initrd'[\s\S]*image \(0\), payload \(1\)/],
  ['a file that wraps nothing', [file('elf', pvhKernel())], /nothing to unpack: it wraps no other image/],
  ['a kernel without symbols', [packed, '--symbols'], /no symbols: /],
])('%s is said to be so', (_what, args, message) => {
  const { code, stderr } = zeropage(['extract', ...args, '-o', join(folder, 'none')]);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

describe('--symbols', () => {
  const sorted = (text: string): string => text.trim().split('\n').sort().join('\n');
  for (const id of ['debian-13-cloud-amd64', 'debian-11-686-pae']) {
    corpusTest('makes a table that nm reads as the kernel lists it', id, ['nm', 'readelf'], ({ path }) => {
      const target = join(folder, id);
      expect(zeropage(['extract', path, '--symbols', '-o', target])).toMatchObject({ code: 0, stderr: '' });
      expect(sorted(output('nm', target)).replace(/ . /g, ' ')).toBe(
        sorted(zeropage(['symbols', path]).stdout).replace(/ . /g, ' '),
      );
      // What readelf does not like it says on standard error.
      const { stdout, stderr } = spawnSync('readelf', ['-SlhW', target], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/ \.symtab +SYMTAB /);
    });
  }

  corpusTest('is a program that gdb knows the functions of', 'debian-13-cloud-amd64', ['gdb'], ({ path }) => {
    const target = join(folder, 'for-gdb');
    zeropage(['extract', path, '--symbols', '-o', target]);
    const said = output(
      'gdb',
      '-batch',
      '-nx',
      '-ex',
      'info symbol start_kernel+4',
      '-ex',
      'x/2i start_kernel',
      target,
    );
    expect(said).toMatch(/^start_kernel \+ 4 in section \.init\.text$/m);
    expect(said).toMatch(/<start_kernel>:/);
  });
});
