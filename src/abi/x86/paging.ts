/** Bytes of a page, and of one that an entry of a page directory maps in long mode or with PAE. */
export const PAGE_SIZE = 4096;
export const LARGE_PAGE_SIZE = 0x200000;

/** Bits of an entry of any page table that mean the same in all of them (Intel SDM vol. 3, tables 5-15 to 5-20). */
export const PAGE_ENTRY = {
  /** P. */
  PRESENT: 1,
  /** R/W. */
  WRITABLE: 2,
  /** U/S. */
  USER: 4,
  /** A. */
  ACCESSED: 0x20,
  /** D. */
  DIRTY: 0x40,
  /** PS, in tables above the lowest: the entry maps a page. */
  LARGE: 0x80,
  /** G. */
  GLOBAL: 0x100,
} as const;
