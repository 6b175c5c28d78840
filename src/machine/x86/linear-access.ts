import { ACCESS } from '../engine/architecture.js';
import type { Blocks } from '../engine/blocks.js';
import { ramStart, scratch } from '../engine/layout.js';
import type { LinearMemory } from '../engine/linear-memory.js';
import type { Tlb } from '../engine/tlb.js';
import type { PhysicalMemory } from '../memory.js';
import type { Breakpoints } from './debug.js';
import { GuestFault } from './exceptions/fault.js';
import type { PageWalker } from './paging.js';
import { state } from './state.js';

/** What it asks of its processor. */
interface Context {
  readonly memory: PhysicalMemory;
  readonly cpl: number;
  readonly longMode: boolean;
  readonly codeBits: 16 | 32 | 64;
  cr2: bigint;
  debugTrap: number;
  readonly tlb: Tlb;
  readonly walker: PageWalker;
  readonly addressing: { readonly looksAtAll: boolean; readonly supervisorMode: number };
  readonly breakpoints: Breakpoints;
  readonly blocks: Blocks;
}

/** Memory by linear addresses, for instructions in TypeScript. */
export class LinearAccess {
  constructor(
    readonly cpu: Context,
    readonly paged: LinearMemory,
  ) {}

  /**
   * Reads or writes up to 64 bytes of linear memory with the current privilege (or as supervisor: descriptor tables,
   * TSS, exception frames). Raises #PF.
   */
  read(address: bigint, bytes: number, system = false): bigint {
    const at = this.#linear(address, bytes, ACCESS.READ, system);
    const { view, u8 } = this.cpu.memory;
    if (bytes === 8) return view.getBigUint64(at, true);
    if (bytes === 4) return BigInt(view.getUint32(at, true));
    if (bytes === 2) return BigInt(view.getUint16(at, true));
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(u8[at + i]!);
    return value;
  }

