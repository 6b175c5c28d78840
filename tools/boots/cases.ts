import type { BootOptions } from '../../src/boot/options.js';
import type { EntryId } from '../../src/entry/entry.js';
import type { PlatformId } from '../../src/platform/platform.js';

/** How a boot differs from the plain one. */
export interface Variant {
  readonly id: string;
  readonly title: string;
  readonly options: BootOptions;
}

/** Debian's kernels have KASLR on; where it goes depends on what the loader hands over, the memory map among it. */
export const variants: readonly Variant[] = [
  { id: 'default', title: 'default', options: {} },
  { id: 'nokaslr', title: '`nokaslr`', options: { append: 'nokaslr' } },
  { id: 'kaslr', title: 'KASLR, other seed (768 MiB)', options: { memory: 768 } },
];

/** An entry, and what is found underneath where that is not as usual for it. */
export interface Way {
  readonly entry: EntryId;
  readonly platform?: PlatformId;
}

/** As it is written: `pvh/xen-pvh`. */
export const nameOf = ({ entry, platform }: Way): string => (platform ? `${entry}/${platform}` : entry);

const native: readonly Way[] = [{ entry: 'linux32' }, { entry: 'linux64' }, { entry: 'pvh' }];
const amd64: readonly Way[] = [...native, { entry: 'pvh', platform: 'xen-pvh' }, { entry: 'xen-pv' }];

/** Corpus kernels and the ways each is booted. */
export const kernels: readonly { readonly id: string; readonly ways: readonly Way[] }[] = [
  { id: 'debian-11-cloud-amd64', ways: amd64 },
  { id: 'debian-12-cloud-amd64', ways: amd64 },
  { id: 'debian-12-amd64', ways: amd64 },
  { id: 'debian-13-cloud-amd64', ways: amd64 },
  { id: 'debian-13-amd64', ways: amd64 },
  { id: 'debian-11-686-pae', ways: [{ entry: 'linux32' }, { entry: 'pvh' }] },
];

/** What `--repeat` boots over and over. */
export const repeated = { id: 'debian-13-cloud-amd64', way: { entry: 'pvh' } } as const;

/** One boot of the suite. */
export interface Case {
  /** Names it in the record of results. */
  readonly key: string;
  readonly kernel: string;
  readonly way: Way;
  readonly variant: Variant;
}

export function cases(repeat: number): Case[] {
  const suite = kernels.flatMap(({ id, ways }) =>
    ways.flatMap((way) =>
      variants.map((variant) => ({ key: keyOf(id, way, variant), kernel: id, way, variant })),
    ),
  );
  const again = Array.from({ length: repeat }, (_, i) => ({
    key: repeatKey(i),
    kernel: repeated.id,
    way: repeated.way,
    variant: variants[0]!,
  }));
  return [...suite, ...again];
}

/** Names a boot of the suite. */
export const keyOf = (kernel: string, way: Way, variant: Variant): string =>
  `${kernel} ${nameOf(way)} ${variant.id}`;

/** Names the repetition of a number from 0 on. */
export const repeatKey = (i: number): string => `${repeated.id} ${nameOf(repeated.way)} repeat ${i + 1}`;
