import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a running kernel said about itself, as digests: tests compare with these where QEMU is not at hand. */
export interface KallsymsRecord {
  readonly release: string;
  /** Lines of /proc/kallsyms without modules, and SHA-256 of those lines. */
  readonly symbols: number;
  readonly symbolsSha256: string;
  /** Functions called under initcall_debug, console initcalls first, and SHA-256 of their names, one a line. */
  readonly initcalls: number;
  readonly initcallsSha256: string;
}

const path = join(dirname(fileURLToPath(import.meta.url)), 'kallsyms-qemu.json');

/** Records by SHA-256 of the kernel file. */
export function readRecords(): Record<string, KallsymsRecord> {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, KallsymsRecord>) : {};
}

export function addRecord(kernelSha256: string, record: KallsymsRecord): void {
  const records = { ...readRecords(), [kernelSha256]: record };
  const sorted = Object.entries(records).sort(([, a], [, b]) => a.release.localeCompare(b.release));
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`);
}

export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
