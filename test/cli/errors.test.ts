import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { guest } from '../boot/guests.js';
import { scratch, shell, zeropage } from './command.js';
import { packedKernel } from './crafted.js';

const file = scratch();
const image = file('vmlinuz', packedKernel());
const folder = dirname(image);
const bare = join(folder, 'bare');
mkdirSync(bare);

/** Every way to misuse a command or hand it something unreadable: exit code 2, an explanation, no stack trace. */
const cases: readonly (readonly [what: string, args: readonly string[], said: RegExp])[] = [
  ['no file', ['inspect', join(folder, 'none')], /none: cannot be read: no such file/],
  ['a directory', ['symbols', folder], /this is a directory\n {2}name a kernel image/],
  ['a directory without kernels', ['inspect', bare], /bare: no kernel image in this directory/],
  ['a path through a file', ['inspect', join(image, 'x')], /not a directory/],
  ['an empty file', ['inspect', file('empty', '')], /empty: no known kernel format .*it is empty/],
  ['a text', ['inspect', file('text', 'hello\n')], /text: no known kernel format .*68 65 6c 6c 6f\b/],
  ['half an ELF header', ['inspect', file('elf', '\x7fELF\x02\x01')], /elf: .*offset/],
  ['no argument', ['inspect'], /missing required argument 'images'/],
  ['too many arguments', ['symbols', image, image], /too many arguments/],
  ['an unknown option', ['inspect', '--jsn', image], /unknown option '--jsn'\n\(Did you mean --json\?\)/],
  [
    'an unknown command',
    ['insepct', image],
    /'insepct' is not a command\n {2}did you mean 'inspect'\? The commands are: inspect, /,
  ],
  ['no command, but a file', [image], /to read an image: zeropage inspect /],
  ['standard input twice', ['inspect', '-', '-'], /only once/],
  ['an unreadable second image', ['inspect', image, join(folder, 'none')], /none: cannot be read/],
  ['symbols of a kernel without', ['symbols', image], /no symbols: /],
  ['types of a kernel without', ['types', image, 'boot_params'], /no BTF types/],
  [
    'an unknown entry',
    ['entries', 'pv'],
    /no entry 'pv'\n {2}did you mean 'pvh'\? The entries are: linux16, /,
  ],
  ['a question about no file', ['file', '--is-x86-linux', join(folder, 'none')], /cannot be read/],
  ['no question', ['file', image], /no question was asked/],
  ['two questions', ['file', '--is-x86-linux', '--is-arm64-linux', image], /only one question/],
  ['an unknown question', ['inspect', '--is-x86-haiku', image], /unknown option '--is-x86-haiku'/],
];

describe('exit code 2 and an explanation', () => {
  test.each(cases)('%s', (_, args, said) => {
    const { code, stdout, stderr } = zeropage(args);
    expect(stderr).toMatch(/^zeropage: /);
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/\n +at .*:\d+:\d+/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test.skipIf(process.getuid?.() === 0)('a file one may not read (not as root)', () => {
    const secret = file('secret', packedKernel());
    chmodSync(secret, 0);
    expect(zeropage(['inspect', secret])).toMatchObject({ code: 2, stderr: expect.stringContaining('sudo') });
  });

  test('an output that takes nothing', () => {
    const { code, stderr } = shell('"$@" >/dev/full', 'inspect', image);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('output: cannot be written'),
    });
  });
});

test('ZEROPAGE_DEBUG shows where it happened', () => {
  const { stderr } = zeropage(['symbols', folder], { env: { ZEROPAGE_DEBUG: '1' } });
  expect(stderr).toMatch(/\n +at .*input/);
});

describe('a reader that leaves early is no error', () => {
  const ticks = file('ticks', guest('ticks'));
  const go = join(folder, 'go');
  /** The command begins when its reader has gone, so it does not matter who is faster. */
  const unread = (redirection = ''): string =>
    `rm -f ${go}; { until [ -e ${go} ]; do sleep 0.05; done; "$@" ${redirection}; } | { exec <&-; : >${go}; }; exit "$PIPESTATUS"`;

  test.each([
    ['a report', 1, ['inspect', '-v', image]],
    ['help', 0, ['--help']],
    ['help of a command', 0, ['file', '--help']],
    ['a version', 0, ['--version']],
    ['a file with -o -', 0, ['guest', '-o', '-']],
    // No verdict was seen: it must not count as a good one.
    ['a boot under way', 141, ['boot', ticks]],
    ['the verdict of a boot', 1, ['boot', '--json', '--budget', '1M', ticks]],
    ['a matrix', 1, ['matrix', '--budget', '1M', ticks]],
  ])('%s', (_, code, args) => expect(shell(unread(), ...args)).toEqual({ code, stdout: '', stderr: '' }));

  test('nor is one of messages', () => {
    const said = shell(unread('2>&1 >/dev/null'), 'inspect', join(folder, 'none'));
    expect(said).toEqual({ code: 2, stdout: '', stderr: '' });
  });

  test('the first line arrives', () => {
    const first = shell('"$@" | head -n 1; exit "$PIPESTATUS"', 'inspect', '-v', image);
    expect(first).toEqual({ code: 1, stdout: 'vmlinuz\n', stderr: '' });
  });
});

describe('help', () => {
  test.each(commands.map(({ name }) => name))('%s --help, with an example', (command) => {
    const { code, stdout } = zeropage([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: zeropage ${command} `));
    expect(stdout).toMatch(/\nExamples?:\n {2}(source <\()?zeropage /);
    expect(zeropage(['help', command])).toEqual({ code, stdout, stderr: '' });
  });

  test.each([['--help'], ['help']])('%s', (arg) => {
    const { code, stdout } = zeropage([arg]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: zeropage COMMAND/);
    for (const { name } of commands) expect(stdout).toMatch(new RegExp(`\n {2}${name} `));
  });

  test('without a command it is a misuse', () => {
    expect(zeropage([])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^Usage: zeropage/),
    });
  });

  test('--version', () => {
    expect(zeropage(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});
