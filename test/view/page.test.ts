import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareRecordings } from '../../src/compare/compare.js';
import { comparisonPage } from '../../src/view/page/page.js';
import { pictureFile } from '../../src/view/picture/svg.js';
import { missing } from '../../tools/check/missing.js';
import { hostile, recordings } from './recordings.js';

const folder = mkdtempSync(join(tmpdir(), 'zeropage-view-'));
const file = join(folder, 'paths.html');
const comparison = compareRecordings(recordings);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const reason = missing('/usr/bin/chromium');
let browser: Browser;

beforeAll(async () => {
  writeFileSync(file, await comparisonPage(comparison, recordings));
  if (!reason)
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

/** Opens the page from the disk, and keeps what went wrong and what it asked for beyond itself. */
async function opened(
  use: (page: Page) => Promise<void>,
  colorScheme: 'light' | 'dark' = 'light',
  viewport = sizes.desktop,
): Promise<void> {
  const context = await browser.newContext({ colorScheme, viewport });
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', ({ message }) => wrong.push(message));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('request', (request) => request.url() !== pathToFileURL(file).href && wrong.push(request.url()));
  page.on('dialog', (dialog) => wrong.push(dialog.message()));
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector('html[data-ready]');
  await use(page);
  expect(wrong).toEqual([]);
  await context.close();
}

describe.skipIf(reason)(`the page of a comparison, in Chromium${reason ? ` (${reason})` : ''}`, () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, viewport] of Object.entries(sizes)) {
      test(`${colorScheme}, ${name}: axe finds nothing, and nothing sticks out`, () =>
        opened(
          async (page) => {
            await page.fill('#query', 'start');
            await page.click('[data-unfold=all]');
            for (const details of await page.$$('details.whole, details.led'))
              await details.evaluate((each) => each.setAttribute('open', ''));
            // Through the protocol of the debugger, which the page's policy does not bind.
            await page.evaluate(axe);
            const { violations } = (await page.evaluate('axe.run()')) as {
              violations: { id: string; nodes: { html: string }[] }[];
            };
            expect(
              violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
            ).toEqual([]);
            const [wide, room] = (await page.evaluate(
              '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
            )) as number[];
            expect(wide).toBe(room);
          },
          colorScheme,
          viewport,
        ));
    }
  }

  test('begins with the two paths that differ most; another choice writes differences and calls anew', () =>
    opened(async (page) => {
      const chosen = (): Promise<string[]> =>
        page.$$eval('.tree h3', (heads) => heads.map((head) => (head.textContent ?? '').replace(/^\W+/, '')));
      expect(await chosen()).toEqual(['pvh', 'xen-pv']);
      expect(await page.textContent('.side.b')).toContain(hostile);
      await page.selectOption('#b', { label: 'linux64' });
      expect(await chosen()).toEqual(['pvh', 'linux64']);
      expect(await page.textContent('.side.a')).toMatch(/only pvh 1\s*stub/);
      expect(await page.textContent('.side.b')).toMatch(/none/);
    }));

  test('says where the chosen paths part behind their join, and what one alone runs there', () =>
    opened(async (page) => {
      const said = () => page.textContent('#behind-of');
      expect(await said()).toMatch(/1 place.*Branches.*start_kernel\+0xc.*driver.*–/s);
      expect(await said()).toMatch(/only pvh.*start_kernel 1\s*driver.*only xen-pv 0/s);
      await page.selectOption('#a', { label: 'xen-pv' });
      await page.selectOption('#b', { label: 'linux64' });
      expect(await said()).toMatch(/only xen-pv 0.*only linux64.*start_kernel 1\s*driver/s);
      await page.selectOption('#a', { label: 'pvh' });
      expect(await said()).toMatch(/0 places/);
    }));

  test('calls unfold by keyboard, and say what the other path did not run', () =>
    opened(async (page) => {
      const tree = page.locator('.tree').first();
      await tree.locator('[data-unfold=none]').focus();
      await page.keyboard.press('Enter');
      expect(await tree.locator('.call').allTextContents()).toHaveLength(1);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await tree.locator('.below .call').first().waitFor();
      expect(await tree.locator('.call').first().textContent()).toMatch(/stub not on xen-pv$/);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expect.poll(() => tree.locator('.call').count()).toBe(4);
    }));

  test('a function is found, where it ran and who called it, and so is one that ran nowhere', () =>
    opened(async (page) => {
      await page.fill('#query', 'early');
      expect(await page.textContent('#results')).toMatch(/linux64 at 3 from startup_64.*– xen-pv/s);
      await page.fill('#query', 'NEVER');
      expect(await page.textContent('#results')).toContain('ran on none of these boots');
      await page.fill('#query', '<img');
      expect(await page.textContent('#results code')).toBe(hostile);
    }));

  test('the map says by keyboard what lies where', () =>
    opened(async (page) => {
      await page.focus('.map[data-section="1"] input');
      await page.keyboard.press('End');
      expect(await page.textContent('.map[data-section="1"] output')).toMatch(
        /0xffffffff8100005. · 1 function\s*none of these boots 1: never/,
      );
      await page.keyboard.press('Home');
      expect(await page.textContent('.map[data-section="1"] output')).toMatch(/all 1: start_kernel/);
    }));

  test('the reader chooses dark or light', () =>
    opened(async (page) => {
      const ground = (): Promise<string> =>
        page.$eval('body', (body) => getComputedStyle(body).backgroundColor);
      const before = await ground();
      await page.click('#theme');
      expect(await ground()).not.toBe(before);
    }));

  test('without a script the picture, differences and map are there', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pathToFileURL(file).href);
    expect(await page.textContent('#picture svg')).toContain('x86_64_start_');
    expect(await page.textContent('#differences-of')).toContain('stub');
    await context.close();
  });

  test('the picture as a file is XML whose text stays inside, no two pieces on top of each other', async () => {
    const page = await browser.newPage();
    const svg = join(folder, 'paths.svg');
    writeFileSync(svg, pictureFile(comparison));
    await page.goto(pathToFileURL(svg).href);
    const boxes = (await page.evaluate(
      `Array.from(document.querySelectorAll('text'), (text) => {
        const { x, y, width, height } = text.getBBox();
        return { text: text.textContent, left: x, top: y, right: x + width, bottom: y + height };
      })`,
    )) as { text: string; left: number; top: number; right: number; bottom: number }[];
    const [width, height] = (await page.evaluate(
      '[document.documentElement.viewBox.baseVal.width, document.documentElement.viewBox.baseVal.height]',
    )) as [number, number];
    expect(boxes.map(({ text }) => text)).toContain('xen-pv');
    const hits = boxes.flatMap((a, i) =>
      boxes
        .slice(i + 1)
        .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        .map((b) => `${a.text} on ${b.text}`),
    );
    expect(hits).toEqual([]);
    for (const { left, top, right, bottom } of boxes) {
      expect(left >= 0 && top >= 0 && right <= width && bottom <= height).toBe(true);
    }
    await page.close();
  });
});

test('the policy allows nothing but the page’s own style and script', () => {
  const text = readFileSync(file, 'utf8');
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)![1]!;
  expect(policy.replace(/sha256-[\w+/=]+/g, 'sha256-…').replaceAll('&#39;', "'")).toBe(
    "default-src 'none'; style-src 'sha256-…'; script-src 'sha256-…'; base-uri 'none'; form-action 'none'",
  );
  const tags = text.replace(/<(script|style)\b([^>]*)>.*?<\/\1>/gs, '<$1$2>').match(/<[^>]*>/g)!;
  expect(tags.filter((tag) => /\s(on\w+|style|src)=/.test(tag))).toEqual([]);
  expect(text.match(/https?:[^"\s]*/g)!.filter((url) => url !== 'http://www.w3.org/2000/svg')).toEqual([]);
  expect(text.includes(hostile)).toBe(false);
});
