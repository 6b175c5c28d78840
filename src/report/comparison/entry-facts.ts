import type { EntryId } from '../../entry/entry.js';
import type { EntryReport, Inspection } from '../inspection.js';
import type { Value } from './comparison.js';
import type { Fact, Weigh } from './fact.js';
import { detail, loses, note, warning, words } from './weigh.js';

/** Whether an entry is offered and where, and what it says of itself beyond the headers that have sections of their own. */
export function entryFacts({ entries }: Inspection, other: Inspection): Fact[] {
  return entries.flatMap((entry) => {
    const theirs = other.entries.find(({ id }) => id === entry.id);
    return theirs?.offered && entry.offered ? [...offer(entry), ...meaning(entry)] : offer(entry);
  });
}

/** Entries that both images offer. */
export function sharedEntries(a: Inspection, b: Inspection): EntryId[] {
  const inB = b.entries.filter(({ offered }) => offered).map(({ id }) => id);
  return a.entries.filter(({ id, offered }) => offered && inB.includes(id)).map(({ id }) => id);
}

function offer({ id, offered, via, byName }: EntryReport): Fact[] {
  return [
    { subject: id, field: 'offered', value: offered, weigh: offers },
    { subject: id, field: 'via', value: via, weigh: unpacking, entries: [id] },
    { subject: id, field: 'byName', value: byName && !offered, weigh: note },
  ];
}

function meaning({ id, address, addressKind, facts }: EntryReport): Fact[] {
  const apart = saidApart[id] ?? [];
  const more = Object.entries(facts).filter(([name]) => apart !== 'all' && !apart.includes(name));
  return [
    { subject: id, field: 'address', value: address, weigh: detail },
    { subject: id, field: 'addressKind', value: addressKind, weigh: warning, entries: [id] },
    ...more.map(([field, text]) => ({
      subject: id,
      field,
      value: typed(text),
      weigh: words('warning'),
      entries: [id],
    })),
  ];
}

/** Facts of an entry that the sections on setup header, PE headers and notes say as values. */
const saidApart: Readonly<Partial<Record<EntryId, readonly string[] | 'all'>>> = {
  linux16: 'all',
  linux32: [
    'boot protocol',
    'relocatable',
    'preferred load address',
    'memory needed',
    'command line',
    'xloadflags',
  ],
  linux64: [
    'boot protocol',
    'relocatable',
    'preferred load address',
    'memory needed',
    'command line',
    'xloadflags',
    'entry if loaded where preferred',
    'loadable above 4 GiB',
  ],
  efi: 'all',
  'efi-handover': 'all',
  'arm64-efi': 'all',
  pvh: ['relocatable'],
  'xen-pv': ['features required', 'features supported', 'initrd', 'PAE mode', 'hypercall page', 'p2m list'],
};

/** Words that are a value as one: booleans, numbers, lists. */
function typed(text: string): Value {
  const answer = /^(yes|no)\b/.exec(text)?.[1];
  if (answer) return answer === 'yes';
  if (text === 'none' || text === 'nothing') return null;
  const size = /^(\d+)(?: bytes)?$/.exec(text);
  return size ? Number(size[1]) : text;
}

const offers: Weigh = (a, b) => {
  if (a === null || b === null) return 'note';
  return loses('error', 'warning')(a, b);
};

/** What every loader could take is now for those that unpack, or the other way round. */
const unpacking: Weigh = (a) => (a === 'image' ? 'error' : 'warning');
