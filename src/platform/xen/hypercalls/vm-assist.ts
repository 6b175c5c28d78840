import { ASSIST } from '../../../abi/xen.js';
import { fail, type Hypercall, implemented } from '../hypercall.js';

const assists: ReadonlySet<number> = new Set(Object.values(ASSIST));
/** The others are about paravirtual page tables and descriptors (Xen arch/x86/include/asm/domain.h, HVM_VM_ASSIST_VALID). */
const hvmAssists: ReadonlySet<number> = new Set([ASSIST.runstateUpdateFlag]);

/** vm_assist (Xen public/xen.h): enable or disable, which. */
export const vmAssist: Hypercall = {
  number: 21,
  name: 'vm_assist',
  operations: [true, false].map((on) =>
    implemented(on ? 0 : 1, on ? 'enable' : 'disable', (domain, [, type]) => {
      const bit = Number(BigInt.asUintN(32, type));
      if (!(domain.kind === 'pv' ? assists : hvmAssists).has(bit)) return fail('EINVAL');
      if (bit < 32) domain.assists = on ? domain.assists | (1 << bit) : domain.assists & ~(1 << bit);
      return 0;
    }),
  ),
};
