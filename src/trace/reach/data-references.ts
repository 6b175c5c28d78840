import type { AddressSpace } from '../../image/symbols/address-space.js';
import { signed } from '../function-table.js';
import type { Places } from './places.js';
import type { Stretch } from './skipped.js';

/** `from` is undefined for data outside the kernel's own addresses (per-CPU data is linked at 0). */
type Found = (from: number | undefined, to: number) => void;

/**
 * What data of an image refers to: 64-bit addresses, at any multiple of four bytes, and 32-bit distances (PREL32) to where something
 * begins, of which code has none. More than there is: whatever has such a value is taken for a pointer.
 */
export function dataReferences(
  space: AddressSpace,
  places: Places,
  left: readonly Stretch[],
  found: Found,
): void {
  const { view } = space.bytes;
  for (const { start, offset, fileSize } of space.scanned()) {
    const first = signed(start);
    const isKernel = first < 0;
    let skip = left.findIndex(({ end }) => end > first);
    if (skip === -1) skip = left.length;
    let before = 0;
    let until = left[skip]?.start ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i + 4 <= fileSize; i += 4) {
      const address = first + i;
      if (address >= until) {
        i += Math.max(0, Math.ceil((left[skip]!.end - address) / 4) * 4 - 4);
        skip++;
        until = left[skip]?.start ?? Number.POSITIVE_INFINITY;
        before = 0;
        continue;
      }
      const value = view.getInt32(offset + i, true);
      if (value === -1 && places.has(before))
        found(isKernel ? places.at(address - 4) : undefined, places.at(before));
      const near = address + value;
      if (value !== 0 && isKernel && places.has(near) && places.begins(near) && !places.isCode(address))
        found(places.at(address), places.at(near));
      before = value;
    }
  }
}