  write(address: bigint, bytes: number, value: bigint, system = false): void {
    const at = this.#linear(address, bytes, ACCESS.WRITE, system);
    const { view, u8 } = this.cpu.memory;
    if (bytes === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else for (let i = 0; i < bytes; i++) u8[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    if (at < scratch.end) this.paged.finishWrite();
  }

  /** Raises what a write would raise. */
  probeWrite(address: bigint, bytes: number): void {
    const before = this.cpu.debugTrap;
    this.#linear(address, bytes, ACCESS.WRITE, false);
    this.cpu.debugTrap = before;
  }

  /** Copies linear memory out; at most a page. */
  readBytes(address: bigint, bytes: number): Uint8Array {
    const out = new Uint8Array(bytes);
    for (let i = 0; i < bytes; ) {
      const part = Math.min(bytes - i, 64, 4096 - Number((address + BigInt(i)) & 0xfffn));
      const at = this.#linear(address + BigInt(i), part, ACCESS.READ, false);
      out.set(this.cpu.memory.u8.subarray(at, at + part), i);
      i += part;
    }
    return out;
  }

  writeBytes(address: bigint, data: Uint8Array): void {
    for (let i = 0; i < data.length; ) {
      const part = Math.min(data.length - i, 64, 4096 - Number((address + BigInt(i)) & 0xfffn));
      const at = this.#linear(address + BigInt(i), part, ACCESS.WRITE, false);
      this.cpu.memory.u8.set(data.subarray(i, i + part), at);
      if (at < scratch.end) this.paged.finishWrite();
      i += part;
    }
  }

  /**
   * Place in linear memory of `bytes` (at most 64) at a linear address; scratch memory where they are not in one RAM
   * page. For bulk operations: see `spanAt`.
   */
  #linear(address: bigint, bytes: number, access: number, system: boolean): number {
    const signed = this.cpu.longMode ? BigInt.asIntN(64, address) : BigInt.asUintN(32, address);
    return this.placeAt(Number(signed >> 12n), Number(signed & 0xfffn), bytes, access, system);
  }

  /**
   * The same by linear page (signed) and offset, for callers that keep addresses apart to save BigInt work. After
   * writing to a place below `scratch.end`, call `finishWrite`. `system`: a supervisor access whatever the CPL is.
   */
  placeAt(page: number, offset: number, bytes: number, access: number, system: boolean): number {
    const wrapped = this.cpu.longMode ? page : page & 0xfffff;
    const level = this.cpu.cpl;
    if (offset + bytes <= 4096 && !this.cpu.addressing.looksAtAll) {
      const mode = level === 3 && !system ? 0 : this.cpu.addressing.supervisorMode;
      const known = this.cpu.tlb.find(mode, wrapped, access === ACCESS.WRITE);
      if (known >= 0) return known + offset;
    }
    if (!system || level !== 3) return this.paged.place(wrapped, offset, bytes, access);
    this.cpu.memory.i32[state.cpl >> 2] = 0;
    try {
      return this.paged.place(wrapped, offset, bytes, access);
    } finally {
      this.cpu.memory.i32[state.cpl >> 2] = level;
    }
  }

  /**
   * For string instructions: place in linear memory of the byte at `address`, to be read or written from there to the
   * end of its page; -1 when it is not RAM, or each access must be looked at. Invalidates decoded code in the range about to be written.
   */
  spanAt(address: bigint, bytes: number, write: boolean): number {
    const signed = this.cpu.codeBits === 64 ? BigInt.asIntN(64, address) : BigInt.asUintN(32, address);
    const page = Number(signed >> 12n);
    const offset = Number(signed & 0xfffn);
    if (
      this.cpu.addressing.looksAtAll ||
      (this.cpu.breakpoints.onData && this.cpu.breakpoints.watches(page, write))
    )
      return -1;
    const frame = this.paged.translate(page, offset, write ? ACCESS.WRITE : ACCESS.READ);
    if (!this.cpu.memory.isRam(frame * 4096)) return -1;
    this.paged.watched.touch(frame, offset, bytes, write);
    if (write && this.cpu.blocks.codePages[frame]) this.cpu.blocks.invalidate(frame, offset, offset + bytes);
    return ramStart + frame * 4096 + offset;
  }

  /**
   * Physical address that the running code reaches at `address`, with its own rights and through the page tables in use; undefined
   * where it could not access it or where there is no RAM. Leaves no trace but accessed and dirty bits.
   */
  reach(address: bigint, write: boolean): number | undefined {
    const { cpu } = this;
    const signed = BigInt.asIntN(64, address);
    const [page, offset] = [Number(signed >> 12n), Number(signed & 0xfffn)];
    const before = cpu.cr2;
    try {
      const access = write ? ACCESS.WRITE : ACCESS.READ;
      const { frame } = cpu.walker.translate(page, offset, access, cpu.cpl === 3, true);
      return cpu.memory.isRam(frame * 4096) ? frame * 4096 + offset : undefined;
    } catch (thrown) {
      if (!(thrown instanceof GuestFault)) throw thrown;
      cpu.cr2 = before;
      return undefined;
    }
  }

  /** Copies linear memory for diagnosis, with supervisor rights: no fault, no accessed bit; undefined when unmapped. */
  peek(address: bigint, bytes: number): Uint8Array | undefined {
    const signed = this.cpu.longMode ? BigInt.asIntN(64, address) : BigInt.asUintN(32, address);
    const out = new Uint8Array(bytes);
    for (let i = 0; i < bytes; ) {
      const at = signed + BigInt(i);
      const offset = Number(at & 0xfffn);
      const part = Math.min(bytes - i, 4096 - offset);
      const frame = this.cpu.walker.peek(Number(at >> 12n));
      if (frame === undefined || !this.cpu.memory.isRam(frame * 4096)) return undefined;
      const from = ramStart + frame * 4096 + offset;
      out.set(this.cpu.memory.u8.subarray(from, from + part), i);
      i += part;
    }
    return out;
  }
}
