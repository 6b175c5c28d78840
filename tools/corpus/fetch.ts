/**
 * `npm run corpus`: fetches the real kernels that tests and checks boot, through apt, into the user's cache.
 *
 * Options: --refresh (ask the archive for newer versions), --only ID (this item alone), --list (print what is there).
 * Exit codes: 0 all there, or not offered by the archive and said so; 2 an error; 4 skipped (no apt, no network).
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { AptRoot, findDependency, machineArchives, type PackageEntry } from './apt.js';
import { CorpusFailure, EXIT, type FailureKind } from './failure.js';
import { withLock } from './lock.js';
import {
  corpusDirectory,
  formatManifest,
  isIntact,
  type Manifest,
  type ManifestItem,
  readManifest,
  withItem,
  withMissing,
  writeManifest,
} from './manifest.js';
import { ARCHIVED_SUITES, type CorpusItem, ITEMS } from './packages.js';
import { during, megabytes, say, seconds } from './progress.js';
import { unpack } from './unpack.js';

const USAGE = `usage: npm run corpus [-- [--refresh] [--only ID] | --list]
  --refresh  ask the archive for newer versions of everything
  --only ID  fetch this item and no other
  --list     print what the cache holds, fetch nothing
`;

/** Parallel downloads: enough to keep the line and two cores busy. */
const WORKERS = 4;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      refresh: { type: 'boolean' },
      only: { type: 'string' },
      list: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  const wanted = itemsOf(values.only);
  const directory = corpusDirectory();
  if (values.list) return list(directory);
  if (!values.refresh && (await unfinished(directory, wanted)).length === 0) {
    say(`everything is there: ${directory}`);
    return EXIT.ok;
  }
  mkdirSync(directory, { recursive: true });
  // Asked before anything else, so that a machine without apt is skipped, not failed.
  const archives = await machineArchives();
  return await withLock(join(directory, 'lock'), async () => {
    // Another run may have filled the cache while this one waited.
    const items = values.refresh ? [...wanted] : await unfinished(directory, wanted);
    const start = Date.now();
    await fetchAll(directory, archives, items);
    const manifest = readManifest(directory);
    const missing = manifest.missing.filter(({ id }) => wanted.some((item) => item.id === id));
    for (const { id, kind, reason } of missing) say(`${id}: ${kind}: ${reason}`);
    if (!values.only) {
      say(`${manifest.items.length} of ${ITEMS.length} items in ${directory} after ${seconds(start)}`);
    }
    return exitCode(manifest, items);
  });
}

function list(directory: string): number {
  const manifest = readManifest(directory);
  if (manifest.items.length + manifest.missing.length === 0) {
    say(`nothing in ${directory} yet: run "npm run corpus"`);
    return EXIT.skipped;
  }
  process.stdout.write(formatManifest(manifest));
  return EXIT.ok;
}

/** All items, or the one that was asked for. */
function itemsOf(only: string | undefined): readonly CorpusItem[] {
  if (only === undefined) return ITEMS;
  const item = ITEMS.find(({ id }) => id === only);
  if (item) return [item];
  throw new CorpusFailure(
    'failed',
    `no item "${only}"; the items are ${ITEMS.map(({ id }) => id).join(', ')}`,
  );
}

/** The items that are not there, or not as they were. */
async function unfinished(directory: string, wanted: readonly CorpusItem[]): Promise<CorpusItem[]> {
  const { items } = readManifest(directory);
  const intact = await Promise.all(
    wanted.map(async (item) => {
      const have = items.find(({ id }) => id === item.id);
      return have !== undefined && (await isIntact(directory, have));
    }),
  );
  return wanted.filter((_, index) => !intact[index]);
}

