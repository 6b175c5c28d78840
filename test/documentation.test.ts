import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...docs.filter((name) => name.endsWith('.md')).map((name) => join('docs', name)),
];

/** Files a page links to, from the root of the repository; pictures and those in HTML, too. */
function links(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```.*?^```/gms, '');
  const found = [...text.matchAll(/\]\(([^()\s]+)\)|(?:src|srcset|href)="([^"\s]+)/g)];
  return found
    .map(([, markdown, html]) => (markdown ?? html)!.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => relative(root, join(root, dirname(page), target)));
}

test('every file that a page links to is there', () => {
  const broken = pages.flatMap((page) =>
    links(page)
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('every page is in the index', () => {
  const index = links('docs/README.md');
  const own = pages.filter((page) => dirname(page) === 'docs' && page !== 'docs/README.md');
  expect(own.filter((page) => !index.includes(page))).toEqual([]);
});
