import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { packages } from './packages.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = ['src', 'test', 'tools', 'bench']
  .flatMap((folder) => {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    return files.map((file) => join(folder, file));
  })
  .filter((file) => file.endsWith('.ts'));
const listed = new Set<string>(Object.values(packages).flat());

/** What a Debian machine with Node and nothing else has: essential packages, apt, and Node's own programs. */
const always = new Set([
  'sh',
  'bash',
  'tar',
  'flock',
  'which',
  'apt-get',
  'apt-config',
  'dpkg',
  'dpkg-deb',
  'node',
  'npm',
  'npx',
]);

/** Calls that start a program, and properties that name one to be started. */
const started =
  /(?:(?<![.\w])(?:spawn|spawnSync|execFile|execFileSync|output|outputOf|versionOf)\(\s*|\b(?:program|compiler|qemu): )'([^'\s]+)'/g;
const path = /'(\/usr\/[^/'$]+\/[^'$]*)'/g;

/** Programs and files of the system that a source names, each with where it does. */
function named(pattern: RegExp): [what: string, file: string][] {
  return sources
    .filter((file) => !file.endsWith('check/packages.ts'))
    .flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(pattern)].map(
        ([, what]) => [what!, file] as [string, string],
      ),
    );
}

test('every program that a test, tool or bench starts is of a package that the test command installs', () => {
  const programs = named(started);
  expect(programs.length).toBeGreaterThan(30);
  expect(programs.filter(([what]) => !listed.has(what) && !always.has(what))).toEqual([]);
});

test('every file of the system that they read is of such a package too', () => {
  expect(named(path).filter(([what]) => !listed.has(what))).toEqual([]);
});

test('nothing is listed that nobody uses', () => {
  const all = sources
    .filter((file) => !file.includes('tools/check/'))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  expect([...listed].filter((what) => !all.includes(`'${what}'`))).toEqual([]);
});
