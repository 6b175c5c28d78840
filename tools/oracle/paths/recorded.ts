import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { QemuRun, Way } from './qemu.js';

/** What QEMU ran of a kernel, so that tests can compare with it where QEMU is not at hand. */
export interface RecordedPath {
  /** Id in the corpus. */
  readonly kernel: string;
  /** SHA-256 of its file. */
  readonly sha256: string;
  readonly way: Way;
  /** Kernel instructions before `start_kernel`. */
  readonly instructions: number;
  /** "NAME COUNT", in the order of the first run. */
  readonly functions: readonly string[];
}

const path = fileURLToPath(new URL('recorded.json', import.meta.url));

export function readRecorded(): RecordedPath[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RecordedPath[]) : [];
}

/** Replaces what was recorded of these kernels and ways. */
export function writeRecorded(fresh: readonly RecordedPath[]): void {
  const key = ({ kernel, way }: RecordedPath): string => `${kernel} ${way}`;
  const all = new Map([...readRecorded(), ...fresh].map((each) => [key(each), each]));
  const sorted = [...all.values()].sort((a, b) => key(a).localeCompare(key(b)));
  writeFileSync(path, `${JSON.stringify(sorted, undefined, 2)}\n`);
}

export function recordedPath(
  kernel: string,
  sha256: string,
  way: Way,
  runs: readonly QemuRun[],
): RecordedPath {
  const functions = runs.map(({ name, count }) => `${name} ${count}`);
  return { kernel, sha256, way, instructions: runs.at(-1)!.first, functions };
}
