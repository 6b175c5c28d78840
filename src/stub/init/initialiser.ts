import { hypervisorType } from '../../abi/boot-information.js';
import { hardwareSubarch } from '../../abi/hardware-subarch.js';
import { INIT_MAX_DEPENDENCIES, INIT_MAX_ENTRIES, initAxes, type initStage } from '../../abi/init-entry.js';
import { type Applicability, maskOf } from '../../core/applicability.js';
import { type OrderedItem, type Ordering, order } from '../../core/ordered-table.js';

export type InitStage = keyof typeof initStage;

/** A piece of a guest's initialisation; `C` is how its functions are named: a label, or an address in an image. */
export interface Initialiser<C> extends OrderedItem {
  /** On which hypervisor types and hardware subarchs, in this order. */
  readonly where: readonly [hypervisors: Applicability, subarchs: Applicability];
  /** Alternatives: of a group, those behind one that is detected and says `finishIfDetected` are not asked. */
  readonly group?: string;
  readonly finishIfDetected?: boolean;
  /** A function that returns above 0 when what the initialiser is for is there; without it that is always so. */
  readonly detect?: C;
  readonly callbacks: Readonly<Partial<Record<InitStage, C>>>;
}

/** Where something is required, supported and forbidden, by name. */
interface Names<N extends string> {
  readonly require?: readonly N[] | 'all';
  readonly support?: readonly N[] | 'all';
  readonly forbid?: readonly N[] | 'all';
}

/** An initialiser's `where`, from names: `on({ require: ['xen'] }, { support: 'all' })`. */
export function on(
  hypervisors: Names<keyof typeof hypervisorType>,
  subarchs: Names<keyof typeof hardwareSubarch>,
): Initialiser<unknown>['where'] {
  return [masks({ values: hypervisorType }, hypervisors), masks({ values: hardwareSubarch }, subarchs)];
}

function masks<N extends string>(
  axis: { readonly values: Readonly<Record<N, number>> },
  names: Names<N>,
): Applicability {
  return {
    require: maskOf(axis, names.require),
    support: maskOf(axis, names.support),
    forbid: maskOf(axis, names.forbid),
  };
}

/** What a name in a table may look like: `depends` separates names by blanks. */
const INIT_NAME = /^[\x21-\x7e]{1,63}$/;

/**
 * Sorts a guest's initialisers by level, dependency and name (compilers and linkers do not keep the order of declaration), and
 * lists everything that is wrong with them.
 */
export function orderInitialisers<C>(initialisers: readonly Initialiser<C>[]): Ordering<Initialiser<C>> {
  if (initialisers.length === 0) return { sorted: [], problems: ['nothing is declared'] };
  if (initialisers.length > INIT_MAX_ENTRIES) {
    return { sorted: [], problems: [`${initialisers.length} initialisers, at most ${INIT_MAX_ENTRIES}`] };
  }
  const byName = [...initialisers].sort((a, b) => (a.id < b.id ? -1 : 1));
  const { sorted, problems } = order(byName, initAxes);
  return { sorted, problems: [...problems, ...initialisers.flatMap(ownProblems)] };
}

function ownProblems<C>({ id, depends, callbacks, ...rest }: Initialiser<C>): string[] {
  const { group, finishIfDetected, detect } = rest;
  const problems: (string | false | undefined)[] = [
    !INIT_NAME.test(id) && `'${id}': a name has 1 to 63 printable characters and no blanks`,
    Object.values(callbacks).every((callback) => callback === undefined) &&
      `'${id}' has no callback for any stage`,
    new Set(depends).size > INIT_MAX_DEPENDENCIES &&
      `'${id}' depends on ${new Set(depends).size} others, at most ${INIT_MAX_DEPENDENCIES}`,
    finishIfDetected && group === undefined && `'${id}' finishes if detected, but is in no group`,
    finishIfDetected &&
      detect === undefined &&
      `'${id}' finishes if detected, but has no detect: what follows in '${group}' could never run`,
  ];
  return problems.filter((problem) => typeof problem === 'string');
}

/** What a table holds about an initialiser's place in it. */
export interface Links {
  readonly groupIndex: number;
  readonly dependencies: readonly number[];
}

/** Dependencies as indexes into the sorted table and groups as numbers from 1. */
export function linksOf<C>(sorted: readonly Initialiser<C>[]): Links[] {
  const index = new Map(sorted.map(({ id }, at) => [id, at]));
  const groups = [...new Set(sorted.flatMap(({ group }) => group ?? []))];
  return sorted.map(({ depends = [], group }) => ({
    groupIndex: group === undefined ? 0 : groups.indexOf(group) + 1,
    dependencies: [...new Set(depends)].map((id) => index.get(id)!),
  }));
}
