/** What every registered thing states about itself; the same shape the project offers to guests as init tables. */
export interface OrderedItem {
  readonly id: string;
  /** Order level: lower comes first. */
  readonly order: number;
  /** Ids that must come before this one. */
  readonly depends?: readonly string[];
}

/**
 * Sorts a registry by level, then by dependency, then by the order of declaration.
 * Throws when an id occurs twice, a dependency is unknown, stands on a higher level (a level inversion),
 * or when dependencies form a cycle; the message names the chain.
 */
export function orderedTable<T extends OrderedItem>(name: string, items: readonly T[]): readonly T[] {
  const byId = new Map<string, T>();
  for (const item of items) {
    if (byId.has(item.id)) throw new Error(`${name}: '${item.id}' is registered twice`);
    byId.set(item.id, item);
  }
  const sorted: T[] = [];
  const done = new Set<string>();
  const visit = (item: T, chain: readonly string[]): void => {
    if (done.has(item.id)) return;
    const at = chain.indexOf(item.id);
    if (at !== -1) throw new Error(`${name}: cycle ${[...chain.slice(at), item.id].join(' → ')}`);
    for (const id of item.depends ?? []) {
      const needed = byId.get(id);
      if (!needed) throw new Error(`${name}: '${item.id}' depends on '${id}', which is not registered`);
      if (needed.order > item.order) {
        throw new Error(
          `${name}: level inversion: '${item.id}' (level ${item.order}) depends on '${id}' (level ${needed.order})`,
        );
      }
      visit(needed, [...chain, item.id]);
    }
    done.add(item.id);
    sorted.push(item);
  };
  const levels = [...items].sort((a, b) => a.order - b.order);
  for (const item of levels) visit(item, []);
  return sorted;
}
