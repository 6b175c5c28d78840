import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageEntry } from './apt.js';
import { CorpusFailure } from './failure.js';
import { type ManifestFile, type ManifestItem, sha256 } from './manifest.js';
import type { CorpusItem } from './packages.js';
import { pipe } from './run.js';

/** Debian's images ship a one-line System.map that only points at the debug package. */
const STUB_SIZE = 4096;

/**
 * Takes the wanted members out of a package and puts them, in one rename, into a directory of their own named
 * after the exact package version. A version that is already in use is therefore never changed under a reader.
 */
export async function unpack(
  directory: string,
  scratch: string,
  deb: string,
  item: CorpusItem,
  entry: PackageEntry,
): Promise<ManifestItem> {
  const tree = join(scratch, 'tree');
  const chosen = join(scratch, 'chosen');
  mkdirSync(tree, { recursive: true });
  mkdirSync(chosen, { recursive: true });
  await pipe(
    ['dpkg-deb', '--fsys-tarfile', deb],
    ['tar', '-x', '-f', '-', '-C', tree, '--no-same-owner', '--no-same-permissions', item.directory],
  );
  const from = join(tree, item.directory);
  const members = readdirSync(from, { withFileTypes: true }).filter((member) => member.isFile());
  const name = `${entry.name}_${entry.version}_${entry.architecture}`.replaceAll(':', '%3a');

  const take = async (id: string, match: RegExp): Promise<ManifestFile | undefined> => {
    const member = members.find((candidate) => match.test(candidate.name));
    if (!member) return undefined;
    const path = join(chosen, member.name);
    renameSync(join(from, member.name), path);
    chmodSync(path, 0o644);
    return {
      id,
      path: join('files', name, member.name),
      size: statSync(path).size,
      sha256: await sha256(path),
    };
  };

  const files: ManifestFile[] = [];
  for (const wanted of item.files) {
    const file = await take(wanted.id, wanted.match);
    if (file) files.push(file);
    else if (!wanted.optional) {
      const where = `${entry.name} ${entry.version} has no ${wanted.match} in ${item.directory}`;
      throw new CorpusFailure(
        'failed',
        `${where}; correct the entry "${item.id}" in tools/corpus/packages.ts`,
      );
    }
  }
  const config = item.config && (await take(`${item.id}-config`, item.config));
  const map = members.find((member) => item.systemMap?.test(member.name));
  const real = map && statSync(join(from, map.name)).size > STUB_SIZE;
  const systemMap = real ? await take(`${item.id}-system-map`, item.systemMap!) : undefined;

  const final = join(directory, 'files', name);
  mkdirSync(join(directory, 'files'), { recursive: true });
  // It is only there already when it was found damaged.
  if (existsSync(final)) rmSync(final, { recursive: true });
  renameSync(chosen, final);
  rmSync(scratch, { recursive: true, force: true });
  return {
    id: item.id,
    suite: item.suite,
    package: entry.name,
    version: entry.version,
    architecture: entry.architecture,
    packageSha256: entry.sha256,
    release: /^linux-image-(?:unsigned-)?(.+)$/.exec(entry.name)?.[1],
    config,
    systemMap,
    files,
  };
}
