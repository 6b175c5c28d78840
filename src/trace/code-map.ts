import type { KernelPlace } from '../autopsy/kernel-place.js';
import type { Image } from '../image/image.js';
import type { AddressSpace } from '../image/symbols/address-space.js';
import type { RawRun } from './first-runs.js';
import { type FunctionTable, signed } from './function-table.js';
import { PackedPlaces } from './packed-places.js';

/** A place in code: a row of the function table and the distance from its start. */
export interface CodePlace {
  readonly row: number;
  readonly offset: number;
}

/** Share of bytes that must be the same in the file and in memory: relocation changes addresses in the code. */
const alike = 0.6;

/** What a running machine's code is of the image: kernel, its decompressor and setup, or neither. */
export class CodeMap {
  readonly #packed: PackedPlaces;

  constructor(
    image: Image,
    readonly functions: FunctionTable,
    readonly space: AddressSpace | undefined,
    readonly place: KernelPlace | undefined,
  ) {
    this.#packed = new PackedPlaces(image);
  }

  /** The pieces of functions that a piece of code consists of. */
  pieces(run: RawRun): { row: number; offset: number; size: number }[] {
    const linked = this.#linked(run);
    if (linked === undefined) {
      const { at, code, size } = run;
      const found = code && this.#packed.find(at, code);
      if (found) return [{ row: this.functions.whole(found.module), offset: found.offset, size }];
      return [{ row: this.functions.whole('other'), offset: at, size }];
    }
    return this.#split(linked, run.size);
  }

  #split(linked: number, size: number): { row: number; offset: number; size: number }[] {
    const { functions } = this;
    const pieces: { row: number; offset: number; size: number }[] = [];
    const end = linked + size;
    for (let at = linked; at < end; ) {
      const row = functions.at(at);
      if (row === undefined) {
        // Code without a symbol, or the bytes between two functions.
        if (at === linked) {
          const offset = at - signed(this.place!.start);
          pieces.push({ row: functions.whole('kernel'), offset, size });
        }
        break;
      }
      const upTo = Math.min(end, functions.end(row));
      pieces.push({ row, offset: at - functions.start(row), size: upTo - at });
      at = upTo;
    }
    return pieces;
  }

  /** Link-time address of kernel code, signed. */
  #linked({ pc, at, code }: RawRun): number | undefined {
    const { place } = this;
    if (!place) return undefined;
    if (!code) {
      const linked = place.linked(BigInt.asUintN(64, BigInt(pc)));
      return linked === undefined ? undefined : signed(linked);
    }
    // Identity-mapped: what lies there is the kernel only if its bytes are, since the decompressor may have been there before.
    const linked = place.linkedPhysical(at);
    return linked !== undefined && this.#isKernel(linked, code) ? signed(linked) : undefined;
  }

  #isKernel(linked: bigint, code: Uint8Array): boolean {
    const { space } = this;
    const offset = space?.offsetOf(linked);
    if (!space || offset === undefined) return false;
    const { data } = space.bytes;
    let same = 0;
    for (let i = 0; i < code.length; i++) if (data[offset + i] === code[i]) same++;
    return same >= code.length * alike;
  }
}
