import {
  boundsOf,
  facts,
  type LinkerTableEntry,
  nameAt,
  nameOfPointer,
  places,
  type TableReader,
} from './linker-table.js';

/** IOMMU_FINISH_IF_DETECTED: when this one is found, the others are not asked. */
const FINISH_IF_DETECTED = 1;

/**
 * x86 IOMMUs in 5.10, no longer in 6.1, as linked (the kernel sorts them by `depend` at boot):
 * struct iommu_table_entry { detect, depend, early_init, late_init, flags }.
 */
export const iommuTable: TableReader = {
  id: 'iommu_table',
  order: 55,
  title: 'x86 IOMMUs',
  source: 'arch/x86/include/asm/iommu_table.h',
  read(context) {
    const { space, symbols } = context;
    const bounds = boundsOf(context, '__iommu_table', '__iommu_table_end', '.iommu_table');
    if (!bounds) return undefined;
    const word = BigInt(space.word);
    const entries: LinkerTableEntry[] = [];
    for (const place of places(bounds, 5 * space.word)) {
      const address = space.pointer(place);
      if (!address) break;
      entries.push({
        place,
        address,
        name: nameAt(symbols, address),
        facts: facts({
          depend: nameOfPointer(context, place + word),
          early_init: nameOfPointer(context, place + 2n * word),
          late_init: nameOfPointer(context, place + 3n * word),
          'finish if detected': (space.i32(place + 4n * word) ?? 0) & FINISH_IF_DETECTED ? 'yes' : undefined,
        }),
      });
    }
    return { ...bounds, entries };
  },
};
