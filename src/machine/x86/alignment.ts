/**
 * What an access of `bytes` must be aligned to under alignment checking, less one (Intel SDM vol. 3, table 7-7): its own
 * size; 8 for the 10 bytes of an x87 register. Accesses of other lengths are made of parts that say for themselves.
 * That 16 bytes are checked (MOVUPS, MOVDQU) is left to the processor by Intel and so on AMD's.
 */
export function alignmentMask(bytes: number): number {
  switch (bytes) {
    case 2:
    case 4:
    case 8:
    case 16:
      return bytes - 1;
    case 10:
      return 7;
    default:
      return 0;
  }
}
