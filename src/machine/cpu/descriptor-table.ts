/** GDTR or IDTR. The base is kept as a page and an offset too, so that looking into the table needs no BigInt. */
export class DescriptorTable {
  #base = 0n;
  limit = 0xffff;
  /** Linear page number of the base (signed, exact) and offset in it. */
  page = 0;
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
}
