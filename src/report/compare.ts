import type {
  EfiReport,
  EntryReport,
  FileReport,
  FindingReport,
  Inspection,
  LinuxReport,
  NoteReport,
} from './inspection.js';

/** What differs between two images: the JSON document of `zeropage inspect A B --json`. */
export interface Comparison {
  /** Raised when a field changes its meaning or goes away. */
  readonly schemaVersion: 1;
  readonly a: ComparedFile;
  readonly b: ComparedFile;
  readonly same: boolean;
  readonly differences: readonly Difference[];
}

export interface ComparedFile extends FileReport {
  readonly description: string;
  readonly release: string | null;
}

export type Scalar = string | number | boolean | null;

export interface Difference {
  readonly section:
    | 'image'
    | 'layers'
    | 'entries'
    | 'linux'
    | 'efi'
    | 'notes'
    | 'symbols'
    | 'tables'
    | 'types'
    | 'findings';
  /** What it is about: an entry id, a header field, a note, a rule. */
  readonly subject: string;
  /** What about it differs; null where the subject says all. */
  readonly field: string | null;
  /** The value in each image; null where it has none. */
  readonly a: Scalar;
  readonly b: Scalar;
}

/** Values by what they are about; the parts of a key are subject and field. */
type Facts = Map<string, { subject: string; field: string | null; value: Scalar }>;

/** Everything in which two inspections differ that can matter to a boot; sizes, digests and evidence cannot. */
export function compare(a: Inspection, b: Inspection): Comparison {
  const differences = sections.flatMap(([section, factsOf]) => differ(section, factsOf(a, b), factsOf(b, a)));
  return { schemaVersion: 1, a: file(a), b: file(b), same: differences.length === 0, differences };
}

const file = ({ file, description, release }: Inspection): ComparedFile => ({
  ...file,
  description,
  release,
});

type Section = readonly [
  name: Difference['section'],
  /** The facts of one image; the other one is given to leave out what was not looked at there. */
  facts: (one: Inspection, other: Inspection) => Facts,
];

const sections: readonly Section[] = [
  [
    'image',
    ({ description, release }) =>
      factsFrom([
        ['what it is', null, description],
        ['release', null, release],
      ]),
  ],
  ['layers', layerFacts],
  ['entries', ({ entries }, other) => factsFrom(entries.flatMap((entry) => entryFacts(entry, other)))],
  ['linux', ({ linux }) => factsFrom(linux ? linuxFacts(linux) : [])],
  ['efi', ({ efi }) => factsFrom(efi ? efiFacts(efi) : [])],
  ['notes', ({ notes }) => factsFrom(noteFacts(notes))],
  [
    'symbols',
    ({ symbols }, other) =>
      factsFrom(
        symbols && other.symbols
          ? [
              ['count', null, symbols.count],
              ['from', null, symbols.from],
            ]
          : [],
      ),
  ],
  [
    'tables',
    ({ tables }, other) =>
      factsFrom(tables && other.tables ? tables.map(({ title, count }) => [title, 'entries', count]) : []),
  ],
  ['types', ({ types }, other) => factsFrom(types && other.types ? [['count', null, types.count]] : [])],
  ['findings', ({ findings }) => factsFrom(findingFacts(findings))],
];

type Fact = readonly [subject: string, field: string | null, value: Scalar];

/** Facts under their keys; what occurs again under one key is numbered. */
function factsFrom(list: readonly Fact[]): Facts {
  const facts: Facts = new Map();
  for (const [subject, field, value] of list) {
    let key = `${subject}\n${field}`;
    for (let i = 2; facts.has(key); i++) key = `${subject}\n${field}\n${i}`;
    facts.set(key, { subject, field, value });
  }
  return facts;
}

function differ(section: Difference['section'], a: Facts, b: Facts): Difference[] {
  const keys = [...new Set([...a.keys(), ...b.keys()])];
  const differences = keys.flatMap((key) => {
    const [inA, inB] = [a.get(key), b.get(key)];
    const { subject, field } = (inA ?? inB)!;
    const [before, after] = [inA?.value ?? null, inB?.value ?? null];
    return before === after ? [] : [{ section, subject, field, a: before, b: after }];
  });
  // What only B has comes last in `keys`, but belongs to the rest about its subject.
  const subjects = [...new Set(differences.map(({ subject }) => subject))];
  return subjects.flatMap((subject) => differences.filter((difference) => difference.subject === subject));
}

function layerFacts({ layers }: Inspection): Facts {
  return factsFrom(
    layers.flatMap(({ layer, formats, packed, problem }): Fact[] => [
      [layer, 'formats', formats.join(', ')],
      [layer, 'packed', packed && `${packed.how}, ${packed.codec}`],
      [layer, 'problem', problem],
    ]),
  );
}

function entryFacts(entry: EntryReport, other: Inspection): Fact[] {
  const { id, offered, via, address, addressKind, facts } = entry;
  const essential: Fact[] = [
    [id, 'offered', offered],
    [id, 'via', via],
    [id, 'address', address],
  ];
  // That one image has all the facts of an entry and the other none is said by 'offered'.
  if (other.entries.some((theirs) => theirs.id === id && theirs.offered !== offered)) return essential;
  const more = Object.entries(facts).map(([name, value]): Fact => [id, name, value]);
  return [...essential, [id, 'address kind', addressKind], ...more];
}

function linuxFacts(linux: LinuxReport): Fact[] {
  // Their bits have names, which say more.
  const { loadflags: _, xloadflags: __, ...header } = linux.header;
  return [
    ['protocol', null, linux.protocol],
    ['version string', null, linux.versionString],
    ['loadflags', null, linux.loadflags.join(', ')],
    ['xloadflags', null, linux.xloadflags.join(', ')],
    ...Object.entries(header).map(([name, value]): Fact => [name, null, value]),
    ['setup_type_max', null, linux.setupTypeMax],
  ];
}

function efiFacts(efi: EfiReport): Fact[] {
  return [
    ['format', null, efi.format],
    ['machine', null, efi.machine],
    ['entry', null, efi.entry],
    ['image base', null, efi.imageBase],
    ['image size', null, efi.sizeOfImage],
    ['subsystem', null, efi.subsystem.name],
    ['NX_COMPAT', null, efi.nxCompat],
    ['image version', null, efi.imageVersion],
    ['mixed mode', null, efi.mixedMode],
    ...efi.compatEntries.map(({ machine, entry }): Fact => ['compat entry', machine, entry]),
    ['signed', null, efi.signed],
    ...efi.sbat.map(({ component, generation }): Fact => ['SBAT', component, generation]),
    ...efi.sections.map(({ name, rights }): Fact => ['section', name, rights]),
  ];
}

function noteFacts(notes: readonly NoteReport[]): Fact[] {
  return notes.map(({ owner, name, type, text, desc }) => [
    `${owner} ${name ?? `type ${type}`}`,
    null,
    text ?? desc,
  ]);
}

function findingFacts(findings: readonly FindingReport[]): Fact[] {
  return findings.map(({ rule, severity, message }) => [rule, severity, message]);
}
