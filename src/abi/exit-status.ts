/**
 * The leaf of CPUID by which code of a guest ends the machine, with an exit status in the low 8 bits of ECX. CPUID works at every
 * privilege level and under every kernel, so that a guest's init needs no right for it; Intel and AMD keep leaves from
 * 4000_0000 to 4FFF_FFFF free for hypervisors, and elsewhere it does nothing. "ZP" in ASCII is 5A50.
 */
export const exitStatusLeaf = 0x4f5a5000;
