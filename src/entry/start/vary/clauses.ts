import type { Clauses } from './choice.js';

/** Clauses of the ABIs that leave things open to the loader, by what they are about. */

const boot32 = 'Documentation/arch/x86/boot.rst, "32-bit Boot Protocol"';
const boot64 = 'Documentation/arch/x86/boot.rst, "64-bit Boot Protocol"';
const pvh = 'Xen docs/misc/pvh.pandoc: "All other processor registers and flag bits are unspecified"';
const multiboot =
  'Multiboot Specification 0.6.96, section 3.2: "All other processor registers and flag bits are undefined"';
const multiboot2 =
  'Multiboot2 Specification, section 3.3: "All other processor registers, flag bits and state are undefined"';

/** Registers and flags that are not named. */
export const unnamed = {
  linux32: `${boot32} names ESI, EBP, EDI, EBX, the segments and IF alone`,
  linux64: `${boot64} names RSI, the segments and IF alone`,
  pvh,
  multiboot,
  multiboot2,
} as const satisfies Clauses;

/** What lies in memory that nobody was told of. */
export const unwritten = {
  linux32: `${boot32} says nothing of memory but what is loaded and handed over`,
  linux64: `${boot64} says nothing of memory but what is loaded and handed over`,
  pvh: 'Xen docs/misc/pvh.pandoc says nothing of memory but what is loaded and handed over',
  'xen-pv': 'xen/include/public/xen.h, "Start-of-day memory layout", says nothing of other memory',
  multiboot: 'Multiboot Specification 0.6.96, section 3.3: memory that is not in use has no stated content',
  multiboot2: 'Multiboot2 Specification, section 3.4: memory that is not in use has no stated content',
} as const satisfies Clauses;

const x8664 =
  'boot protocols ask for an x86-64 processor, of no maker and with no leaf of CPUID in particular';

/** Which processor it is. */
export const processors = {
  linux32: x8664,
  linux64: x8664,
  pvh: x8664,
  'xen-pv': x8664,
  multiboot: x8664,
  multiboot2: x8664,
} as const satisfies Clauses;
