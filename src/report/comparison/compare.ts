import type { EntryId } from '../../entry/entry.js';
import type { EntryReport, Inspection } from '../inspection.js';
import {
  type ComparedFile,
  type Comparison,
  type Difference,
  type EntryChange,
  keyOf,
  type Section,
  worst,
} from './comparison.js';
import { efiFacts, ukiFacts } from './efi-facts.js';
import { entryFacts, sharedEntries } from './entry-facts.js';
import { differ, type Fact } from './fact.js';
import { type Filter, passes, sectionNames } from './filter.js';
import {
  findingFacts,
  imageFacts,
  layerFacts,
  messageFacts,
  noteFacts,
  symbolFacts,
  tableFacts,
  typeFacts,
} from './kernel-facts.js';
import { linuxFacts } from './linux-facts.js';
import { xenFacts } from './xen-facts.js';

export interface CompareOptions extends Filter {
  /** The names of both images' symbols, as `symbolNames` gives them; without, only their number is compared. */
  readonly symbolNames?: readonly [a: readonly string[], b: readonly string[]];
}

/** The facts of one image; the other one is given to leave out what was not looked at there. */
type FactsOf = (one: Inspection, other: Inspection, names?: readonly string[]) => Fact[];

const sections: Readonly<Record<Section, FactsOf>> = {
  entries: entryFacts,
  linux: linuxFacts,
  efi: efiFacts,
  uki: ukiFacts,
  xen: xenFacts,
  image: imageFacts,
  layers: layerFacts,
  notes: noteFacts,
  symbols: symbolFacts,
  tables: tableFacts,
  types: typeFacts,
  findings: (one) => [...findingFacts(one), ...messageFacts(one)],
};

/** Everything in which two inspections differ, and what that means for each entry. */
export function compare(a: Inspection, b: Inspection, options: CompareOptions = {}): Comparison {
  const shared = sharedEntries(a, b);
  const [namesA, namesB] = options.symbolNames ?? [];
  const differences = sectionNames
    .flatMap((name) => {
      const factsOf = sections[name];
      return differ(name, factsOf(a, b, namesA), factsOf(b, a, namesB), shared);
    })
    .filter((difference) => passes(difference, options));
  return {
    schemaVersion: 2,
    a: fileOf(a),
    b: fileOf(b),
    identical:
      a.file.sha256 === undefined || b.file.sha256 === undefined ? null : a.file.sha256 === b.file.sha256,
    same: differences.length === 0,
    severity: worst(differences.map(({ severity }) => severity)),
    entries: a.entries.flatMap((entry) => {
      const change = changeOf(entry, b.entries.find(({ id }) => id === entry.id)!, differences);
      const isOffered = change.a.offered !== false || change.b.offered !== false;
      // Where a filter left out that it came or went, nothing is said of it.
      const isSaid = change.a.offered === change.b.offered || change.because.length > 0;
      return isOffered && isSaid ? [change] : [];
    }),
    differences,
  };
}

const fileOf = ({ file, description, release }: Inspection): ComparedFile => ({
  ...file,
  description,
  release,
});

function changeOf(a: EntryReport, b: EntryReport, differences: readonly Difference[]): EntryChange {
  const because = differences.filter(
    (difference) => difference.severity !== 'detail' && concerns(difference, a.id),
  );
  const without = [b, a].find(({ offered }) => offered !== true);
  return {
    id: a.id,
    change: kindOf(a, b, because),
    severity: worst(because.map(({ severity }) => severity)),
    a: { offered: a.offered, via: a.via },
    b: { offered: b.offered, via: b.via },
    because: because.map(keyOf),
    reason: without?.reason ?? null,
  };
}

function concerns({ section, subject, entries }: Difference, id: EntryId): boolean {
  return (section === 'entries' && subject === id) || entries.includes(id);
}

function kindOf(a: EntryReport, b: EntryReport, because: readonly Difference[]): EntryChange['change'] {
  if (because.length === 0) return a.offered === null ? 'unknown' : 'same';
  if (a.offered === null || b.offered === null) return 'unknown';
  if (a.offered !== b.offered) return b.offered ? 'came' : 'went';
  return 'changed';
}
