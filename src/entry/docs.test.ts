/** Every entry has a page in docs/entries, and the page says all that the entry's `state` says. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { entries } from './entries.js';

const pages = new URL('../../docs/entries/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, pages), 'utf8');

/** Names of registers, as they are written in `state`. */
const register =
  /\b(?:[RE]?(?:AX|BX|CX|DX|SI|DI|BP|SP|IP|FLAGS)|[CDEFGS]S|TR|CR[0-4]|EFER|GDTR|X(?:[0-9]|[12][0-9]|30)|LR|PC|DAIF|CNTFRQ|CNTVOFF)\b/g;

describe.each(entries.map((entry) => [entry.id, entry] as const))('%s', (id, entry) => {
  test('has a page, and its title names the entry', () => {
    expect(existsSync(new URL(`${id}.md`, pages))).toBe(true);
    expect(read(`${id}.md`)).toMatch(new RegExp(`^# ${id}: `));
  });

  test('the page names every register of its state', () => {
    const page = new Set(read(`${id}.md`).match(register));
    const state = new Set(entry.state.join('\n').match(register));
    expect(state.size).toBeGreaterThan(0);
    expect([...state].filter((name) => !page.has(name))).toEqual([]);
  });

  test('the page has the same sections as the others', () => {
    const headings = [...read(`${id}.md`).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading!);
    for (const wanted of ['Offered when', 'State', 'Who loads this way', 'Pitfalls', 'Sources']) {
      expect(headings.some((heading) => heading.startsWith(wanted))).toBe(true);
    }
  });
});

test('the index links to every page, and to no other', () => {
  const linked = [...read('README.md').matchAll(/\]\(([a-z0-9-]+)\.md\)/g)].map(([, page]) => page);
  expect(linked).toEqual(entries.map(({ id }) => id));
  const there = readdirSync(pages).filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(there.sort()).toEqual(linked.map((page) => `${page}.md`).sort());
});

test('links inside the pages lead somewhere', () => {
  for (const name of readdirSync(pages)) {
    for (const [, target, anchor] of read(name).matchAll(/\]\(([a-z0-9A-Z-]*\.md)?(#[^)]*)?\)/g)) {
      const text = read(target ?? name);
      const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replaceAll(/[^a-z0-9_ -]/g, '')
          .replaceAll(' ', '-'),
      );
      if (anchor) expect(anchors).toContain(anchor.slice(1));
    }
  }
});