async function fetchAll(
  directory: string,
  archives: Awaited<ReturnType<typeof machineArchives>>,
  items: CorpusItem[],
): Promise<void> {
  // Under the lock, so anything left here is from a run that was cut short.
  const scratch = join(directory, 'partial');
  rmSync(scratch, { recursive: true, force: true });
  let manifest = readManifest(directory);
  const roots = new Map<string, Promise<AptRoot>>();
  const rootOf = (suite: string): Promise<AptRoot> => {
    let root = roots.get(suite);
    if (!root) roots.set(suite, (root = openRoot(directory, archives, suite, items)));
    return root;
  };
  // All indexes at once, before the first item waits for its own.
  for (const { suite } of items) rootOf(suite).catch(() => {});
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      try {
        const { id } = item;
        const have = manifest.items.find((candidate) => candidate.id === id);
        const fetched = await fetchItem(directory, join(scratch, id), await rootOf(item.suite), item, have);
        // Read `manifest` only now: other workers have replaced it meanwhile.
        manifest = withItem(manifest, fetched);
      } catch (error) {
        const kind: FailureKind = error instanceof CorpusFailure ? error.kind : 'failed';
        manifest = withMissing(manifest, { id: item.id, kind, reason: (error as Error).message });
      }
      // After every item, so that a run that is cut short goes on where it stopped.
      writeManifest(directory, manifest);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  for (const root of await Promise.allSettled(roots.values())) {
    if (root.status === 'fulfilled') root.value.clean();
  }
  rmSync(scratch, { recursive: true, force: true });
}

async function openRoot(
  directory: string,
  archives: Awaited<ReturnType<typeof machineArchives>>,
  suite: string,
  items: readonly CorpusItem[],
): Promise<AptRoot> {
  const here = items.filter((item) => item.suite === suite);
  const architectures = [...new Set(here.map((item) => item.architecture))];
  const archived = ARCHIVED_SUITES.includes(suite);
  const root = new AptRoot(join(directory, 'apt', suite), suite, archives, architectures, archived);
  const problem = await during(`${suite}: fetching the package indexes`, () => root.update());
  // Not fatal: one of the suite's archives may be enough, and apt keeps the last index it verified. Where nothing else is
  // wanted, what fails for want of it says so.
  if (problem && items.length > 1) say(`${suite}: warning: ${problem}`);
  return root;
}

/** Fetches the newest version the archive really has. */
async function fetchItem(
  directory: string,
  scratch: string,
  root: AptRoot,
  item: CorpusItem,
  have: ManifestItem | undefined,
): Promise<ManifestItem> {
  let note: string | undefined;
  for (const start of await root.show(item.package, item.architecture)) {
    try {
      return { ...(await fetchVersion(directory, scratch, root, item, start, have)), note };
    } catch (error) {
      // While a suite is being archived, its index lists packages that its pool has already lost.
      if (!(error instanceof CorpusFailure) || error.kind !== 'unavailable') throw error;
      note = note ? `${note}; ${error.message}` : error.message;
      say(`${item.id}: warning: ${error.message}`);
    }
  }
  throw new CorpusFailure('unavailable', note!);
}

async function fetchVersion(
  directory: string,
  scratch: string,
  root: AptRoot,
  item: CorpusItem,
  start: PackageEntry,
  have: ManifestItem | undefined,
): Promise<ManifestItem> {
  const entry = item.depends ? await follow(root, item, start, item.depends) : start;
  const label = `${item.id}: ${entry.name} ${entry.version}`;
  if (have?.packageSha256 === entry.sha256 && (await isIntact(directory, have))) {
    say(`${label}: already here`);
    return have;
  }
  mkdirSync(scratch, { recursive: true });
  const deb = await during(`${label}: downloading ${megabytes(entry.size)}`, () =>
    root.download(entry, scratch),
  );
  return await during(`${label}: unpacking`, () => unpack(directory, scratch, deb, item, entry));
}

/** From a metapackage to the package that it stands for. */
async function follow(
  root: AptRoot,
  item: CorpusItem,
  start: PackageEntry,
  depends: RegExp,
): Promise<PackageEntry> {
  const next = findDependency(start, depends);
  if (next) return (await root.show(next.name, item.architecture, next.version))[0];
  const wanted = `${start.name} ${start.version}: no dependency matches ${depends}`;
  throw new CorpusFailure('failed', `${wanted}; correct the entry "${item.id}" in tools/corpus/packages.ts`);
}

/** Judges what this run was to fetch. What the archive does not offer is said, not failed. */
function exitCode(manifest: Manifest, items: CorpusItem[]): number {
  const asked = manifest.missing.filter((missing) => items.some(({ id }) => id === missing.id));
  if (asked.some(({ kind }) => kind === 'failed')) return EXIT.error;
  if (asked.some(({ kind }) => kind === 'offline')) return EXIT.skipped;
  return EXIT.ok;
}

try {
  process.exitCode = await main();
} catch (error) {
  const skipped = error instanceof CorpusFailure && error.kind !== 'failed';
  say(`${skipped ? 'skipped' : 'error'}: ${(error as Error).message}`);
  process.exitCode = skipped ? EXIT.skipped : EXIT.error;
}
