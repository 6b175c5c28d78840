import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import { faultAddress } from '../fault-address.js';
import { firstEntries, hasFunction } from '../first-entries.js';
import { reached } from '../language/paths.js';
import { regionOf } from '../linux/address-space.js';
import { type Initialiser, initialisers, namesOf } from '../linux/initialisers.js';
import { type Starter, starterOf } from '../linux/starter.js';
import { nameAll } from '../name-all.js';
import { pathCommand } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Detected, Detector } from './detector.js';
import { onlyOthersEnter } from './only-others.js';
import { unsetState } from './unset-state.js';

/** A path leaves out an initialiser that it must run. */
export const missingCall: Detector = {
  id: 'missing-call',
  order: 2,
  severity: 'error',
  title: 'A path leaves out an initialiser',
  *detect(subject) {
    for (const path of subject.paths) {
      const starter = starterOf(path.recording);
      if (!starter) continue;
      for (const initialiser of initialisers)
        if (isRequired(initialiser, path, starter) && isMissing(initialiser, path, starter))
          yield missing(initialiser, path, subject);
    }
    yield* unsetState(subject);
    yield* onlyOthersEnter(subject);
  },
};

function isRequired(
  { required, platform, since }: Initialiser,
  { recording: { boot, image } }: Path,
  starter: Starter,
): boolean {
  const first = since?.[starter];
  return (
    required.includes(starter) &&
    (platform === undefined || platform === boot.platform) &&
    (first === undefined || isFrom(image.release, first))
  );
}

function isFrom(release: string | null, [major, minor]: readonly [number, number]): boolean {
  const [, first, second] = /^(\d+)\.(\d+)/.exec(release ?? '') ?? [];
  return first !== undefined && (Number(first) - major || Number(second) - minor) >= 0;
}

function isMissing(initialiser: Initialiser, path: Path, starter: Starter): boolean {
  const { before, keeps } = initialiser;
  const end = reached(path, before);
  if (keeps) {
    const known = end === undefined ? atDeath(path, keeps) : atWaypoint(path, before, keeps);
    if (known) return isUnset(known.kept) && !isUnset(known.register);
  }
  if (!namesOf(initialiser).some((name) => hasFunction(path, name))) return false;
  const ran = entry(initialiser, path);
  if (end !== undefined) return ran === undefined || ran >= end;
  return ran === undefined && (isPassed(initialiser, path, starter) || isBlamed(initialiser, path, starter));
}

interface Kept {
  readonly kept: string;
  readonly register: string;
}

/** What a variable kept of a register at a waypoint, and the register; undefined where that was not seen. */
function atWaypoint(
  { recording: { states } }: Path,
  at: string,
  { variable, register }: NonNullable<Initialiser['keeps']>,
): Kept | undefined {
  const state = states.find(({ waypoint }) => waypoint === at);
  const kept = state?.kept[variable];
  return kept === undefined ? undefined : { kept, register: state!.registers[register]! };
}

/** The same where a boot died of what it wrote to that register: it had been made of what was kept. */
function atDeath(
  { recording: { autopsy, keptAtDeath } }: Path,
  { variable, register }: NonNullable<Initialiser['keeps']>,
): Kept | undefined {
  const kept = keptAtDeath[variable];
  const isWrite = autopsy?.fault?.code?.text.endsWith(`,%${register}`) === true;
  return isWrite && kept !== undefined ? { kept, register: autopsy.registers[register]! } : undefined;
}

/** What a variable holds that has not been set. */
const isUnset = (value: string): boolean => /^0x(0|f{8}|f{16})$/.test(value);

function entry(initialiser: Initialiser, path: Path): number | undefined {
  const entered = firstEntries(path);
  return namesOf(initialiser)
    .map((name) => entered.get(name))
    .find((instruction) => instruction !== undefined);
}

/** A boot that died before paths met had come to what its starter calls behind this one. */
function isPassed(initialiser: Initialiser, path: Path, starter: Starter): boolean {
  // Starters keep of the processor what they do at other times.
  if (initialiser.before !== 'start_kernel' || initialiser.keeps !== undefined) return false;
  return initialisers
    .slice(initialisers.indexOf(initialiser) + 1)
    .some(
      (each) =>
        each.required.includes(starter) && each.keeps === undefined && entry(each, path) !== undefined,
    );
}

/** Who calls the initialisers of a starter. */
const callers: Readonly<Record<Starter, string>> = {
  native: 'x86_64_start_kernel',
  pvh: 'x86_64_start_kernel',
  'xen-pv': 'xen_start_kernel',
};

/** A boot died of an access to what this one maps, and who should have called it had begun: before that it is not missing yet. */
function isBlamed({ name }: Initialiser, path: Path, starter: Starter): boolean {
  const { autopsy } = path.recording;
  if (!firstEntries(path).has(callers[starter])) return false;
  const address = autopsy?.fault ? faultAddress(autopsy.fault) : undefined;
  return address !== undefined && regionOf(address)?.mappedBy.includes(name) === true;
}

function missing(initialiser: Initialiser, path: Path, subject: Subject): Detected {
  const { name, before, keeps, breaks, source } = initialiser;
  const { recording } = path;
  const ran = entry(initialiser, path);
  const end = reached(path, before);
  const others = subject.paths.filter((other) => {
    const starter = starterOf(other.recording);
    return other !== path && starter && shows(initialiser, other) && !isMissing(initialiser, other, starter);
  });
  const when = ran === undefined ? 'never runs' : `runs only at instruction ${ran}, behind ${before}`;
  const isSeen = namesOf(initialiser).some((each) => hasFunction(path, each));
  const where =
    end === undefined ? `where the boot died of what it wrote to ${keeps?.register}` : `at ${before}`;
  const what = isSeen || !keeps ? when : `has not run: ${keeps.variable} is not set ${where}`;
  return {
    entry: columnName(recording.boot),
    function: name,
    instruction: ran ?? end ?? recording.instructions,
    message: `${name}, which this path must run before ${before}, ${what}; without it ${breaks} (${source}).`,
    other: others.length > 0 ? `${nameAll(others)}: it ran before ${before}.` : null,
    confidence: 'likely',
    reproduce: pathCommand('trace', subject, path, end === undefined ? [] : [`--until ${before}`]),
  };
}

/** Whether a path shows if this one ran: it has the function, or what it keeps was looked at. */
function shows(initialiser: Initialiser, path: Path): boolean {
  if (reached(path, initialiser.before) === undefined) return false;
  const { keeps } = initialiser;
  const isKept = path.recording.states.some(({ kept }) => keeps && kept[keeps.variable] !== undefined);
  return isKept || entry(initialiser, path) !== undefined;
}
