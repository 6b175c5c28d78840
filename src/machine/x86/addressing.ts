import { CR4 } from '../../abi/x86/control-registers.js';
import { FLAG } from '../../abi/x86/flags.js';
import { VECTOR } from '../../abi/x86/vectors.js';
import { ACCESS, type Addressing, type Translation } from '../engine/architecture.js';
import type { PhysicalMemory } from '../memory.js';
import { alignmentMask } from './alignment.js';
import type { Breakpoints } from './debug.js';
import { raise } from './exceptions/fault.js';
import type { PageWalker } from './paging.js';
import { state } from './state.js';

/** What it asks of its processor. */
interface Context {
  readonly memory: PhysicalMemory;
  readonly cpl: number;
  readonly cr4: number;
  readonly codeBits: 16 | 32 | 64;
  readonly walker: PageWalker;
  readonly breakpoints: Breakpoints;
  readonly events: { hitBreakpoints(bits: number): void };
  readonly outside: { synchronize(now: number): void };
  raiseNotCanonical(): never;
}

/** How accesses get through paging, alignment checking and breakpoints on data. @unsaved follows from the mode */
export class X86Addressing implements Addressing {
  /** Data accesses must be aligned: CR0.AM, EFLAGS.AC and CPL 3. */
  looksAtAll = false;
  /** Software TLB of supervisor accesses: 2 while they may touch user pages, else 1. */
  supervisorMode = 2;

  constructor(readonly cpu: Context) {}

  get user(): boolean {
    return this.cpu.cpl === 3;
  }

  /** Supervisor code may touch user pages: no SMAP, or EFLAGS.AC. */
  get #userData(): boolean {
    const { cr4, memory } = this.cpu;
    return !(cr4 & CR4.SMAP) || (memory.i32[state.flagsSystem >> 2]! & FLAG.AC) !== 0;
  }

  translate(page: number, offset: number, access: number): Translation {
    const userData = access === ACCESS.FETCH || this.#userData;
    return this.cpu.walker.translate(page, offset, access, this.user, userData);
  }

  get tlbMode(): number {
    return this.user ? 0 : this.#userData ? 2 : 1;
  }

  check(page: number, offset: number, bytes: number): void {
    const { cpu } = this;
    if (!cpu.walker.isCanonical(page)) cpu.raiseNotCanonical();
    this.checkAlignment(offset, bytes);
  }

  /** #AC(0) when alignment is checked and an access of `bytes` at an offset in its page is not aligned. */
  checkAlignment(offset: number, bytes: number): void {
    if (this.looksAtAll && this.user && offset & alignmentMask(bytes)) raise(VECTOR.AC, 0);
  }

  /** Addresses wrap at 4 GiB unless the access began above that. */
  wrap(page: number): number {
    return this.cpu.codeBits === 64 || page > 0x100000 || page < 0 ? page : page & 0xfffff;
  }

  get watching(): boolean {
    return this.cpu.breakpoints.onData;
  }

  watches(page: number, write: boolean): boolean {
    return this.cpu.breakpoints.watches(page, write);
  }

  touch(page: number, offset: number, bytes: number, write: boolean): void {
    const { breakpoints, events } = this.cpu;
    const first = Math.min(bytes, 4096 - offset);
    let hits = breakpoints.data(page, offset, first, write);
    if (first < bytes) hits |= breakpoints.data(this.wrap(page + 1), 0, bytes - first, write);
    events.hitBreakpoints(hits);
  }

  synchronize(now: number): void {
    this.cpu.outside.synchronize(now);
  }
}
