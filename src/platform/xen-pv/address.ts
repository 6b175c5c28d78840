import { XEN_AREA } from '../../abi/xen.js';

/** Whether bits 63 to 47 of an address are alike. */
export function isCanonical(value: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(48, value)) === value;
}

/** Whether an address lies in Xen's part of a guest's address space. */
export function isXens(value: bigint): boolean {
  return value >= XEN_AREA.start && value < XEN_AREA.end;
}
