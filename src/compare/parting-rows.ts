import type { PairPartings, Parting } from './comparison.js';

/** Partings that are one difference: of one member of a table, or of one function and kind. */
export interface PartingRow {
  /** What decided: members of tables, a static call, `pointer`, `branch`. */
  readonly by: string;
  /** "setup_arch+0x1c4", where places can be compared. */
  readonly places: readonly string[];
  /** By path: what it alone entered there; none where that was nothing. */
  readonly entered: ReadonlyMap<string, readonly string[]>;
}

interface Merged {
  readonly by: string;
  readonly function: string;
  readonly places: Set<string>;
  readonly entered: Map<string, Set<string>>;
}

/** The differences of some pairs, those through tables first, each kind in the order of the pairs. */
export function partingRows(pairs: readonly PairPartings[]): PartingRow[] {
  const atPlaces = new Map<string, Merged>();
  for (const { a, b, at } of pairs)
    for (const parting of at ?? []) {
      const [by, place] = [decisionText(parting), placeText(parting)];
      const entered = new Map([
        [a, new Set(parting.a)],
        [b, new Set(parting.b)],
      ]);
      merge(atPlaces, `${by} ${place}`, {
        by,
        function: parting.function,
        places: new Set([place]),
        entered,
      });
    }
  const rows = new Map<string, Merged>();
  for (const row of atPlaces.values()) {
    const onPaths = [...row.entered].flatMap(([path, { size }]) => (size > 0 ? [path] : []));
    const isNamed = row.by.includes('.') || row.by.startsWith('static call');
    merge(rows, isNamed ? row.by : `${row.by} ${row.function} ${onPaths.sort().join(' ')}`, row);
  }
  const found = [...rows.values()].map(({ by, places, entered }) => ({
    by,
    places: [...places],
    entered: new Map([...entered].map(([path, names]) => [path, [...names]])),
  }));
  return ranks.flatMap((rank, i) =>
    found.filter(({ by }) => rank.test(by) && !ranks.slice(0, i).some((earlier) => earlier.test(by))),
  );
}

function merge(rows: Map<string, Merged>, key: string, row: Merged): void {
  const known = rows.get(key);
  if (!known) {
    rows.set(key, row);
    return;
  }
  for (const place of row.places) known.places.add(place);
  for (const [path, names] of row.entered)
    known.entered.set(path, new Set([...(known.entered.get(path) ?? []), ...names]));
}

/** Tables that few calls go through first, those of every page table entry after them. */
const ranks: readonly RegExp[] = [/^(?!pv_ops)\w+\./, /^pv_ops\./, /^static call/, /^pointer$/, /./];

function decisionText({ by: { kind, names } }: Parting): string {
  if (kind === 'static-call') return `static call ${names.join(', ')}`;
  return kind === 'table' ? names.join(', ') : kind;
}

function placeText({ function: name, offset }: Parting): string {
  return offset === null ? name : `${name}+0x${offset.toString(16)}`;
}
