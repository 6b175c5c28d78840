import { multicallEntry } from '../../../abi/xen-structures.js';
import type { XenDomain } from '../domain.js';
import { type Arguments, fail, type Hypercall, type Result } from '../hypercall.js';

/** multicall: array of entries, count. One within another is refused; a result that cannot be written ends it. */
function multicall(domain: XenDomain, [array, count]: Arguments): Result {
  if (domain.inMulticall) return fail('EINVAL');
  const length = Number(BigInt.asUintN(32, count));
  domain.inMulticall = true;
  try {
    for (let i = 0; i < length; i++) {
      const at = array + BigInt(i * multicallEntry.size);
      const entry = domain.guest.readStruct(multicallEntry, at);
      if (!entry) return fail('EFAULT');
      const { op, args } = entry;
      const words = new BigUint64Array(args.slice().buffer);
      const number = Number(op);
      const result = domain.hypercall(number, [...words] as unknown as Arguments);
      const isWritten = domain.guest.writeFields(multicallEntry, at, {
        result: BigInt.asUintN(64, BigInt(result)),
      });
      // The guest is elsewhere now, and its RAX there is the result (Xen common/multicall.c, mc_exit).
      if (number === domain.iret) return result;
      if (!isWritten) return fail('EFAULT');
    }
    return 0;
  } finally {
    domain.inMulticall = false;
  }
}

export const multicallOp: Hypercall = { number: 13, name: 'multicall', run: multicall };
