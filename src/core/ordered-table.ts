import {
  type Applicability,
  type Axis,
  applicabilityProblems,
  describeRegion,
  forbiddenRegion,
  permittedRegion,
  type Region,
  requiredRegion,
} from './applicability.js';

/** What every registered thing states about itself; the same shape the project offers to guests as init tables. */
export interface OrderedItem {
  readonly id: string;
  /** Order level: lower comes first. */
  readonly order: number;
  /** Ids that must come before this one. */
  readonly depends?: readonly string[];
  /** Where it is required, supported and forbidden, one for each axis of its table. */
  readonly where?: readonly Applicability[];
}

/** A table in order, and everything that is wrong with its declarations; the order means nothing where there are problems. */
export interface Ordering<T> {
  readonly sorted: readonly T[];
  readonly problems: readonly string[];
}

/**
 * Sorts a registry by level, then by dependency, then by the order of declaration.
 * Throws on the first problem that `order` finds; the message begins with the registry's name.
 */
export function orderedTable<T extends OrderedItem>(
  name: string,
  items: readonly T[],
  axes: readonly Axis[] = [],
): readonly T[] {
  const { sorted, problems } = order(items, axes);
  if (problems.length > 0) throw new Error(`${name}: ${problems[0]}`);
  return sorted;
}

/**
 * Sorts like `orderedTable` and lists the problems: an id that occurs twice, an unknown dependency, one on a higher level (a
 * level inversion), dependencies that form a cycle. With axes also: an item that does not say where it may run, one that is
 * required where something it depends on cannot run. Each message names the chain.
 */
export function order<T extends OrderedItem>(items: readonly T[], axes: readonly Axis[] = []): Ordering<T> {
  const problems: string[] = [];
  const byId = new Map<string, T>();
  for (const item of items) {
    if (byId.has(item.id)) problems.push(`'${item.id}' is registered twice`);
    else byId.set(item.id, item);
  }
  const sorted: T[] = [];
  const done = new Set<string>();
  const chain: string[] = [];
  const visit = (item: T): void => {
    if (done.has(item.id)) return;
    const at = chain.indexOf(item.id);
    if (at !== -1) {
      problems.push(`cycle ${[...chain.slice(at), item.id].join(' → ')}`);
      return;
    }
    chain.push(item.id);
    for (const id of item.depends ?? []) {
      const needed = byId.get(id);
      if (!needed) problems.push(`'${item.id}' depends on '${id}', which is not registered`);
      else if (needed.order > item.order) {
        problems.push(
          `level inversion: '${item.id}' (level ${item.order}) depends on '${id}' (level ${needed.order})`,
        );
      } else visit(needed);
    }
    chain.pop();
    done.add(item.id);
    sorted.push(item);
  };
  for (const item of [...items].sort((a, b) => a.order - b.order)) visit(item);
  if (axes.length > 0) {
    // Along a cycle there is no end to follow.
    const acyclic = problems.length === 0;
    for (const { id, where } of items) {
      for (const problem of applicabilityProblems(where, axes)) problems.push(`'${id}' ${problem}`);
    }
    if (acyclic) problems.push(...unmetRequirements(sorted, byId, axes));
  }
  return { sorted, problems };
}

/** Items that are required where something they depend on, directly or not, cannot run. */
function unmetRequirements<T extends OrderedItem>(
  sorted: readonly T[],
  byId: ReadonlyMap<string, T>,
  axes: readonly Axis[],
): string[] {
  const needs = (item: T): T[] => (item.depends ?? []).flatMap((id) => byId.get(id) ?? []);
  // Dependencies come first in the order, so what they permit is known when it is asked for.
  const runs = new Map<string, Region>();
  for (const item of sorted) {
    const own = permittedRegion(item.where ?? []);
    runs.set(
      item.id,
      needs(item).reduce((region, { id }) => region & (runs.get(id) ?? region), own),
    );
  }
  return sorted.flatMap((item) => {
    const unmet = requiredRegion(item.where ?? []) & ~runs.get(item.id)!;
    if (unmet === 0n) return [];
    const chain: T[] = [item];
    for (let region = unmet; (region & ~permittedRegion(chain.at(-1)!.where ?? [])) === 0n; ) {
      const next = needs(chain.at(-1)!).find(({ id }) => region & ~runs.get(id)!);
      if (!next) break;
      region &= ~runs.get(next.id)!;
      chain.push(next);
    }
    const last = chain.at(-1)!;
    const there = unmet & ~permittedRegion(last.where ?? []);
    const why = there & forbiddenRegion(last.where ?? []) ? 'forbidden' : 'unsupported';
    const path = chain.map(({ id }) => id).join(' → ');
    return [
      `'${item.id}' is required on ${describeRegion(there, axes)}, where '${last.id}' is ${why}: ${path}`,
    ];
  });
}
