import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('ARCHITECTURE.md', root), 'utf8');

test('every whole path that ARCHITECTURE.md names leads to a file or folder', () => {
  const paths = [...page.matchAll(/`((?:src|tools|test|schema|docs)\/[\w./-]*)`/g)].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(40);
  expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test("every name in the machine's picture is that of a file or folder there", () => {
  const picture = readFileSync(new URL('docs/pictures/machine.svg', root), 'utf8');
  const names = [...picture.matchAll(/class="name"[^>]*>([^<]*)</g)].flatMap(([, text]) => text!.split(', '));
  expect(names.length).toBeGreaterThan(15);
  const rooms = ['', 'machine/', 'machine/engine/', 'machine/x86/', 'machine/wasm/'];
  const isThere = (name: string): boolean =>
    rooms.some((room) => existsSync(new URL(`src/${room}${name}`, root)));
  expect(names.filter((name) => !isThere(name))).toEqual([]);
});
