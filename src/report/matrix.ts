import type { BootResult } from '../boot/boot.js';
import type { Verdict } from '../boot/verdict.js';
import { entries } from '../entry/entries.js';
import type { EntryId, Offer } from '../entry/entry.js';
import { succeeded } from './boot.js';

/** Which entries of which images boot: the JSON document of `zeropage matrix --json`. */
export interface Matrix {
  readonly schemaVersion: 1;
  /** Every image could be read, and every boot got where it was to get. */
  readonly passed: boolean;
  /** The columns, in the order of the entry table. */
  readonly entries: readonly EntryId[];
  readonly images: readonly MatrixRow[];
}

export interface MatrixRow {
  readonly image: string;
  /** Why the image could not be read. */
  readonly problem: string | null;
  /** One a column; none when the image could not be read. */
  readonly cells: readonly MatrixCell[];
}

/** What became of one entry of one image: a boot's result without its console. */
export interface MatrixCell extends Omit<BootResult, 'console' | 'entry'> {
  readonly entry: EntryId;
}

/** An image whose entries were tried, or why it could not be read. */
export interface MatrixSubject {
  readonly image: string;
  readonly problem?: string;
  readonly offers: readonly Offer[];
  readonly results: readonly MatrixCell[];
}

/** What a boot contributes to the matrix. */
export function matrixCell(entry: EntryId, { console: _, ...result }: BootResult): MatrixCell {
  return { ...result, entry };
}

/** A cell for a boot that never began. */
export function emptyCell(entry: EntryId, verdict: Verdict, cause: string, reason: string): MatrixCell {
  return {
    entry,
    verdict,
    via: null,
    platform: 'bare',
    reason,
    cause,
    stop: null,
    commandLine: '',
    waypoints: [],
    slide: null,
    instructions: 0,
    time: 0,
    seconds: 0,
    hash: null,
    autopsy: null,
  };
}

/** Puts the table together; its columns are the entries asked for, or all that any of the images offers. */
export function matrix(subjects: readonly MatrixSubject[], asked?: readonly EntryId[]): Matrix {
  const columns = entries
    .map(({ id }) => id)
    .filter((id) =>
      asked
        ? asked.includes(id)
        : subjects.some(({ offers }) => offers.some((offer) => offer.id === id && offer.offered)),
    );
  const images = subjects.map((subject) => row(subject, columns));
  const tried = images.flatMap(({ cells }) => cells.filter(wasTried));
  return {
    schemaVersion: 1,
    passed: images.every(({ problem }) => problem === null) && tried.every(succeeded),
    entries: columns,
    images,
  };
}

/** Offered, and the machine can be started through it. */
export function wasTried({ verdict }: MatrixCell): boolean {
  return verdict !== 'not-offered' && verdict !== 'not-supported';
}

function row({ image, problem, offers, results }: MatrixSubject, columns: readonly EntryId[]): MatrixRow {
  if (problem !== undefined) return { image, problem, cells: [] };
  const cells = columns.map((entry) => {
    const result = results.find((one) => one.entry === entry);
    if (result) return result;
    const offer = offers.find(({ id }) => id === entry);
    return offer?.offered
      ? emptyCell(entry, 'not-supported', 'not yet', 'The machine cannot be started through this entry yet.')
      : emptyCell(entry, 'not-offered', 'not offered', offer?.reason ?? '');
  });
  return { image, problem: null, cells };
}
