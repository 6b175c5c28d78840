import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { setPriority } from 'node:os';
import { delimiter, join } from 'node:path';
import { configLine, configText, configurations } from './configurations.js';
import type { ConfigurationId, Edit } from './fault.js';
import { cache, type Source } from './source.js';

/** What is built: a fault, or a twin, which has no edits. */
export interface Build {
  readonly id: string;
  readonly configuration: ConfigurationId;
  readonly edits: readonly Edit[];
}

/** A kernel that has been built. */
export interface Kernel {
  /** Of the bzImage. */
  readonly path: string;
  /** How long it took, with what earlier builds had left. */
  readonly seconds: number;
}

/** Packages that a build needs besides those of `npm test`, each with what it brings. */
const needed = [
  ['make', 'make'],
  ['gcc', 'gcc'],
  ['flex', 'flex'],
  ['bison', 'bison'],
  ['bc', 'bc'],
  ['dwarves', 'pahole'],
  ['libelf-dev', 'usr/include/libelf.h'],
] as const;

/** What to install before anything can be built; undefined when nothing is missing. */
export function missingTools(): string | undefined {
  const folders = ['/', ...(process.env.PATH ?? '').split(delimiter)];
  const missing = needed.filter(([, what]) => !folders.some((folder) => existsSync(join(folder, what))));
  return missing.length > 0 ? `apt-get install ${missing.map(([name]) => name).join(' ')}` : undefined;
}

/** The kernel of a build, if it is there and was made of this source, configuration and fault. */
export function built(build: Build, source: Source): Kernel | undefined {
  const { image, facts } = places(build);
  if (!existsSync(facts) || !existsSync(image)) return undefined;
  const { digest, seconds } = JSON.parse(readFileSync(facts, 'utf8'));
  return digest === digestOf(build, source) ? { path: image, seconds } : undefined;
}

/** Builds on one processor, from what the last build of the same configuration left. */
export async function make(build: Build, source: Source): Promise<Kernel> {
  const { configuration, edits } = build;
  const { folder, image, facts, log } = places(build);
  const begin = Date.now();
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(cache, 'kernels'), { recursive: true });
  writeFileSync(log, '');
  source.apply([]);
  const config = join(folder, '.config');
  if (!existsSync(config) || !holdsAll(configuration, readFileSync(config, 'utf8'))) {
    await run(['-C', source.folder, `O=${folder}`, 'tinyconfig'], log);
    appendFileSync(config, configText(configuration));
    await run(['-C', folder, 'olddefconfig'], log);
    const lost = lostOptions(configuration, readFileSync(config, 'utf8'));
    if (lost.length > 0) throw new Error(`${config}: the configuration lost ${lost.join(' ')}`);
  }
  source.apply(edits);
  await run(['-C', folder, '-j1', 'bzImage'], log);
  source.apply([]);
  copyFileSync(join(folder, 'arch/x86/boot/bzImage'), `${image}.new`);
  renameSync(`${image}.new`, image);
  const seconds = Math.round((Date.now() - begin) / 1000);
  writeFileSync(facts, `${JSON.stringify({ digest: digestOf(build, source), seconds })}\n`);
  return { path: image, seconds };
}

function places({ id, configuration }: Build): Record<'folder' | 'image' | 'facts' | 'log', string> {
  const kernel = join(cache, 'kernels', id);
  return {
    folder: join(cache, 'build', configuration),
    image: `${kernel}.bzImage`,
    facts: `${kernel}.json`,
    log: `${kernel}.log`,
  };
}

function digestOf({ configuration, edits }: Build, { version }: Source): string {
  const all = JSON.stringify([version, configText(configuration), edits]);
  return createHash('sha256').update(all).digest('hex').slice(0, 16);
}

function lostOptions(id: ConfigurationId, config: string): string[] {
  const lines = new Set(config.split('\n'));
  return configurations[id].filter((option) => !lines.has(configLine(option)));
}

const holdsAll = (id: ConfigurationId, config: string): boolean => lostOptions(id, config).length === 0;

/** What a kernel says of when and where it was built; without it every build differs from every other. */
const fixed = {
  KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 2026',
  KBUILD_BUILD_VERSION: '1',
  KBUILD_BUILD_USER: 'faults',
  KBUILD_BUILD_HOST: 'zeropage',
};

function run(args: readonly string[], log: string): Promise<void> {
  const out = openSync(log, 'a');
  return new Promise((resolve, reject) => {
    const child = spawn('make', args, {
      env: { ...process.env, ...fixed, LC_ALL: 'C' },
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    if (child.pid !== undefined) setPriority(child.pid, 5);
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`make ${args.at(-1)} ended with ${code}: see ${log}`)),
    );
  });
}
