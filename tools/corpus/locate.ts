/** For tests and tools: finds a corpus file in the cache, or says why it is not there. Fetches nothing. */
import { join } from 'node:path';
import { corpusDirectory, isPresent, type ManifestFile, readManifest } from './manifest.js';
import { fileIds, itemOfFile } from './packages.js';

/** A corpus file that is there. Paths are absolute. */
export interface CorpusFile {
  id: string;
  path: string;
  size: number;
  sha256: string;
  package: string;
  version: string;
  architecture: string;
  suite: string;
  /** The kernel's release string, for Linux. */
  release?: string;
  /** The configuration the kernel or hypervisor was built with. */
  config?: string;
  systemMap?: string;
}

/** Finds a corpus file by id; undefined when it is not in the cache. An unknown id throws. */
export function corpusFile(id: string): CorpusFile | undefined {
  const found = lookUp(id);
  return typeof found === 'string' ? undefined : found;
}

/** Why `corpusFile(id)` is undefined, in words for a skipped test; undefined when the file is there. */
export function corpusReason(id: string): string | undefined {
  const found = lookUp(id);
  return typeof found === 'string' ? found : undefined;
}

function lookUp(id: string): CorpusFile | string {
  const wanted = itemOfFile(id);
  // A misspelt id must not look like a file that merely was not fetched.
  if (!wanted) throw new Error(`no corpus file "${id}"; the ids are ${fileIds().join(', ')}`);
  const directory = corpusDirectory();
  const manifest = readManifest(directory);
  const item = manifest.items.find((candidate) => candidate.id === wanted.id);
  if (!item) {
    const missing = manifest.missing.find((candidate) => candidate.id === wanted.id);
    return missing ? `corpus: ${id}: ${missing.reason}` : `corpus: ${id} not fetched: run "npm run corpus"`;
  }
  const file = item.files.find((candidate) => candidate.id === id);
  if (!file) return `corpus: ${id}: ${item.package} ${item.version} does not ship it`;
  if (!isPresent(directory, file)) return `corpus: ${id}: ${file.path} is damaged: run "npm run corpus"`;
  const pathOf = (part: ManifestFile | undefined): string | undefined =>
    part && isPresent(directory, part) ? join(directory, part.path) : undefined;
  return {
    id,
    path: join(directory, file.path),
    size: file.size,
    sha256: file.sha256,
    package: item.package,
    version: item.version,
    architecture: item.architecture,
    suite: item.suite,
    release: item.release,
    config: pathOf(item.config),
    systemMap: pathOf(item.systemMap),
  };
}
