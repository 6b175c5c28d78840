import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import { meetingPoint } from '../../trace/before.js';
import { sections } from '../../trace/recording.js';
import { firstEntries, sourceName } from '../first-entries.js';
import { firstNames } from '../first-names.js';
import { initialiserNames } from '../linux/initialisers.js';
import { nameAll } from '../name-all.js';
import { commandLine } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Detected } from './detector.js';

/** So many functions are named. */
const most = 12;

const functionsBefore = ['function before start_kernel', 'functions before start_kernel'] as const;
const initialisersAfter = ['initialiser behind start_kernel', 'initialisers behind start_kernel'] as const;

/** For each path the functions that all others enter, and it never does: before they meet any, behind that initialisers. */
export function* onlyOthersEnter(subject: Subject): Iterable<Detected> {
  const met = subject.paths.filter(({ recording }) => Number.isFinite(meetingPoint(recording)));
  for (const path of met) {
    const others = met.filter((other) => other !== path);
    if (others.length === 0) continue;
    const before = othersAlone(path, others, (other) => new Set(other.before.map(sourceName)));
    if (before.length > 0) yield noted(path, others, before, functionsBefore, subject);
    const behind = othersAlone(path, others, initialisersBehind);
    if (behind.length > 0) yield noted(path, others, behind, initialisersAfter, subject);
  }
}

/** In the order of the first of the others. */
function othersAlone(
  path: Path,
  [first, ...others]: readonly Path[],
  namesOf: (path: Path) => ReadonlySet<string>,
): string[] {
  const entered = firstEntries(path);
  const rest = others.map(namesOf);
  return [...namesOf(first!)].filter(
    // What a table tells of a function, it tells better.
    (name) => !initialiserNames.has(name) && !entered.has(name) && rest.every((names) => names.has(name)),
  );
}

function initialisersBehind({ entered, recording }: Path): ReadonlySet<string> {
  const { name, section } = recording.functions;
  const meeting = meetingPoint(recording);
  const isInit = (row: number): boolean => sections[section[row]!] === 'init';
  return new Set(
    entered
      .filter(({ row, instruction }) => instruction >= meeting && isInit(row))
      .map(({ row }) => sourceName(name[row]!)),
  );
}

function noted(
  path: Path,
  others: readonly Path[],
  names: readonly string[],
  what: readonly [one: string, many: string],
  subject: Subject,
): Detected {
  const { boot } = path.recording;
  const pair = [others[0]!.recording.boot, boot];
  return {
    severity: 'note',
    entry: columnName(boot),
    function: null,
    instruction: null,
    message: `It never enters what every other path does, ${names.length} ${names.length === 1 ? what[0] : what[1]}: ${firstNames(names, most)}.`,
    other: `${nameAll(others)}: they ran.`,
    confidence: 'possible',
    reproduce: commandLine('compare', subject, [
      `--entry ${[...new Set(pair.map(({ entry }) => entry))].join(',')}`,
      `--platform ${[...new Set(pair.map(({ platform }) => platform))].join(',')}`,
      '--until rest_init',
    ]),
  };
}
