import type { Put, Saved } from '../../saved.js';

/** GDTR or IDTR. The base is kept as a page and an offset too, so that looking into the table needs no BigInt. */
export class DescriptorTable implements Saved {
  #base = 0n;
  limit = 0xffff;
  /** Linear page number of the base (signed, exact). @unsaved follows from the base */
  page = 0;
  /** Offset of the base in it. @unsaved follows from the base */
  offset = 0;

  get base(): bigint {
    return this.#base;
  }
  set base(value: bigint) {
    this.#base = BigInt.asUintN(64, value);
    const signed = BigInt.asIntN(64, value);
    this.page = Number(signed >> 12n);
    this.offset = Number(signed & 0xfffn);
  }

  save(put: Put): void {
    put(this.#base);
    put(this.limit);
  }
}
