/**
 * Tests on other versions of Node: `npx tsx tools/check/node-versions.ts [22 24 26]`. The npm package `node` brings them,
 * kept in the cache folder. Exit code 0: all as on this one; 1: not; 4: a version cannot be had.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeRooms } from './rooms.js';

/** The oldest version besides the one that runs this, and the newest. */
export const otherVersions: readonly number[] = [22, 26];

const command = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** The program of a version, fetched where it is not there yet; undefined where it cannot be had. */
function nodeOf(version: number): string | undefined {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'zeropage', 'node', String(version));
  const program = join(folder, 'node_modules/node/bin/node');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    spawnSync('npm', ['install', '--silent', '--no-save', '--prefix', folder, `node@${version}`], {
      stdio: 'ignore',
    });
  }
  return spawnSync(program, ['--version']).status === 0 ? program : undefined;
}

/** State hashes of the conformance guest at the end of its boots, one a cell. */
function hashes(node: string): string {
  const { stdout, status } = spawnSync(node, [command, 'matrix', '--json', '-q'], { encoding: 'utf8' });
  const { images } = JSON.parse(stdout) as { images: { cells: { entry: string; hash: string | null }[] }[] };
  const cells = images.flatMap((image) => image.cells.map(({ entry, hash }) => `${entry} ${hash}`));
  return [`exit ${status}`, ...cells].join('\n');
}

/** Of this version, once known. */
let own: string | undefined;

/** Whether all is as on this version; undefined where the other cannot be had. */
export function passesOn(version: number, rooms: readonly string[]): boolean | undefined {
  const node = nodeOf(version);
  if (node === undefined) return undefined;
  own ??= hashes(process.execPath);
  const here = own;
  const there = hashes(node);
  if (here !== there) process.stdout.write(`boots differ:\n${here}\n\non Node ${version}:\n${there}\n`);
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', ...rooms];
  return spawnSync(node, vitest, { stdio: 'inherit' }).status === 0 && here === there;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2).map(Number);
  const results = (asked.length > 0 ? asked : otherVersions).map((version) => {
    process.stdout.write(`\n== Node ${version}\n`);
    const result = passesOn(version, nodeRooms);
    process.stdout.write(
      `Node ${version}: ${result === undefined ? 'cannot be had' : result ? 'passed' : 'failed'}\n`,
    );
    return result;
  });
  process.exitCode = results.includes(false) ? 1 : results.includes(undefined) ? 4 : 0;
}
