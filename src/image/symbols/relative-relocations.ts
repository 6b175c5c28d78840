import { partitionPoint } from '../../core/partition.js';
import type { MappedRange } from './mapped-range.js';

/** r_info of an R_AARCH64_RELATIVE entry without a symbol (ELF for the Arm 64-bit Architecture). */
const R_AARCH64_RELATIVE = 1027;
/** sizeof(Elf64_Rela): r_offset, r_info, r_addend. */
const RELA_SIZE = 24;

/**
 * The values of pointers that arm64 kernels leave to be filled in at boot: Elf64_Rela entries
 * {place, 1027, value}. A raw image has no section that says where they are, so they are known by their form:
 * place and value are addresses of the kernel. (With RELR, as in Debian's 6.12, most values stand in place.)
 */
export class RelativeRelocations {
  readonly #view: DataView;
  /** Offset of each entry, by ascending place. */
  readonly #entries: number[] = [];

  constructor(data: Uint8Array, ranges: readonly MappedRange[]) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const inside = (address: bigint): boolean =>
      ranges.some((range) => address >= range.start && address <= range.end);
    let sorted = true;
    let before = 0n;
    for (const { at, place, value } of relativeEntries(data)) {
      if (!inside(place) || !inside(value)) continue;
      sorted &&= place >= before;
      before = place;
      this.#entries.push(at);
    }
    // Linkers sort them; what merely looks like an entry may stand anywhere.
    if (!sorted) this.#entries.sort((a, b) => (this.#place(a) < this.#place(b) ? -1 : 1));
  }

  /** Places and values, by ascending place. */
  *entries(): Generator<{ place: bigint; value: bigint }> {
    for (const at of this.#entries) yield { place: this.#place(at), value: this.#value(at) };
  }

  /** The value that belongs at an address. */
  valueAt(address: bigint): bigint | undefined {
    const index = partitionPoint(this.#entries.length, (i) => this.#place(this.#entries[i]!) < address);
    const at = this.#entries[index];
    return at !== undefined && this.#place(at) === address ? this.#value(at) : undefined;
  }

  #place(at: number): bigint {
    return this.#view.getBigUint64(at, true);
  }

  #value(at: number): bigint {
    return this.#view.getBigUint64(at + 16, true);
  }
}

/** Everything at a multiple of 8 that has the form of an R_AARCH64_RELATIVE entry. */
export function* relativeEntries(data: Uint8Array): Generator<{ at: number; place: bigint; value: bigint }> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const last = data.length - RELA_SIZE;
  for (let at = 0; at <= last; ) {
    if (view.getUint32(at + 8, true) === R_AARCH64_RELATIVE && view.getUint32(at + 12, true) === 0) {
      yield { at, place: view.getBigUint64(at, true), value: view.getBigUint64(at + 16, true) };
      at += RELA_SIZE;
    } else at += 8;
  }
}
