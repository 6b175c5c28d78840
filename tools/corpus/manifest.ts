import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { FailureKind } from './failure.js';

/** One file of the corpus. Paths are relative to the corpus directory. */
export interface ManifestFile {
  id: string;
  path: string;
  size: number;
  sha256: string;
}

/** One item of the corpus that is there. */
export interface ManifestItem {
  id: string;
  suite: string;
  package: string;
  version: string;
  architecture: string;
  /** SHA-256 of the package as the signed index gives it. */
  packageSha256: string;
  /** The kernel's release string, for Linux. */
  release?: string;
  config?: ManifestFile;
  systemMap?: ManifestFile;
  files: ManifestFile[];
  /** Why this is not the newest version, when it is not. */
  note?: string;
}

/** One item that is not there, and why. */
export interface MissingItem {
  id: string;
  kind: FailureKind;
  reason: string;
}

/** What the cache holds. */
export interface Manifest {
  /** Raised when the table changes what an item holds, so that older caches are filled again. */
  schema: number;
  items: ManifestItem[];
  missing: MissingItem[];
}

export const MANIFEST_SCHEMA = 1;

/** The cache directory, shared by every clone of the repository. */
export function corpusDirectory(env: NodeJS.ProcessEnv = process.env): string {
  // The XDG rules say that a relative value is to be ignored.
  const base = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : join(homedir(), '.cache');
  return join(base, 'zeropage', 'corpus');
}

/** Reads the manifest; a missing or outdated one is an empty one. */
export function readManifest(directory: string): Manifest {
  const empty: Manifest = { schema: MANIFEST_SCHEMA, items: [], missing: [] };
  let text: string;
  try {
    text = readFileSync(manifestPath(directory), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return empty;
    throw error;
  }
  const manifest = parseManifest(text);
  return manifest ?? empty;
}

/** Parses a manifest; undefined when it is not one of this version. */
export function parseManifest(text: string): Manifest | undefined {
  let value: Partial<Manifest> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value?.schema !== MANIFEST_SCHEMA) return undefined;
  if (!Array.isArray(value.items) || !Array.isArray(value.missing)) return undefined;
  return value as Manifest;
}

/** Writes the manifest in one step, so that a reader sees the old one or the new one. */
export function writeManifest(directory: string, manifest: Manifest): void {
  const path = manifestPath(directory);
  writeFileSync(`${path}.tmp`, `${JSON.stringify(manifest, null, 2)}\n`);
  renameSync(`${path}.tmp`, path);
}

/** Returns the manifest with `item` in place of what was known of that id. */
export function withItem(manifest: Manifest, item: ManifestItem): Manifest {
  return {
    ...manifest,
    items: [...manifest.items.filter(({ id }) => id !== item.id), item],
    missing: manifest.missing.filter(({ id }) => id !== item.id),
  };
}

/** Returns the manifest with the reason why `missing.id` is not there; what was fetched before is kept. */
export function withMissing(manifest: Manifest, missing: MissingItem): Manifest {
  return { ...manifest, missing: [...manifest.missing.filter(({ id }) => id !== missing.id), missing] };
}

/** Every file of an item, with its config and System.map. */
export function allFiles(item: ManifestItem): ManifestFile[] {
  return [...item.files, item.config, item.systemMap].filter((file) => file !== undefined);
}

/** Whether the file is there with the recorded size: the quick check, for readers. */
export function isPresent(directory: string, file: ManifestFile): boolean {
  return statSync(join(directory, file.path), { throwIfNoEntry: false })?.size === file.size;
}

/** Whether every file of the item is there with the recorded content. */
export async function isIntact(directory: string, item: ManifestItem): Promise<boolean> {
  for (const file of allFiles(item)) {
    if (!isPresent(directory, file)) return false;
    if ((await sha256(join(directory, file.path))) !== file.sha256) return false;
  }
  return true;
}

/** SHA-256 of a file, in hex. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** The manifest as a table, one line per file. */
export function formatManifest(manifest: Manifest): string {
  const rows = [['ID', 'SIZE', 'PACKAGE', 'VERSION', 'ARCH', 'SUITE', 'SHA256']];
  for (const item of [...manifest.items].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    for (const file of item.files) {
      rows.push([
        file.id,
        String(file.size),
        item.package,
        item.version,
        item.architecture,
        item.suite,
        file.sha256.slice(0, 16),
      ]);
    }
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  for (const { id, note } of manifest.items) if (note) lines.push(`${id}  not the newest: ${note}`);
  for (const { id, kind, reason } of manifest.missing) {
    const kept = manifest.items.some((item) => item.id === id);
    lines.push(`${id}  ${kept ? 'not refreshed' : 'missing'} (${kind}): ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

function manifestPath(directory: string): string {
  return join(directory, 'manifest.json');
}
