import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { guestImage } from '../../src/stub/guest/image.js';
import { missing } from '../../tools/check/missing.js';
import { addressOf, serveExamples } from './browser.js';
import { expected, readExamples } from './examples.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const library = join(root, 'dist/index.js');
const reason = existsSync(library) ? missing('zstd') : 'npm run build makes the library';
const folder = mkdtempSync(join(tmpdir(), 'zeropage-library-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The conformance guest, packed with zstd, so that a codec in WebAssembly is used too. */
function kernel(): Uint8Array {
  return new Uint8Array(execFileSync('zstd', ['-q', '-c'], { input: guestImage('elf').file }));
}

/** Writes the examples as modules; returns their files. */
function modules(from: string, kind: string): string[] {
  return readExamples(join(root, 'docs/library.md'), from).map(({ module }, i) => {
    const file = join(folder, `${kind}-${i}.mjs`);
    writeFileSync(file, module);
    return file;
  });
}

describe.skipIf(reason)(`examples of docs/library.md${reason ? ` (${reason})` : ''}`, () => {
  const titles = readExamples(join(root, 'docs/library.md'), library).map(({ title }) => title);

  test('are those that are known here', () => {
    expect(titles).toEqual(Object.keys(expected));
  });

  test('run in Node', async () => {
    const data = kernel();
    for (const [i, file] of modules(pathToFileURL(library).href, 'node').entries()) {
      const { default: example } = (await import(/* @vite-ignore */ file)) as {
        default: (data: Uint8Array, console: object) => Promise<void>;
      };
      let text = '';
      await example(data, { log: (...words: unknown[]) => (text += `${words.join(' ')}\n`) });
      expect(text).toMatch(expected[titles[i]!]!);
    }
  });

  test.skipIf(missing('/usr/bin/chromium'))(
    'run in a worker of a browser, under a strict policy',
    async () => {
      const server = await serveExamples(modules(library, 'browser'), root);
      const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage();
        await page.goto(addressOf(server));
        const base64 = Buffer.from(kernel()).toString('base64');
        const { printed, violations } = (await page.evaluate(`run(${JSON.stringify(base64)})`)) as {
          printed: string[];
          violations: string[];
        };
        expect(violations).toEqual([]);
        expect(await page.evaluate('violations')).toEqual([]);
        expect(printed).toHaveLength(titles.length);
        for (const [i, text] of printed.entries()) expect(text).toMatch(expected[titles[i]!]!);
      } finally {
        await browser.close();
        server.close();
      }
    },
  );
});
