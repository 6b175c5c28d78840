import { boundsOf, pointerEntries, type TableReader } from './linker-table.js';

/** APIC drivers in the order in which they are asked: pointers to struct apic. */
export const apicDrivers: TableReader = {
  id: 'apicdrivers',
  order: 50,
  title: 'APIC drivers',
  source: 'arch/x86/include/asm/apic.h',
  read(context) {
    const bounds = boundsOf(context, '__apicdrivers', '__apicdrivers_end', '.apicdrivers');
    return bounds && { ...bounds, entries: pointerEntries(context, bounds) };
  },
};
