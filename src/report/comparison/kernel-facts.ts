import type { FindingReport, Inspection, LayerReport, NoteReport, TableReport } from '../inspection.js';
import type { Fact } from './fact.js';
import { detail, falls, note, warning, words } from './weigh.js';

/** What the file is. */
export function imageFacts({ description, release }: Inspection): Fact[] {
  return [
    { subject: 'description', value: description, weigh: note },
    { subject: 'release', value: release, weigh: note },
  ];
}

/** What wraps what. How it is packed decides which loaders can unpack it. */
export function layerFacts({ layers, entries }: Inspection): Fact[] {
  const within = entries.filter(({ via }) => via === 'payload').map(({ id }) => id);
  return layers.flatMap(({ layer, formats, packed, problem, size }: LayerReport): Fact[] => [
    { subject: layer, field: 'formats', value: formats, weigh: note },
    { subject: layer, field: 'how', value: packed?.how ?? null, weigh: note },
    { subject: layer, field: 'codec', value: packed?.codec ?? null, weigh: warning, entries: within },
    { subject: layer, field: 'problem', value: problem, weigh: falls('note', 'warning') },
    ...(packed ? [{ subject: layer, field: 'size', value: size, weigh: detail }] : []),
  ]);
}

/** Names of notes, and the text of those that are not for Xen. */
export function noteFacts({ notes }: Inspection): Fact[] {
  const others = notes.filter(({ owner }) => owner !== 'Xen');
  return [
    { subject: 'names', value: notes.map(nameOf), weigh: note },
    ...others.map((one) => ({ subject: nameOf(one), value: one.text ?? one.desc, weigh: detail })),
  ];
}

const nameOf = ({ owner, name, type }: NoteReport): string => `${owner} ${name ?? `type ${type}`}`;

/** Names where both were read, as `names` has them. */
export function symbolFacts({ symbols }: Inspection, other: Inspection, names?: readonly string[]): Fact[] {
  if (!symbols || !other.symbols) return [];
  return [
    { subject: 'from', value: symbols.from, weigh: note },
    { subject: 'count', value: symbols.count, weigh: detail },
    ...(names ? [{ subject: 'names', value: names, weigh: note, counted: true }] : []),
  ];
}

/** Names in each linker table (parameters, initcalls …), and levels that changed. */
export function tableFacts({ tables }: Inspection, other: Inspection): Fact[] {
  if (!tables || !other.tables) return [];
  return tables.flatMap((table) => [
    { subject: table.id, field: 'names', value: namesOf(table), weigh: note, counted: true },
    { subject: table.id, field: 'count', value: table.count, weigh: detail },
    ...levels(
      table,
      other.tables!.find(({ id }) => id === table.id),
    ),
  ]);
}

const namesOf = ({ entries }: TableReport): string[] => entries.map(({ name }) => name);

/** Of what has a level and is there once in both. */
function levels(table: TableReport, theirs: TableReport | undefined): Fact[] {
  const once = (all: TableReport | undefined): Map<string, string | null> => {
    const names = all ? namesOf(all) : [];
    const seen = new Map<string, number>();
    for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1);
    return new Map(
      (all?.entries ?? []).filter(({ name }) => seen.get(name) === 1).map(({ name, level }) => [name, level]),
    );
  };
  const [ours, others] = [once(table), once(theirs)];
  return [...ours]
    .filter(([name]) => others.has(name))
    .map(([name, value]) => ({ subject: table.id, field: `level of ${name}`, value, weigh: note }));
}

export function typeFacts({ types }: Inspection, other: Inspection): Fact[] {
  return types && other.types ? [{ subject: 'count', value: types.count, weigh: detail }] : [];
}

/** One for each rule and severity: its messages. */
export function findingFacts({ findings }: Inspection): Fact[] {
  const rules = new Map<string, FindingReport[]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.rule}`;
    rules.set(key, [...(rules.get(key) ?? []), finding]);
  }
  return [...rules.values()].map((all) => {
    const { rule: subject, severity: field } = all[0]!;
    return { subject, field, value: all.length, weigh: falls('note', field) };
  });
}

/** Messages that differ where a rule found as much as before. */
export function messageFacts({ findings }: Inspection): Fact[] {
  return findings.map(({ rule, message }) => ({
    subject: rule,
    field: 'message',
    value: message,
    weigh: words('detail'),
  }));
}
