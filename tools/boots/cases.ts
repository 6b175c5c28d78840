import type { BootOptions } from '../../src/boot/options.js';
import type { EntryId } from '../../src/entry/entry.js';

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

/** Corpus kernels and the entries each is booted through. */
export const kernels: readonly { readonly id: string; readonly entries: readonly EntryId[] }[] = [
  { id: 'debian-11-cloud-amd64', entries: ['linux32', 'linux64', 'pvh'] },
  { id: 'debian-12-cloud-amd64', entries: ['linux32', 'linux64', 'pvh'] },
  { id: 'debian-12-amd64', entries: ['linux32', 'linux64', 'pvh'] },
  { id: 'debian-13-cloud-amd64', entries: ['linux32', 'linux64', 'pvh'] },
  { id: 'debian-13-amd64', entries: ['linux32', 'linux64', 'pvh'] },
  { id: 'debian-11-686-pae', entries: ['linux32', 'pvh'] },
];

/** What `--repeat` boots over and over. */
export const repeated = { id: 'debian-13-cloud-amd64', entry: 'pvh' } as const;

/** One boot of the suite. */
export interface Case {
  /** Names it in the record of results. */
  readonly key: string;
  readonly kernel: string;
  readonly entry: EntryId;
  readonly variant: Variant;
}

export function cases(repeat: number): Case[] {
  const suite = kernels.flatMap(({ id, entries }) =>
    entries.flatMap((entry) =>
      variants.map((variant) => ({
        key: `${id} ${entry} ${variant.id}`,
        kernel: id,
        entry,
        variant,
      })),
    ),
  );
  const again = Array.from({ length: repeat }, (_, i) => ({
    key: `${repeated.id} ${repeated.entry} repeat ${i + 1}`,
    kernel: repeated.id,
    entry: repeated.entry,
    variant: variants[0]!,
  }));
  return [...suite, ...again];
}
