import { CR4 } from '../../abi/x86/control-registers.js';

/** Debug registers (Intel SDM vol. 3, §18.2): breakpoints and single-stepping. */

/** DR6 and DR7 bits that always read as 1. */
export const DR6_ONES = 0xffff0ff0n;
export const DR7_ONES = 0x400n;
/** Bits that can be written. */
export const DR6_WRITABLE = 0xe00fn;
export const DR7_WRITABLE = 0xffff2bffn;

export const DR6 = {
  /** B0–B3: which breakpoints were hit. */
  HITS: 0xfn,
  /** A debug register was touched under DR7.GD. */
  BD: 0x2000n,
  /** Single step. */
  BS: 0x4000n,
  /** Switch to a task with the T flag. */
  BT: 0x8000n,
} as const;

export const DR7_GD = 0x2000n;
/** L0–L3 and LE, which a task switch clears. */
export const DR7_LOCAL = 0x155n;

/** R/W fields of DR7. */
const ON = { EXECUTE: 0, WRITE: 1, PORT: 2, ACCESS: 3 } as const;
/** LEN fields of DR7, in bytes. */
const LENGTHS = [1, 2, 8, 4] as const;

/** What it asks of its processor. */
interface Context {
  readonly debug: BigUint64Array;
  readonly longMode: boolean;
  readonly cr4: number;
  readonly tlb: { flush(): void };
}

interface DataBreakpoint {
  /** Its bit in DR6. */
  readonly bit: number;
  /** Linear page (signed in long mode) and offset; aligned to its length, so all of it is in one page. */
  readonly page: number;
  readonly offset: number;
  readonly bytes: number;
  readonly onReads: boolean;
}

/** What DR0–DR3 and DR7 enable: @unsaved all of it follows from them. Worked out when they change so that nothing is paid while they enable nothing. */
export class Breakpoints {
  /** Some are on instructions: code runs one at a time. */
  onCode = false;
  /** Some are on data: their pages are kept out of the TLB, and accesses to them looked at. */
  onData = false;
  onPorts = false;
  #data: DataBreakpoint[] = [];
  #code: { bit: number; address: bigint }[] = [];
  #ports: { bit: number; first: number; bytes: number }[] = [];

  constructor(readonly cpu: Context) {}

  /** After a change of DR0–DR3, DR7 or of the width of linear addresses. */
  update(): void {
    const { debug, longMode } = this.cpu;
    const control = Number(debug[7]! & 0xffffffffn);
    const before = this.onData;
    this.#data = [];
    this.#code = [];
    this.#ports = [];
    for (let n = 0; n < 4; n++) {
      if (!((control >>> (2 * n)) & 3)) continue;
      const kind = (control >>> (16 + 4 * n)) & 3;
      const bytes = LENGTHS[((control >>> (18 + 4 * n)) & 3) as 0 | 1 | 2 | 3];
      const bit = 1 << n;
      const register = debug[n]!;
      if (kind === ON.EXECUTE) {
        this.#code.push({ bit, address: longMode ? BigInt.asIntN(64, register) : register & 0xffffffffn });
        continue;
      }
      // The low bits that the length covers do not count.
      const aligned = register & ~BigInt(bytes - 1);
      if (kind === ON.PORT) {
        this.#ports.push({ bit, first: Number(aligned & 0xffffffffn), bytes });
        continue;
      }
      const linear = longMode ? BigInt.asIntN(64, aligned) : aligned & 0xffffffffn;
      this.#data.push({
        bit,
        page: Number(linear >> 12n),
        offset: Number(linear & 0xfffn),
        bytes,
        onReads: kind === ON.ACCESS,
      });
    }
    this.onCode = this.#code.length > 0;
    this.onData = this.#data.length > 0;
    this.onPorts = this.#ports.length > 0;
    if (before || this.onData) this.cpu.tlb.flush();
  }

  /** Bits of those on the instruction at a linear address. */
  code(linear: bigint): number {
    const address = this.cpu.longMode ? linear : linear & 0xffffffffn;
    let hits = 0;
    for (const found of this.#code) if (found.address === address) hits |= found.bit;
    return hits;
  }

  /** Bits of those that an access within one page touches. */
  data(page: number, offset: number, bytes: number, write: boolean): number {
    let hits = 0;
    for (const found of this.#data) {
      if (found.page !== page || !(write || found.onReads)) continue;
      if (found.offset < offset + bytes && offset < found.offset + found.bytes) hits |= found.bit;
    }
    return hits;
  }

  /** Must reads, or writes, of a linear page be looked at? */
  watches(page: number, write: boolean): boolean {
    return this.#data.some((found) => found.page === page && (write || found.onReads));
  }

  /** Bits of those on I/O ports that an access touches: none unless CR4.DE is set. */
  ports(port: number, bytes: number): number {
    if (!(this.cpu.cr4 & CR4.DE)) return 0;
    let hits = 0;
    for (const found of this.#ports)
      if (found.first < port + bytes && port < found.first + found.bytes) hits |= found.bit;
    return hits;
  }
}
