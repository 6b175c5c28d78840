import { boundsOf, facts, type LinkerTableEntry, nameAt, places, type TableReader } from './linker-table.js';

/** module_param() and core_param() of built-in code: struct kernel_param { name, mod, ops, perm, level, flags, arg }. */
export const moduleParameters: TableReader = {
  id: 'param',
  order: 20,
  title: 'Parameters of built-in modules',
  source: 'include/linux/moduleparam.h',
  read(context) {
    const { space, symbols } = context;
    const bounds = boundsOf(context, '__start___param', '__stop___param', '__param');
    if (!bounds) return undefined;
    const word = BigInt(space.word);
    const entries: LinkerTableEntry[] = [];
    for (const place of places(bounds, 4 * space.word + 4 + (space.word - 4))) {
      const string = space.pointer(place);
      const parameter = string ? space.text(string) : undefined;
      const ops = space.pointer(place + 2n * word);
      const address = space.pointer(place + 3n * word + 4n + (word - 4n));
      if (!parameter || !ops || address === undefined) continue;
      entries.push({
        place,
        address,
        name: nameAt(symbols, address),
        facts: facts({ parameter, ops: nameAt(symbols, ops) }),
      });
    }
    return { ...bounds, entries };
  },
};
