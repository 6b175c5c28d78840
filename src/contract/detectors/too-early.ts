import type { Fault } from '../../autopsy/fault.js';
import { columnName } from '../../boot/column-name.js';
import type { Path } from '../../compare/path.js';
import { hex } from '../../core/errors.js';
import { meetingPoint } from '../../trace/before.js';
import { callerOf } from '../caller.js';
import { faultAddress } from '../fault-address.js';
import { firstEntries, hasFunction, sourceName } from '../first-entries.js';
import { regionOf } from '../linux/address-space.js';
import { type Dependency, dependencies } from '../linux/dependencies.js';
import { initialisers } from '../linux/initialisers.js';
import { nameAll } from '../name-all.js';
import { pathCommand } from '../reproduce.js';
import type { Subject } from '../subject.js';
import type { Detected, Detector } from './detector.js';

/** Something is used before what it needs is mapped or initialised. */
export const tooEarly: Detector = {
  id: 'too-early',
  order: 3,
  severity: 'error',
  title: 'A path uses something before it is mapped or initialised',
  *detect(subject) {
    for (const path of subject.paths) {
      const broken = dependencies.flatMap((dependency) => brokenOrder(dependency, path, subject));
      const access = deadlyAccess(path, subject);
      yield* broken;
      // The order explains the access.
      if (access && broken.length === 0) yield access;
    }
  },
};

/** The function of a dependency that ran first, before what it needs. */
function brokenOrder(dependency: Dependency, path: Path, subject: Subject): Detected[] {
  const { functions, after, breaks, source } = dependency;
  const entered = firstEntries(path);
  const set = entered.get(after);
  const early = [...entered].find(([name]) => functions.test(name));
  if (!early || early[1] >= (set ?? Number.POSITIVE_INFINITY)) return [];
  const others = subject.paths.filter((other) => other !== path && firstEntries(other).has(after));
  // That an initialiser is missing is another finding.
  if (set === undefined && !died(path) && initialisers.some((each) => each.name === after)) return [];
  // Somebody must enter it: what is inlined everywhere cannot be seen. A boot that died may have been on its way there.
  const isKnown = set !== undefined || others.length > 0 || (died(path) && hasFunction(path, after));
  if (!isKnown) return [];
  const [name, instruction] = early;
  const when = set === undefined ? 'which never ran' : `which ran at instruction ${set}`;
  return [
    {
      entry: columnName(path.recording.boot),
      function: name,
      instruction,
      message: `${name}${calledBy(path, name)} runs before ${after}, ${when}: ${breaks} (${source}).`,
      other: othersWith(others, name, after),
      confidence: 'likely',
      reproduce: pathCommand('trace', subject, path, [`--until ${set === undefined ? name : after}`]),
    },
  ];
}

function calledBy(path: Path, name: string): string {
  const caller = callerOf(path, name);
  return caller === undefined ? '' : `, entered from ${caller},`;
}

function othersWith(others: readonly Path[], name: string, after: string): string | null {
  const right = others.filter((other) => {
    const entered = firstEntries(other);
    return (entered.get(name) ?? Number.POSITIVE_INFINITY) > entered.get(after)!;
  });
  if (right.length === 0) return null;
  return `${nameAll(right)} ran ${after} before it had anything to do with ${name}.`;
}

/** A boot died of an access to what no code had mapped. */
function deadlyAccess(path: Path, subject: Subject): Detected | undefined {
  const { recording } = path;
  const fault = recording.autopsy?.fault;
  if (!fault || fault.user || !died(path) || !isAccess(fault)) return undefined;
  const address = faultAddress(fault);
  const region = address === undefined ? undefined : regionOf(address);
  const base = {
    entry: columnName(recording.boot),
    function: fault.function,
    instruction: fault.instruction,
    reproduce: pathCommand('boot', subject, path),
  };
  if (region) {
    const entered = firstEntries(path);
    const mapped = region.mappedBy.filter((name) => (entered.get(name) ?? Infinity) < fault.instruction);
    const mapper = region.mappedBy.find((name) => hasFunction(path, name));
    if (mapped.length > 0 || mapper === undefined) return undefined;
    const others = subject.paths.filter((other) => firstEntries(other).has(mapper));
    return {
      ...base,
      message: `${fault.function ?? 'Code'} accesses ${hex(address!)}, which is ${region.name}, before ${mapper} has run, which maps it: ${fault.name}, and the boot ends there.`,
      other: others.length > 0 ? `${nameAll(others)} ran ${mapper} first.` : null,
      confidence: 'likely',
    };
  }
  if (fault.instruction > meetingPoint(recording)) return undefined;
  return tooSoonHere(fault, path, subject, base);
}

/** The function that died ran on other paths, where more had been done before. */
function tooSoonHere(
  fault: Fault,
  path: Path,
  subject: Subject,
  base: Pick<Detected, 'entry' | 'function' | 'instruction' | 'reproduce'>,
): Detected | undefined {
  const name = fault.function && sourceName(fault.function.replace(/\+0x[0-9a-f]+$/, ''));
  if (!name) return undefined;
  const before = firstEntries(path);
  const others = subject.paths.filter((other) => !died(other) && firstEntries(other).has(name));
  const needed = others.map((other) => {
    const entered = [...firstEntries(other).keys()];
    return entered.slice(0, entered.indexOf(name)).filter((each) => !before.has(each));
  });
  const common = (needed[0] ?? []).filter((each) => needed.every((list) => list.includes(each)));
  if (common.length === 0) return undefined;
  const first = common.slice(-most);
  return {
    ...base,
    message: `${name} accesses ${fault.address ?? 'memory'}${fault.addressName ? `, ${fault.addressName},` : ''} before start_kernel, which ends the boot (${fault.name}): something it needs has not been set up.`,
    other: `${nameAll(others)} came to ${name} behind ${first.join(', ')}, which never ran here.`,
    confidence: 'possible',
  };
}

/** So many functions are named that ran before. */
const most = 4;

/** Not an instruction that the processor refuses whatever memory holds. */
function isAccess({ name, code }: Fault): boolean {
  if (name === '#PF') return true;
  return name === '#GP' && code !== null && /\(/.test(code.text);
}

const died = ({ recording }: Path): boolean => recording.verdict === 'failed';
