import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { looksOffline } from '../corpus/apt.js';
import { CorpusFailure } from '../corpus/failure.js';
import { pipe, run } from '../corpus/run.js';
import { edited } from './edit.js';
import type { Edit } from './fault.js';

export const PACKAGE = 'linux-source-6.12';

/** Where everything is kept. */
export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'zeropage', 'faults');

/** Not needed to build for x86-64, and a third of the source. */
const leftOut = ['*/Documentation/*/*', '*/tools/testing/*', '*/drivers/gpu/drm/amd/*/*.h'];

/** Debian's kernel source, unpacked once; faults are put into it and taken out again. */
export class Source {
  readonly folder = join(cache, 'source');
  readonly #pristine = join(cache, 'pristine');

  private constructor(readonly version: string) {}

  /** Fetches and unpacks what is missing. */
  static async open(): Promise<Source> {
    const mark = join(cache, 'version');
    if (!existsSync(mark)) await fetch(mark);
    return new Source(readFileSync(mark, 'utf8').trim());
  }

  /**
   * Makes the source that with these edits and no other. Files that are right already keep their time, so that make has little to do,
   * and it does not matter where an earlier run was interrupted.
   */
  apply(edits: readonly Edit[]): void {
    const touched = new Set([...edits.map(({ file }) => file), ...this.#touched()]);
    for (const file of touched) {
      const path = join(this.folder, file);
      const kept = join(this.#pristine, file);
      if (!existsSync(kept)) put(kept, readFileSync(path, 'utf8'));
      const text = edited(
        readFileSync(kept, 'utf8'),
        edits.filter((edit) => edit.file === file),
      );
      if (readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
    }
  }

  /** Files that were ever edited. */
  #touched(): string[] {
    if (!existsSync(this.#pristine)) return [];
    return readdirSync(this.#pristine, { recursive: true, withFileTypes: true, encoding: 'utf8' })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.new'))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#pristine.length + 1));
  }
}

/** As a whole or not at all. */
function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

async function fetch(mark: string): Promise<void> {
  const into = join(cache, 'deb');
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const { code, stderr, stdout } = await run('apt-get', ['download', '-q', PACKAGE], { cwd: into });
  const deb = readdirSync(into).find((name) => name.endsWith('.deb'));
  if (code !== 0 || !deb) {
    const why = (stderr + stdout).trim();
    throw new CorpusFailure(
      looksOffline(why) ? 'offline' : 'unavailable',
      `apt-get download ${PACKAGE}: ${why}`,
    );
  }
  const source = join(cache, 'source');
  rmSync(source, { recursive: true, force: true });
  mkdirSync(source, { recursive: true });
  await pipe(
    ['dpkg-deb', '--fsys-tarfile', join(into, deb)],
    ['tar', '-x', '-C', into, `./usr/src/${PACKAGE}.tar.xz`],
  );
  const archive = join(into, 'usr', 'src', `${PACKAGE}.tar.xz`);
  const options = leftOut.map((pattern) => `--exclude=${pattern}`);
  const done = await run('tar', ['-xJf', archive, '-C', source, '--strip-components=1', ...options]);
  if (done.code !== 0) throw new CorpusFailure('failed', `${archive}: ${done.stderr.trim()}`);
  rmSync(into, { recursive: true });
  put(mark, deb.split('_')[1]!);
}
