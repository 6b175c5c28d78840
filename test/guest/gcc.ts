import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { anyMissing } from '../../tools/check/missing.js';

const include = fileURLToPath(new URL('../../include', import.meta.url));

/** Whether C can be compiled for and run on this host; the reason in a skipped test's name. */
export const hasGcc =
  process.arch === 'x64' &&
  process.platform === 'linux' &&
  !anyMissing('gcc', 'g++', 'ld', 'gold', 'objcopy');
export const needsGcc = '(needs gcc on x86-64 Linux)';

/** A directory of source files for the compiler; it is gone when the tests of the file have run. */
export class Workshop {
  readonly #directory = mkdtempSync(join(tmpdir(), 'zeropage-gcc-'));

  constructor() {
    afterAll(() => rmSync(this.#directory, { recursive: true, force: true }));
  }

  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = this.path(name);
    writeFileSync(path, content);
    return path;
  }

  path(name: string): string {
    return join(this.#directory, name);
  }

  /** Runs a compiler or linker in the directory; throws with what it said. Warnings are errors. */
  build(command: 'gcc' | 'g++' | 'ld' | 'gold' | 'objcopy', ...args: readonly string[]): void {
    const flags =
      command === 'gcc' || command === 'g++' ? ['-Wall', '-Wextra', '-Werror', `-I${include}`] : [];
    const { status, stderr, error } = spawnSync(command, [...flags, ...args], {
      cwd: this.#directory,
      encoding: 'utf8',
    });
    if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? stderr}`);
  }

  /** What a program prints. */
  run(name: string, ...args: readonly string[]): string {
    return execFileSync(this.path(name), args, { encoding: 'utf8' });
  }
}
