import { Document, isScalar, isSeq, visit } from 'yaml';
import type { Path } from '../../compare/path.js';
import type { Offer } from '../../entry/entry.js';
import { meeting } from '../../trace/before.js';
import type { Probe } from '../../trace/probes/row.js';
import { initialiserNames } from '../linux/initialisers.js';
import { saysNothing } from '../why-ended.js';
import type { Contract } from './contract.js';
import type { Rule } from './kinds/kinds.js';
import { rowsOf } from './known-functions.js';
import { measured } from './measures.js';
import { isWaypoint } from './names.js';
import { grouped, selections } from './selections.js';

/** What an image offers, and its boots, to write a contract after. */
export interface Observed {
  readonly name: string;
  readonly offers: readonly Offer[];
  readonly paths: readonly Path[];
}

/** Room that limits leave to grow, and how many digits they have that are not 0. */
const ROOM = 1.2;
const DIGITS = 2;

/** A first contract as YAML: what an image and its boots did is what they must do. */
export function firstContract({ name, offers, paths }: Observed): string {
  const contract: Contract = {
    version: 1,
    comment: `What ${name} does; change what is not meant so.`,
    rules: namedApart([
      ...offered(offers),
      ...reached(paths),
      ...onAll(paths),
      ...onSome(paths),
      ...shadow(paths),
      ...limits(paths),
    ]),
  };
  const document = new Document(contract);
  visit(document, {
    Seq: (_, node) => {
      if (isSeq(node) && node.items.every(isScalar)) node.flow = true;
    },
  });
  return `${[editor, ...unseen(paths)].join('\n')}\n${document.toString({ lineWidth: 100 })}`;
}

/** Comments on paths of which nothing could be seen, and that keep a check from judging all. */
function unseen(paths: readonly Path[]): string[] {
  const silent = paths.filter(({ recording }) => saysNothing(recording));
  if (silent.length === 0) return [];
  const of = (some: readonly Path[]): string[] => [
    ...new Set(some.map(({ recording }) => recording.boot.platform)),
  ];
  const left = of(paths.filter((path) => !silent.includes(path)));
  const isApart = left.length > 0 && of(silent).every((platform) => !left.includes(platform));
  const without = isApart
    ? `check without it: --platform ${left.join(',')}`
    : 'check without it: --entry, --platform';
  return silent.map(({ name, recording }) => `# ${name} cannot be judged, ${without}. ${recording.reason}`);
}

/** Each with a name of its own. */
function namedApart(rules: readonly Rule[]): Rule[] {
  return rules.map((rule, at) => {
    const before = rules.slice(0, at).filter(({ name }) => name === rule.name).length;
    return before === 0 ? rule : { ...rule, name: `${rule.name}-${before + 1}` };
  });
}

const editor =
  '# yaml-language-server: $schema=./node_modules/zeropage/schema/contract.schema.json\n# docs/contract.md; zeropage check IMAGE --contract FILE';

function offered(offers: readonly Offer[]): Rule[] {
  const ids = offers.filter((offer) => offer.offered).map(({ id }) => id);
  const comment = 'Loaders take one of these; one that is gone is a loader that fails.';
  return ids.length > 0 ? [{ name: 'entries', comment, offered: ids }] : [];
}

/** The last waypoint of each path, those with the same together. */
function reached(paths: readonly Path[]): Rule[] {
  const told = paths.filter(({ recording }) => !saysNothing(recording));
  const byWaypoint = grouped(told, ({ recording }) => recording.waypoints.at(-1)?.name ?? '');
  const comment = 'So far each boot got.';
  return [...byWaypoint].flatMap(([waypoint, some]) => {
    if (!isWaypoint(waypoint)) return [];
    return selections(some, told).map(({ suffix, when }) => ({
      name: `reaches-${waypoint}${suffix}`,
      comment,
      ...when,
      reaches: waypoint,
    }));
  });
}

/** Initialisers that every path entered before `start_kernel`. */
function onAll(paths: readonly Path[]): Rule[] {
  const [first, ...others] = paths.filter(metAtAll);
  if (!first || others.length === 0) return [];
  const sets = others.map((path) => new Set(initialisersOf(path)));
  const required = initialisersOf(first).filter((name) => sets.every((set) => set.has(name)));
  const comment = 'Each entry has a stub of its own, and none may forget what common code relies on.';
  if (required.length === 0) return [];
  return selections([first, ...others], paths).map(({ suffix, when }) => ({
    name: `on-every-path${suffix}`,
    comment,
    ...when,
    required,
    before: meeting,
  }));
}

/** Those that only some entered. */
function onSome(paths: readonly Path[]): Rule[] {
  const met = paths.filter(metAtAll);
  const names = [...new Set(met.flatMap(initialisersOf))];
  const groups = grouped(names, (name) =>
    JSON.stringify(met.filter((path) => initialisersOf(path).includes(name)).map(({ name: id }) => id)),
  );
  const comment = 'These alone did; the others have it done for them, or do without.';
  return [...groups.values()].flatMap((required) => {
    const some = met.filter((path) => initialisersOf(path).includes(required[0]!));
    if (some.length === met.length) return [];
    return selections(some, paths).map(({ who, when }) => ({
      name: `on-${who}`,
      comment,
      ...when,
      required,
      before: meeting,
    }));
  });
}

/** cr4_init_shadow() came before anybody sets a bit of CR4. */
const shadowed: Probe = { at: meeting, expression: 'percpu(cpu_tlbstate.cr4) == cr4' };

/** What boots are to be asked, so that a first contract can ask it of them. */
export const firstProbes: readonly Probe[] = [shadowed];

/** The CR4 that the kernel believes to have is that of the processor, on every path. */
function shadow(paths: readonly Path[]): Rule[] {
  const { at, expression } = shadowed;
  const holds = ({ recording }: Path): boolean =>
    recording.probes.some((one) => one.at === at && one.expression === expression && one.value === '0x1');
  if (paths.length === 0 || !paths.every(holds)) return [];
  const comment = 'Whoever sets a bit of CR4 from here on starts from the shadow.';
  return [{ name: 'cr4-shadow', comment, at, holds: expression }];
}

/** Instructions of the kernel before `start_kernel`, the most of an entry's paths and some room. */
function limits(paths: readonly Path[]): Rule[] {
  const byEntry = grouped(paths.filter(metAtAll), ({ recording }) => recording.boot.entry);
  return [...byEntry].flatMap(([entry, some]) => {
    const values = some.map((path) => measured('kernel-instructions', path, meeting));
    const counts = values.filter((value) => typeof value === 'number');
    if (counts.length === 0) return [];
    const comment = 'A fifth more than it took.';
    return [
      {
        name: `instructions-${entry}`,
        comment,
        when: { entries: entry },
        limit: 'kernel-instructions' as const,
        before: meeting,
        'at-most': rounded(Math.max(...counts) * ROOM),
      },
    ];
  });
}

/** Up to the next number with few digits. */
function rounded(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) + 1 - DIGITS);
  return Math.ceil(value / unit) * unit;
}

const metAtAll = ({ recording }: Path): boolean => recording.waypoints.some(({ name }) => name === meeting);

/** Known initialisers that a path entered before `start_kernel`, under names that rules go by. */
function initialisersOf(path: Path): string[] {
  return path.before.filter((name) => initialiserNames.has(name) && rowsOf(path.recording, name).length > 0);
}
