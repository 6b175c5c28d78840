import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { entries } from '../../src/entry/entries.js';
import { grubFileChecks } from '../../src/entry/grub-file.js';
import { missing } from '../../tools/check/missing.js';
import { fileIds } from '../../tools/corpus/packages.js';
import { corpusTest } from '../outside.js';
import { scratch, zeropage } from './command.js';
import { packedKernel } from './crafted.js';

const image = scratch()('vmlinuz', packedKernel());

// src/entry compares every answer with grub-file's; here it is the command line around them that counts.
describe('answers as grub-file does', () => {
  for (const id of fileIds()) {
    corpusTest('--is-x86-linux32', id, ['grub-file'], ({ path }) => {
      const { status } = spawnSync('grub-file', ['--is-x86-linux32', path]);
      expect(zeropage(['file', '--is-x86-linux32', path])).toEqual({ code: status, stdout: '', stderr: '' });
    });
  }
});

test.each([
  ['--is-x86-linux', 0],
  ['--is-x86-multiboot', 1],
  ['--is-x86-pvh', 0],
])('inspect %s says the same as file %s', (option, code) => {
  expect(zeropage(['inspect', option, image])).toEqual({ code, stdout: '', stderr: '' });
  expect(zeropage(['file', option, image])).toEqual({ code, stdout: '', stderr: '' });
});

const reason = missing('grub-file');
test.skipIf(reason)(`has every option that grub-file has${reason ? ` (${reason})` : ''}`, () => {
  const { stdout, stderr } = spawnSync('grub-file', ['--help'], { encoding: 'utf8' });
  const options = [...`${stdout}${stderr}`.matchAll(/^ +--(is-\S+)/gm)].map(([, name]) => name!);
  expect(Object.keys(grubFileChecks)).toEqual(expect.arrayContaining(options));
  const { stdout: help } = zeropage(['file', '--help']);
  for (const option of options) expect(help).toContain(`--${option}`);
});

test('the option may stand behind the file', () => {
  expect(zeropage(['file', image, '--is-x86-linux']).code).toBe(0);
  expect(zeropage(['inspect', image, '--is-x86-multiboot']).code).toBe(1);
});

test('a file that is no kernel is an answer, not an error', () => {
  expect(zeropage(['file', '--is-x86-linux', '-'], { input: Buffer.from('hello') })).toEqual({
    code: 1,
    stdout: '',
    stderr: '',
  });
});

test('there is a question for every entry', () => {
  const { stdout: help } = zeropage(['file', '--help']);
  for (const { id } of entries) expect(help).toMatch(new RegExp(`--is-(x86-)?${id}\\s`));
});

test('inspect --entry shows that entry, with its evidence and nothing of the others', () => {
  const { code, stdout } = zeropage(['inspect', '--entry', 'pvh', image]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/✓ {2}pvh +payload +0x1000000 \(physical\)/);
  expect(stdout).toContain('evidence');
  expect(stdout).not.toMatch(/linux64|xen-pv/);
  const { stdout: json } = zeropage(['inspect', '--entry', 'pvh', '--json', image]);
  expect(JSON.parse(json)).toMatchObject({ id: 'pvh', offered: true, via: 'payload', address: '0x1000000' });
  const { code: no, stdout: text } = zeropage(['inspect', '--entry', 'multiboot', image]);
  expect(no).toBe(1);
  expect(text).toMatch(/– {2}multiboot +/);
});

test('an entry there is not is misuse', () => {
  expect(zeropage(['inspect', '--entry', 'phv', image])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('The entries are: linux16'),
  });
});
