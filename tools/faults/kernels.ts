import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kernelElf } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import { corpusFile } from '../corpus/locate.js';
import { withLock } from '../corpus/lock.js';
import { type Build, built, make } from './build.js';
import { builtFaults } from './built.js';
import type { ConfigurationId, Fault } from './fault.js';
import { patchedFaults } from './patched.js';
import { cache, type Source } from './source.js';

/** A faulty kernel and the same one without the fault. */
export interface Pair {
  readonly fault: Fault;
  readonly faulty: string;
  readonly twin: string;
  /** What the build took; null for a patched one. */
  readonly seconds: number | null;
}

/** The kernel that faults are patched into. */
export const patchedKernel = 'debian-13-cloud-amd64';

/** Builds what is missing of these faults, each behind its twin; `say` is told of each. */
export async function builtPairs(
  ids: readonly string[],
  source: Source,
  say: (text: string) => void,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const configuration of ['base', 'kasan', 'pc32'] as const) {
    const faults = builtFaults.filter(
      (fault) => ids.includes(fault.id) && (fault.configuration ?? 'base') === configuration,
    );
    if (faults.length === 0) continue;
    for (const fault of faults) {
      const { id, edits } = fault;
      const twin = await kernel(twinOf(fault.twin ?? configuration), source, say);
      const { path, seconds } = await kernel({ id, configuration, edits }, source, say);
      pairs.push({ fault, faulty: path, twin: twin.path, seconds });
    }
  }
  return pairs;
}

/** The same configuration, no fault. */
const twinOf = (configuration: ConfigurationId): Build => ({
  id: configuration === 'base' ? 'twin' : `twin-${configuration}`,
  configuration,
  edits: [],
});

async function kernel(build: Build, source: Source, say: (text: string) => void): ReturnType<typeof make> {
  const known = built(build, source);
  if (!known) say(`${build.id}: building`);
  // While this run waited, another one may have built it.
  const makeUnlessBuilt = async (): ReturnType<typeof make> => built(build, source) ?? make(build, source);
  const done = known ?? (await withLock(join(cache, 'lock'), makeUnlessBuilt));
  say(`${build.id}: ${done.path}, built in ${done.seconds} s${known ? ' earlier' : ''}`);
  return done;
}

/** Patches these faults into the corpus kernel, which must be there. */
export async function patchedPairs(ids: readonly string[]): Promise<Pair[]> {
  const faults = patchedFaults.filter(({ id }) => ids.includes(id));
  const whole = corpusFile(patchedKernel);
  if (faults.length === 0 || !whole) return [];
  const image = await openImage(readFileSync(whole.path));
  const folder = join(cache, 'kernels');
  mkdirSync(folder, { recursive: true });
  const put = (id: string, data: Uint8Array): string => {
    const path = join(folder, id);
    writeFileSync(path, data);
    return path;
  };
  const elf = put('patched-twin', kernelElf(image)!.bytes.data);
  return faults.map((fault) => ({
    fault,
    faulty: put(fault.id, fault.patch(image)),
    twin: fault.of === 'bzImage' ? whole.path : elf,
    seconds: null,
  }));
}
