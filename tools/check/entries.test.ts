import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entries } from '../../src/entry/entries.js';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const ids = entries.map(({ id }) => id);

/** Ids that are names of formats, platforms or architectures, too. */
const ambiguous: readonly string[] = ['efi', 'xen-pv', 'multiboot', 'arm64'];

/**
 * Who may name an entry of the table beside `src/entry/<id>.ts` and `src/entry/start/<id>.ts`, since it is about that entry and not
 * about all. None has to name a new one.
 */
const naming: readonly (readonly [path: RegExp, why: string])[] = [
  [/^src\/entry\/loaders\//, 'which entries a loader takes, and in which order'],
  [/^src\/entry\/unpackers\.ts$/, 'who unpacks a kernel for this entry, where that differs'],
  [/^src\/entry\/grub-file\.ts$/, 'options of grub-file, and formats'],
  [/^src\/contract\/image-rules\//, 'rules on what one entry demands'],
  [/^src\/contract\/linux\//, 'what Linux does on each way to start_kernel'],
  [/^src\/report\/comparison\//, 'who reads a field of a header, or says a fact in words of its own'],
  [/^src\/abi\/boot-information\.ts$/, 'numbers that guests read'],
  [/^src\/stub\//, 'entry stubs: a table of their own'],
];

function sources(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(test|generated)\.ts$/.test(path))
    .map((path) => `${folder}${path}`);
}

test('entries are named in their own files, and where what is said is about one of them', () => {
  const certain = ids.filter((id) => !ambiguous.includes(id));
  const quoted = new RegExp(`'(${certain.join('|')})'`);
  const code = (path: string): string => text(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const own = new Set(ids.flatMap((id) => [`src/entry/${id}.ts`, `src/entry/start/${id}.ts`]));
  const found = sources('src/').filter((path) => !own.has(path) && quoted.test(code(path)));
  expect(found.filter((path) => !naming.some(([allowed]) => allowed.test(path)))).toEqual([]);
  const unneeded = naming.filter(([allowed]) => !found.some((path) => allowed.test(path)));
  expect(unneeded.map(([, why]) => why)).toEqual([]);
});

test("README.md's table has a column for each entry, in the order of the table", () => {
  const [, head] = /<!-- entries-table -->\s*\n\| Image \|(.*)\|\n/.exec(text('README.md'))!;
  expect(head!.split('|').map((cell) => cell.trim())).toEqual(ids.map((id) => `\`${id}\``));
});

test("README.md's table is what the images of the corpus offer", ({ skip }) => {
  const { status, stdout, stderr } = spawnSync('npx', ['tsx', 'tools/table/entries-table.ts'], {
    cwd: root,
    encoding: 'utf8',
  });
  skip(status === 4, stdout);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}, 120_000);
