import { ASSIST } from '../../abi/xen.js';
import type { PvDomain } from './domain.js';

/**
 * The privilege level that the running code counts as: programs 3, the guest's kernel 1, or 0 where it has asked for
 * VMASST_TYPE_architectural_iopl (Xen arch/x86/pv/traps.c, permit_softint; emul-priv-op.c, iopl_ok).
 */
export function privilegeLevel(domain: PvDomain): number {
  if (!domain.kernelMode) return 3;
  return hasArchitecturalIopl(domain) ? 0 : 1;
}

export const IOPL_SHIFT = 12;

/** The I/O privilege level travels in RFLAGS of frames. */
export function hasArchitecturalIopl({ assists }: PvDomain): boolean {
  return (assists & (1 << ASSIST.architecturalIopl)) !== 0;
}
