import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtCommand } from './command.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = builtCommand();

describe.skipIf('reason' in built)(
  `the package as it is published${'reason' in built ? ` (${built.reason})` : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'zeropage-package-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const packed = join(folder, 'package');
    const node = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: packed, encoding: 'utf8' });

    beforeAll(() => {
      execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
        cwd: root,
      });
      execFileSync('sh', ['-c', 'tar -xzf *.tgz'], { cwd: folder });
      // What its dependencies would be installed as.
      symlinkSync(join(root, 'node_modules'), join(packed, 'node_modules'));
    });

    test('knows its version', () => {
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
      expect(node('dist/cli/main.js', '--version')).toBe(`${version}\n`);
    });

    test('has the threads of matrix', () => {
      expect(node('dist/cli/main.js', 'matrix', '--entry', 'pvh')).toContain('1 of 1 boot got there');
    });

    test('is a library', () => {
      const program = "import { entries } from 'zeropage'; console.log(entries.length)";
      expect(Number(node('--input-type=module', '-e', program))).toBeGreaterThan(5);
    });
  },
);
