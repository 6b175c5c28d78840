import type { XenDomain } from '../domain.js';
import { type Arguments, fail, type Hypercall, type Result } from '../hypercall.js';

/** struct multicall_entry: operation, result, six arguments. */
const ENTRY = 64;

/** multicall: array of entries, count. One within another is refused; a result that cannot be written ends it. */
function multicall(domain: XenDomain, [array, count]: Arguments): Result {
  if (domain.inMulticall) return fail('EINVAL');
  const length = Number(BigInt.asUintN(32, count));
  domain.inMulticall = true;
  try {
    for (let i = 0; i < length; i++) {
      const at = array + BigInt(i * ENTRY);
      const view = domain.guest.read(at, ENTRY);
      if (!view) return fail('EFAULT');
      const word = (n: number): bigint => view.getBigUint64(n * 8, true);
      const args: Arguments = [word(2), word(3), word(4), word(5), word(6), word(7)];
      const number = Number(word(0));
      const result = domain.hypercall(number, args);
      const isWritten = domain.guest.writeU64(at + 8n, BigInt.asUintN(64, BigInt(result)));
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
