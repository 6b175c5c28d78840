import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtCommand } from './command.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = builtCommand();

/** What tools/build makes: parts of several sources. */
const bundled = /^cli\/([a-z0-9-]+-[A-Z0-9]{8}|boots|recordings)\.js$/;

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

    test('holds nothing stale: every program comes from a source that is there', () => {
      const files = readdirSync(join(packed, 'dist'), { recursive: true, encoding: 'utf8' });
      const made = files.filter((file) => /\.(js|d\.ts)$/.test(file));
      expect(made.length).toBeGreaterThan(500);
      const stale = made.filter(
        (file) =>
          !existsSync(join(packed, 'src', file.replace(/(\.d\.ts|\.js)$/, '.ts'))) && !bundled.test(file),
      );
      expect(stale).toEqual([]);
    });

    test('source maps lead to sources that it holds', () => {
      const files = readdirSync(join(packed, 'dist'), { recursive: true, encoding: 'utf8' });
      for (const file of files.filter((name) => name.endsWith('.map'))) {
        const path = join(packed, 'dist', file);
        const { sources, sourcesContent } = JSON.parse(readFileSync(path, 'utf8')) as {
          sources: string[];
          sourcesContent?: string[];
        };
        for (const source of sourcesContent ? [] : sources) {
          expect([file, existsSync(join(dirname(path), source))]).toEqual([file, true]);
        }
      }
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
