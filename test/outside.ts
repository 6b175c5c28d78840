import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { anyMissing } from '../tools/check/missing.js';
import type { Outside } from '../tools/check/packages.js';
import { corpusFile, corpusReason } from '../tools/corpus/locate.js';

/** Standard output of a program in the C locale; its complaints and exit code are not looked at. */
export function output(program: Outside, ...args: string[]): string {
  const result = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (result.error) throw result.error;
  return result.stdout;
}

/** Runs `use` with a temporary file that holds `data`. */
export function withFile<T>(data: Uint8Array, use: (path: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'zeropage-'));
  try {
    const path = join(directory, 'file');
    writeFileSync(path, data);
    return use(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A test on a corpus file, skipped by name with the reason when the file or an oracle is missing. */
export function corpusTest(
  what: string,
  id: string,
  needs: readonly Outside[],
  body: (file: { data: Uint8Array; path: string; release?: string }) => void | Promise<void>,
  /** Milliseconds it may take, when more than usual. */
  timeout?: number,
): void {
  const reason = corpusReason(id) ?? anyMissing(...needs);
  const name = reason ? `${what}: ${id} (${reason})` : `${what}: ${id}`;
  test.skipIf(reason)(
    name,
    () => {
      const { path, release } = corpusFile(id)!;
      return body({ data: new Uint8Array(readFileSync(path)), path, release });
    },
    timeout,
  );
}

/** Ids of the corpus files that are bzImages, and of all that are kernels of Linux for x86. */
export const linuxIds = [
  'debian-11-cloud-amd64',
  'debian-11-686-pae',
  'debian-12-cloud-amd64',
  'debian-12-amd64',
  'debian-13-cloud-amd64',
  'debian-13-amd64',
] as const;
