import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { boot } from '../../src/boot/boot.js';
import { openImage } from '../../src/image/open.js';
import { wrap, wrapEntries } from '../../src/stub/wrap/wrap.js';
import { missing } from '../../tools/check/missing.js';
import { hasGcc, needsGcc, Workshop } from '../guest/gcc.js';

const example = (path: string): string => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

/** The command in a source file's comment, as a reader would type it. */
function documentedCommand(source: string, program: string): string[] {
  const lines = readFileSync(source, 'utf8').split('\n');
  const from = lines.findIndex((line) => line.includes(`//! ${program} `));
  let command = '';
  for (let at = from; ; at++) {
    const line = lines[at]!.replace(/^\/\/! */, '');
    command += line.replace(/\\$/, '');
    if (!line.endsWith('\\')) break;
  }
  return [...command.matchAll(/"([^"]*)"|([^\s"]+(?:"[^"]*")?)/g)].map(([all]) => all.replaceAll('"', ''));
}

/** Through every entry that the kernel gained it must say what its note promises. */
async function bootEverywhere(kernel: Uint8Array, says: RegExp): Promise<void> {
  const image = await openImage(wrap(await openImage(kernel), false).file);
  for (const entry of wrapEntries) {
    const result = await boot(image, { entry, memory: 64, append: 'one two' });
    expect([entry, result.verdict]).toEqual([entry, 'reached']);
    expect(result.console).toMatch(says);
  }
}

test.skipIf(!hasGcc || missing('make') !== undefined)(
  `examples/c boots through every entry it gains ${needsGcc}`,
  async () => {
    const workshop = new Workshop();
    const { status, stderr } = spawnSync(
      'make',
      ['-f', example('c/Makefile'), `VPATH=${example('c')}`, 'kernel.elf', `CPATH=${example('../include')}`],
      { cwd: workshop.path('.'), encoding: 'utf8', env: { ...process.env, CPATH: example('../include') } },
    );
    expect([status, stderr]).toEqual([0, '']);
    const kernel = new Uint8Array(readFileSync(workshop.path('kernel.elf')));
    await bootEverywhere(kernel, /entered through \S+, 63 MiB of RAM, 0 modules, command line: .*one two/);
  },
);

test.skipIf(missing('rustc'))('examples/rust boots through every entry it gains (needs rustc)', async () => {
  const workshop = new Workshop();
  const source = example('rust/kernel.rs');
  const [command, ...args] = documentedCommand(source, 'rustc');
  const { status, stderr } = spawnSync(
    command!,
    args.map((arg) => (arg === 'kernel.rs' ? source : arg)),
    { cwd: workshop.path('.'), encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
  const kernel = new Uint8Array(readFileSync(workshop.path('kernel.elf')));
  await bootEverywhere(kernel, /entry \d+, 63 MiB of RAM/);
});
