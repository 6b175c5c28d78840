import type { Severity } from '../contract/rule.js';
import type { EntryId } from '../entry/entry.js';
import type { FileReport, Inspection, LayerName } from './inspection.js';

/** Images and their entries: the JSON document of `zeropage inspect --json` on several images or a directory. */
export interface ImageTable {
  /** Raised when a field changes its meaning or goes away. */
  readonly schemaVersion: 1;
  readonly images: readonly ImageRow[];
}

export interface ImageRow {
  readonly file: FileReport;
  /** Why it cannot be read; all that follows is then null. */
  readonly problem: string | null;
  readonly description: string | null;
  readonly release: string | null;
  readonly entries: readonly ImageEntry[] | null;
  /** How many of each severity; null also when nothing was checked (`--fast`). */
  readonly findings: Readonly<Record<Severity, number>> | null;
}

export interface ImageEntry {
  readonly id: EntryId;
  readonly offered: boolean | null;
  readonly via: LayerName | null;
}

/** An image of which nothing but that can be said. */
export interface UnreadImage {
  readonly file: FileReport;
  readonly problem: string;
}

/** What the table says of each image; of some entries only when they are named. */
export function imageTable(
  images: readonly (Inspection | UnreadImage)[],
  only: readonly EntryId[] = [],
): ImageTable {
  return { schemaVersion: 1, images: images.map((image) => rowOf(image, only)) };
}

function rowOf(image: Inspection | UnreadImage, only: readonly EntryId[]): ImageRow {
  if ('problem' in image) {
    return { ...image, description: null, release: null, entries: null, findings: null };
  }
  const { file, description, release, entries, findings, depth } = image;
  const number = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length;
  return {
    file,
    problem: null,
    description,
    release,
    entries: entries
      .filter(({ id }) => only.length === 0 || only.includes(id))
      .map(({ id, offered, via }) => ({ id, offered, via })),
    findings:
      depth === 'headers'
        ? null
        : { error: number('error'), warning: number('warning'), note: number('note') },
  };
}
