import { ramStart } from './engine/layout.js';
import { GuestView } from './guest-view.js';

/** What answers at physical addresses that are not RAM. */
export interface MmioBus {
  read(address: number, size: 1 | 2 | 4): number;
  write(address: number, size: 1 | 2 | 4, value: number): void;
}

const nothing: MmioBus = {
  read: (_, size) => (size === 4 ? 0xffffffff : (1 << (size * 8)) - 1),
  write: () => {},
};

/**
 * Guest physical memory: RAM from 0 to `ramSize` (less the legacy video window), everything else the bus.
 * RAM, processor state and pre-decoded code share one WebAssembly memory.
 * @unsaved `stateHash` goes over RAM itself, and the processor puts its state
 */
export class PhysicalMemory {
  readonly wasm: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly view: DataView;
  /** Guest RAM alone, three ways: offset 0 is guest physical address 0. The arrays are for reading; `ram` is to write to. */
  readonly guest: Uint8Array;
  readonly guestWords: Uint32Array;
  readonly guestView: DataView;
  /**
   * By 64 KiB of guest RAM: 1 where anything was read or written, except by way of `guest` and `guestWords`. All else is
   * zeros, and never comes into being on the host unless somebody looks.
   */
  readonly touched: Uint8Array;
  mmio: MmioBus = nothing;
  /** By page frame: 1 where there is no RAM although its address is below `ramSize`. */
  #holes: Uint8Array | undefined;

  /** `ramSize` in bytes, a multiple of 64 KiB, at most 3 GiB. */
  constructor(readonly ramSize: number) {
    const pages = (ramStart + ramSize) / 65536;
    this.wasm = new WebAssembly.Memory({ initial: pages });
    const { buffer } = this.wasm;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.view = new DataView(buffer);
    this.guest = new Uint8Array(buffer, ramStart, ramSize);
    this.guestWords = new Uint32Array(buffer, ramStart, ramSize / 4);
    this.guestView = new GuestView(buffer, ramStart, ramSize, (address, bytes) => this.touch(address, bytes));
    this.touched = new Uint8Array(ramSize / 65536);
  }

  /** 64 KiB pages of the WebAssembly memory. */
  get pages(): number {
    return (ramStart + this.ramSize) / 65536;
  }

  isRam(address: number): boolean {
    if (!(address >= 0 && address < this.ramSize) || (address >= 0xa0000 && address < 0xc0000)) return false;
    return this.#holes === undefined || this.#holes[Math.floor(address / 4096)] === 0;
  }

  /** Takes a page frame's RAM away or puts it back, zeroed either way. Whoever does must tell processors' TLBs. */
  setHole(frame: number, isHole: boolean): void {
    this.#holes ??= new Uint8Array(this.ramSize / 4096);
    this.#holes[frame] = isHole ? 1 : 0;
    this.ram(frame * 4096, 4096).fill(0);
  }

  /** Physical reads and writes of aligned words; outside RAM they go to the bus. */
  read32(address: number): number {
    return this.isRam(address) ? this.u32[(ramStart + address) >>> 2]! : this.mmio.read(address, 4) >>> 0;
  }

  write32(address: number, value: number): void {
    if (this.isRam(address)) {
      this.touched[address >>> 16] = 1;
      this.u32[(ramStart + address) >>> 2] = value;
    } else this.mmio.write(address, 4, value >>> 0);
  }

  /** Notes that RAM may be written to. */
  touch(address: number, bytes: number): void {
    if (bytes > 0) this.touched.fill(1, address >>> 16, ((address + bytes - 1) >>> 16) + 1);
  }

  /** A view of guest RAM; throws when any of it is not RAM. */
  ram(address: number, size: number): Uint8Array {
    if (!(address >= 0 && size >= 0 && address + size <= this.ramSize)) {
      throw new RangeError(`guest memory 0x${address.toString(16)}+0x${size.toString(16)} is outside RAM`);
    }
    this.touch(address, size);
    return this.u8.subarray(ramStart + address, ramStart + address + size);
  }
}
