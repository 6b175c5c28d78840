import { isShown, type Lookup } from './lookup.js';

/** Places a chart has from left to right. */
const places = 180;

/** How many of the boots ran a function, in four steps. */
export const shareNames = ['none of these boots', 'one alone', 'some', 'all'] as const;

/** A place in a section of the image. */
export interface Spread {
  /** Functions that begin or go on here. */
  readonly rows: readonly number[];
  /** Bytes by share. */
  readonly shares: readonly number[];
  readonly size: number;
}

export interface Total {
  functions: number;
  bytes: number;
}

/** A section of the image by who ran what of it. */
export interface Layers {
  /** Offsets of its first byte and behind its last. */
  readonly first: number;
  readonly end: number;
  /** Bytes a place. */
  readonly step: number;
  readonly spread: readonly Spread[];
  readonly total: readonly Total[];
  /** Of what ran on one alone, by path. */
  readonly only: readonly Total[];
  shareOf(row: number): number;
}

/** A section's; undefined without functions. */
export function layersOf(lookup: Lookup, section: number): Layers | undefined {
  const { section: sections, offset, size } = lookup.data.functions;
  const rows = [...sections.keys()].filter((row) => sections[row] === section && isShown(lookup.name(row)));
  if (rows.length === 0) return undefined;
  const first = offset[rows[0]!]!;
  const end = offset[rows.at(-1)!]! + size[rows.at(-1)!]!;
  const step = (end - first) / places;
  const shareOf = (row: number): number => {
    const ran = lookup.ranOn(row);
    if (ran === 0) return 0;
    return ran === lookup.paths.length ? 3 : ran === 1 ? 1 : 2;
  };
  const spread = Array.from({ length: places }, () => ({
    rows: [] as number[],
    shares: [0, 0, 0, 0],
    size: 0,
  }));
  const total = shareNames.map((): Total => ({ functions: 0, bytes: 0 }));
  const only = lookup.paths.map((): Total => ({ functions: 0, bytes: 0 }));
  for (const row of rows) {
    const share = shareOf(row);
    const from = offset[row]! - first;
    const to = from + size[row]!;
    add(total[share]!, size[row]!);
    if (share === 1)
      add(only[lookup.paths.findIndex(({ entered }) => !Number.isNaN(entered[row]))]!, size[row]!);
    for (let place = Math.floor(from / step); place < places && place * step < to; place++) {
      const here = Math.min(to, (place + 1) * step) - Math.max(from, place * step);
      spread[place]!.rows.push(row);
      spread[place]!.shares[share]! += here;
      spread[place]!.size += here;
    }
  }
  return { first, end, step, spread, total, only, shareOf };
}

function add(total: Total, bytes: number): void {
  total.functions++;
  total.bytes += bytes;
}
