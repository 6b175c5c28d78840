import { PAGE_SIZE } from '../../abi/x86/paging.js';
import type { Machine } from '../../machine/machine.js';
import type { Put } from '../../machine/saved.js';
import { ConsoleRing } from '../xen/console-ring.js';
import { type DomainOptions, XenDomain } from '../xen/domain.js';
import type { Arguments, HypercallTable, Result } from '../xen/hypercall.js';
import type { ReservedMemory } from '../xen/hypercalls/memory.js';
import { domainStore, StoreRing } from '../xen/store-ring.js';
import { MappedPages } from './mapped-pages.js';

/** Parameters of a domain (Xen public/hvm/params.h). */
export const HVM_PARAM = {
  callbackIrq: 0,
  storePfn: 1,
  storeEventChannel: 2,
  consolePfn: 17,
  consoleEventChannel: 18,
  count: 40,
} as const;

/** The way of HVM_PARAM_CALLBACK_IRQ that we have: a vector (HVM_PARAM_CALLBACK_TYPE_VECTOR). */
const CALLBACK_BY_VECTOR = 2n;

const STORE_PORT = 1;
const CONSOLE_PORT = 2;

/** Pages that a domain of this kind has beside its own memory. */
export const SPECIAL_PAGES = 16;

/** A domain with hardware's help: an ordinary machine with Xen's interfaces beside. */
export class PvhDomain extends XenDomain implements ReservedMemory {
  readonly kind = 'hvm';
  readonly isTranslated = true;
  /** writable_page_tables, auto_translated_physmap, hvm_callback_vector, hvm_safe_pvclock, memory_op_vnode_supported, not_direct_mapped. */
  readonly features = (1 << 0) | (1 << 2) | (1 << 8) | (1 << 9) | (1 << 13) | (1 << 16);
  sharedInfo: number;
  vcpuInfo: number;
  readonly params = new BigUint64Array(HVM_PARAM.count);
  readonly pages: number;
  reserved: number;
  /** Frames below `pages` without memory. */
  readonly #holes = new Set<number>();
  readonly mapped: MappedPages;
  hypercalls!: HypercallTable<PvhDomain>;
  #grantPages = 1;
  #vector: number | undefined;

  /** `guestBytes`: the guest's memory; behind it the machine has `SPECIAL_PAGES` more. */
  constructor(machine: Machine, guestBytes: number, options: DomainOptions) {
    super(machine, options, false);
    this.pages = guestBytes / PAGE_SIZE;
    this.reserved = this.pages;
    this.mapped = new MappedPages(machine);
    const special = (page: number): number => guestBytes + page * PAGE_SIZE;
    this.sharedInfo = special(0);
    this.vcpuInfo = this.sharedInfo;
    this.time.writeWallClock();
    this.time.writeClock();
    const console = new ConsoleRing(this, special(1), CONSOLE_PORT, options.onConsoleByte);
    const store = new StoreRing(this, special(2), STORE_PORT, domainStore(this.pages * 4));
    this.events.bind(STORE_PORT, { kind: 'interdomain', remote: 1, notify: () => store.service() });
    this.events.bind(CONSOLE_PORT, { kind: 'interdomain', remote: 2, notify: () => console.service() });
    this.console = console;
    this.store = store;
    this.params[HVM_PARAM.storePfn] = BigInt(special(2) / PAGE_SIZE);
    this.params[HVM_PARAM.storeEventChannel] = BigInt(STORE_PORT);
    this.params[HVM_PARAM.consolePfn] = BigInt(special(1) / PAGE_SIZE);
    this.params[HVM_PARAM.consoleEventChannel] = BigInt(CONSOLE_PORT);
  }

  hypercall(number: number, args: Arguments): Result {
    return this.hypercalls.call(this, number, args);
  }

  writableFrame(frame: bigint): number | undefined {
    if (frame >= BigInt(this.pages)) return undefined;
    return this.#holes.has(Number(frame)) ? undefined : Number(frame) * PAGE_SIZE;
  }

  /** The frame becomes a hole: reads give ones, writes are dropped. False where there is no memory. */
  unmapFrame(frame: bigint): boolean {
    if (this.writableFrame(frame) === undefined) return false;
    this.#setHole(Number(frame), true);
    return true;
  }

  giveBack(frame: bigint): boolean {
    if (!this.unmapFrame(frame)) return false;
    this.reserved--;
    return true;
  }

  /** What was at the place before stays the domain's, and out of its reach. Beyond `pages` this machine has no memory. */
  handOut(place: bigint | undefined): number | undefined {
    if (this.reserved >= this.pages || (place !== undefined && place >= BigInt(this.pages))) return undefined;
    this.reserved++;
    if (place !== undefined) this.#setHole(Number(place), false);
    return Number(place ?? 0n);
  }

  #setHole(frame: number, isHole: boolean): void {
    const { cpu, memory } = this.machine;
    if (isHole) this.#holes.add(frame);
    else this.#holes.delete(frame);
    cpu.blocks.invalidate(frame, 0, PAGE_SIZE);
    memory.setHole(frame, isHole);
    cpu.flushTlb();
  }

  growGrantTable(pages: number): readonly number[] {
    this.#grantPages = Math.max(this.#grantPages, pages);
    return Array.from({ length: this.#grantPages }, (_, i) => i);
  }

  /** shared_info appears at a frame of the guest's, with all it says; memory that was there is freed, and its old place a hole. */
  moveSharedInfo(to: number): void {
    if (to === this.sharedInfo) return;
    const { memory } = this.machine;
    const content = memory.ram(this.sharedInfo, PAGE_SIZE).slice();
    if (this.#holes.has(to / PAGE_SIZE)) this.#setHole(to / PAGE_SIZE, false);
    else this.reserved--;
    memory.ram(to, PAGE_SIZE).set(content);
    this.machine.cpu.blocks.invalidate(to / PAGE_SIZE, 0, PAGE_SIZE);
    this.unmapFrame(BigInt(this.sharedInfo / PAGE_SIZE));
    if (!this.vcpuInfoRegistered) this.vcpuInfo = this.vcpuInfo - this.sharedInfo + to;
    this.sharedInfo = to;
  }

  /** HVM_PARAM_CALLBACK_IRQ was set: how the guest is told of events. */
  setCallback(value: bigint): void {
    this.#vector = value >> 56n === CALLBACK_BY_VECTOR ? Number(value & 0xffn) : undefined;
    this.upcallChanged();
  }

  /** Whether there is a way to tell the guest of events. */
  get hasCallback(): boolean {
    return this.#vector !== undefined;
  }

  upcallChanged(): void {
    if (this.#vector === undefined || !this.upcallPending) return;
    this.machine.chipset.interrupts.inject(this.#vector);
  }

  override save(put: Put): void {
    super.save(put);
    put(this.sharedInfo);
    put(this.#vector);
    put(this.#grantPages);
    put(this.reserved);
    for (const frame of [...this.#holes].sort((a, b) => a - b)) put(frame);
    for (const value of this.params) put(value);
    this.mapped.save(put);
  }
}
