import type { BootResult } from '../boot/boot.js';
import { usualPlatform } from '../boot/choose.js';
import type { Verdict } from '../boot/verdict.js';
import { entries } from '../entry/entries.js';
import type { EntryId, Offer } from '../entry/entry.js';
import { type PlatformId, platformIds } from '../platform/platform.js';
import { succeeded } from './boot.js';
import { blamed } from './foreseen.js';
import type { FindingReport } from './inspection.js';
import { whyNothing } from './why-nothing.js';

/** Which entries of which images boot: the JSON document of `zeropage matrix --json`. */
export interface Matrix {
  readonly schemaVersion: 1;
  /** Every image could be read, something was booted, and every boot got where it was to get. */
  readonly passed: boolean;
  /** The columns, in the order of the entry table. */
  readonly entries: readonly EntryId[];
  /** What each column is about; one entry can be there on several platforms. */
  readonly columns: readonly MatrixColumn[];
  readonly images: readonly MatrixRow[];
}

export interface MatrixColumn {
  readonly entry: EntryId;
  readonly platform: PlatformId;
}

export interface MatrixRow {
  readonly image: string;
  /** Why the image could not be read. */
  readonly problem: string | null;
  /** Why none of its entries was booted; null when one was, or the image could not be read. */
  readonly skipped: string | null;
  /** One a column; none when the image could not be read. */
  readonly cells: readonly MatrixCell[];
}

/** What became of one entry of one image: a boot's result without its console. */
export interface MatrixCell extends Omit<BootResult, 'console' | 'entry' | 'platform'> {
  readonly entry: EntryId;
  readonly platform: PlatformId;
  /** What was known to be wrong with the image before, as far as it is about the entry. */
  readonly findings: readonly FindingReport[];
}

/** An image whose entries were tried, or why it could not be read. */
export interface MatrixSubject {
  readonly image: string;
  readonly problem?: string;
  readonly offers: readonly Offer[];
  readonly results: readonly MatrixCell[];
  /** The columns it was tried in. */
  readonly wanted: readonly MatrixColumn[];
}

/** What a boot contributes to the matrix. */
export function matrixCell(
  entry: EntryId,
  { console: _, ...result }: BootResult,
  findings: readonly FindingReport[] = [],
): MatrixCell {
  return { ...blamed(result, findings), entry, findings };
}

/** A cell for a boot that never began. */
export function emptyCell(
  column: MatrixColumn,
  verdict: Verdict,
  cause: string,
  reason: string,
  findings: readonly FindingReport[] = [],
): MatrixCell {
  return {
    ...column,
    findings,
    verdict,
    via: null,
    reason,
    cause,
    stop: null,
    commandLine: '',
    waypoints: [],
    slide: null,
    instructions: 0,
    time: 0,
    seconds: 0,
    exitStatus: null,
    hash: null,
    autopsy: null,
  };
}

/**
 * Puts the table together; its columns are the entries asked for, or all that any of the images offers, each on the
 * platforms that some image was tried on.
 */
export function matrix(subjects: readonly MatrixSubject[], asked?: readonly EntryId[]): Matrix {
  const shown = entries.filter(({ id }) =>
    asked
      ? asked.includes(id)
      : subjects.some(({ offers }) => offers.some((offer) => offer.id === id && offer.offered)),
  );
  const columns = shown.flatMap((definition) => {
    const { id: entry } = definition;
    const tried = platformIds.filter((platform) =>
      subjects.some(({ wanted }) => wanted.some((one) => one.entry === entry && one.platform === platform)),
    );
    return (tried.length > 0 ? tried : [usualPlatform(definition)]).map((platform) => ({ entry, platform }));
  });
  const images = subjects.map((subject) => row(subject, columns, asked));
  const tried = images.flatMap(({ cells }) => cells.filter(wasTried));
  return {
    schemaVersion: 1,
    passed: images.every(({ problem }) => problem === null) && tried.length > 0 && tried.every(succeeded),
    entries: shown.map(({ id }) => id),
    columns,
    images,
  };
}

/** Offered, and the machine can be started through it. */
export function wasTried({ verdict }: MatrixCell): boolean {
  return verdict !== 'not-offered' && verdict !== 'not-supported';
}

function row(
  { image, problem, offers, results }: MatrixSubject,
  columns: readonly MatrixColumn[],
  asked: readonly EntryId[] | undefined,
): MatrixRow {
  if (problem !== undefined) return { image, problem, skipped: null, cells: [] };
  const cells = columns.map((column) => {
    const { entry, platform } = column;
    const result = results.find((one) => one.entry === entry && one.platform === platform);
    if (result) return result;
    const offer = offers.find(({ id }) => id === entry);
    if (!offer?.offered) return emptyCell(column, 'not-offered', 'not offered', offer?.reason ?? '');
    return results.some((one) => one.entry === entry)
      ? emptyCell(column, 'not-offered', 'not tried', 'It was not tried on this platform.')
      : emptyCell(
          column,
          'not-supported',
          'not yet',
          'The machine cannot be started through this entry yet.',
        );
  });
  const skipped = cells.some(wasTried) ? null : whyNothing(offers, asked);
  return { image, problem: null, skipped, cells };
}
