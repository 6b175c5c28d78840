import { boundsOf, facts, pointerEntries, type TableReader, textOfPointer } from './linker-table.js';

/** Processor vendors known to the kernel: pointers to struct cpu_dev { c_vendor, c_ident[2], … }. */
export const x86CpuDev: TableReader = {
  id: 'x86_cpu_dev',
  order: 30,
  title: 'x86 processor vendors',
  source: 'arch/x86/kernel/cpu/cpu.h',
  read(context) {
    const bounds = boundsOf(context, '__x86_cpu_dev_start', '__x86_cpu_dev_end', '.x86_cpu_dev.init');
    if (!bounds) return undefined;
    const word = BigInt(context.space.word);
    const entries = pointerEntries(context, bounds).map((entry) => ({
      ...entry,
      facts: facts({
        vendor: textOfPointer(context, entry.address),
        cpuid: textOfPointer(context, entry.address + word),
        'cpuid, or': textOfPointer(context, entry.address + 2n * word),
      }),
    }));
    return { ...bounds, entries };
  },
};
