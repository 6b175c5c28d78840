import {
  facts,
  type LinkerTableEntry,
  nameAt,
  nameOfPointer,
  type TableReader,
  textOfPointer,
} from './linker-table.js';

/** More hypervisors than this are not believed. */
const maxEntries = 64;

/**
 * Hypervisors the kernel can detect, in order: pointers to struct hypervisor_x86 { name, detect, type, … }.
 * The array is a static one with no end of its own: it goes on as long as its words point to such structures.
 */
export const hypervisors: TableReader = {
  id: 'hypervisors',
  order: 40,
  title: 'x86 hypervisors',
  source: 'arch/x86/kernel/cpu/hypervisor.c',
  read(context) {
    const { space, symbols } = context;
    const symbol = symbols.findAll('hypervisors').find(({ type }) => 'dDrRbB'.includes(type));
    if (!symbol) return undefined;
    const start = symbol.address;
    const word = BigInt(space.word);
    const entries: LinkerTableEntry[] = [];
    let place = start;
    for (; entries.length < maxEntries; place += word) {
      if (place !== start && symbols.exactly(place)) break;
      const address = space.pointer(place);
      const name = address ? textOfPointer(context, address) : undefined;
      if (!address || !name) break;
      entries.push({
        place,
        address,
        name: nameAt(symbols, address),
        facts: facts({
          hypervisor: name,
          detect: nameOfPointer(context, address + word),
          type: space.i32(address + 2n * word)?.toString(),
        }),
      });
    }
    if (entries.length === 0) return undefined;
    return { start, end: place, foundBy: 'symbol hypervisors', entries };
  },
};
