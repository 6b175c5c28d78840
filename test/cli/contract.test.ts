import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contractFile } from '../../src/cli/contract-file.js';
import { guest } from '../boot/guests.js';
import { builtCommand, type Finished, scratch, zeropage } from './command.js';

const file = scratch();
const works = file('works', guest('works'));
const small = ['-q', '-m', '64', '--budget', '1M', '--platform', 'bare'];
const check = (contract: string, ...more: readonly string[]): Finished =>
  zeropage(['check', ...small, '--no-vary', works, '--contract', contract, ...more]);

const contract = { version: 1, rules: [{ name: 'two-ways', offered: ['pvh', 'multiboot'] }] };
const json = JSON.stringify(contract);

test.each([
  ['boot.yaml', 'version: 1\nrules:\n  - name: two-ways\n    offered: [pvh, multiboot]\n'],
  ['boot.json', json],
  ['boot.mjs', `export default ${json};`],
  // Without a package.json that says otherwise.
  ['boot.js', `module.exports = ${json};`],
  ['boot.cjs', `module.exports = ${json};`],
])('a contract in %s', async (name, content) => {
  const path = file(name, content);
  expect(await contractFile(path)).toEqual({ file: path, contract });
});

const built = builtCommand();
// Through tsx every Node runs TypeScript.
const reason = 'reason' in built ? built.reason : false;

test.skipIf(reason)(`the typed one of docs/contract.md${reason ? ` (${reason})` : ''}`, () => {
  const page = readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8');
  const typed = file('boot.ts', /^```ts\n([\s\S]*?)^```$/m.exec(page)![1]!);
  const { code, stdout, stderr } = check(typed);
  if ('typescript' in process.features && process.features.typescript) {
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain('userspace must be reached');
  } else {
    expect(code).toBe(2);
    expect(stderr).toContain(typed);
    expect(stderr).toMatch(/does not run TypeScript; from 22\.18 on it does, and a \.js or \.mjs file works/);
  }
});

describe('what is no contract is said with its place', () => {
  test.each([
    ['a.yaml', 'version: 1\nrules:\n  - {name: a, ofered: pvh}\n', ':3:15', "unknown key 'ofered'"],
    ['a.mjs', "export default { version: 1, rules: [{ name: 'a', offered: 'pvg' }] };", ':rules[0]', 'pvg'],
    ['b.mjs', 'export const contract = {};', '', 'no default export'],
    ['c.mjs', 'export default {', '', 'cannot be loaded'],
    ['d.mjs', "import 'no-such-package';", '', 'no-such-package'],
    ['e.mjs', "throw new Error('no luck');", '', 'no luck'],
    ['f.mjs', 'throw undefined;', '', 'cannot be loaded'],
  ])('%s', async (name, content, place, message) => {
    const path = file(name, content);
    await expect(contractFile(path)).rejects.toMatchObject({
      name: 'CommandFailure',
      message: expect.stringContaining(message),
      subject: expect.stringContaining(`${path}${place}`),
    });
  });

  test('nor is a file that is not there', async () => {
    const path = join(dirname(works), 'absent.mjs');
    await expect(contractFile(path)).rejects.toMatchObject({ name: 'CommandFailure', subject: path });
  });
});

test('growth is measured against recordings or another image, which the contract or --against names', () => {
  const recording = join(dirname(works), 'silent.rec');
  const silent = file('silent', guest('silent'));
  const traced = zeropage(['trace', ...small, '--entry', 'pvh', silent, '-o', recording]);
  expect(traced).toMatchObject({ code: 0, stderr: '' });
  const rules = 'rules: [{ name: no-creep, limit: instructions, growth: 50% }]';
  const named = file('named.yaml', `version: 1\nagainst: silent.rec\n${rules}`);
  const unnamed = file('unnamed.yaml', `version: 1\n${rules}`);
  const grown = { code: 1, stdout: expect.stringMatching(/no-creep {2}pvh[\s\S]* than the \d+ of silent/) };
  expect(check(named)).toMatchObject(grown);
  expect(check(unnamed, '--against', silent)).toMatchObject(grown);
});

test('--against without a rule that asks for it is refused', () => {
  const none = file('none.yaml', 'version: 1');
  expect(check(none, '--against', works)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nothing is measured against another image'),
  });
});

test('the first contract of an image holds of it, and not where an entry is missing', () => {
  const first = join(dirname(works), 'first.yaml');
  expect(zeropage(['contract', ...small, works, '-o', first])).toMatchObject({ code: 0, stderr: '' });
  expect(check(first)).toMatchObject({ code: 0, stderr: '' });
  // In a module, in whose name stands what means something else in an address.
  expect(check(file('two ways #1 %20.mjs', `export default ${json};`))).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/two-ways[\s\S]*multiboot must be offered and is not/),
  });
});
