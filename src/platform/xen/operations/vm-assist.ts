import { fail, type Hypercall, implemented } from '../hypercall.js';

/** Assists of a 64-bit guest: 4gb_segments, its notify, writable_pagetables, pae_extended_cr3, architectural_iopl, runstate_update_flag, m2p_strict. */
const ASSISTS = new Set([0, 1, 2, 3, 4, 5, 32]);

/** vm_assist (Xen public/xen.h): enable or disable, which. */
export const vmAssist: Hypercall = {
  number: 21,
  name: 'vm_assist',
  operations: [true, false].map((on) =>
    implemented(on ? 0 : 1, on ? 'enable' : 'disable', (domain, [, type]) => {
      const bit = Number(BigInt.asUintN(32, type));
      if (!ASSISTS.has(bit)) return fail('EINVAL');
      if (bit < 32) domain.assists = on ? domain.assists | (1 << bit) : domain.assists & ~(1 << bit);
      return 0;
    }),
  ),
};
