import { CR0, EFER } from '../../abi/x86/control-registers.js';
import { SEGMENT_ACCESS, SYSTEM_TYPE } from '../../abi/x86/descriptors.js';
import { FLAG } from '../../abi/x86/flags.js';
import { PAGE_SIZE } from '../../abi/x86/paging.js';
import { XEN_SELECTOR, xenVcpuInfo } from '../../abi/xen.js';
import type { Machine } from '../../machine/machine.js';
import { type Put, putAll, putMap } from '../../machine/saved.js';
import { type DomainOptions, XenDomain } from '../xen/domain.js';
import type { Arguments, Result } from '../xen/hypercall.js';
import type { ReservedMemory } from '../xen/hypercalls/memory.js';
import { isCanonical } from './address.js';
import { chooseCr4, firstXcr0 } from './emulation/control-registers.js';
import { FRAME, Frames, OWNER } from './frames.js';
import { GDT_PAGES, Heap, LDT_BASE, PER_DOMAIN } from './heap.js';
import type { PvMonitor } from './monitor.js';
import type { TableWrite } from './page-table-write.js';
import { frameOf, PageTables } from './page-tables.js';

/** Selectors and attributes of Xen's flat segments for a 64-bit guest kernel. */
const KERNEL_CS = { selector: XEN_SELECTOR.code64, access: 0xa0fb } as const;
const KERNEL_SS = { selector: XEN_SELECTOR.data, access: 0xc0f3 } as const;

/** A guest's handler of a trap (set_trap_table). */
export interface TrapHandler {
  /** Lowest privilege that may call it by INT n: 0 to 3. */
  readonly dpl: number;
  /** Events are masked when it runs. */
  readonly masks: boolean;
  readonly selector: number;
  readonly address: bigint;
}

/** A guest's handler of an event or of system calls (callback_op). */
export interface Callback {
  readonly address: bigint;
  readonly masks: boolean;
}

export type CallbackKind = 'event' | 'failsafe' | 'syscall' | 'sysenter' | 'syscall32' | 'nmi';

/** A paravirtual domain: memory, page tables, and what the guest has registered. */
export class PvDomain extends XenDomain implements ReservedMemory {
  readonly kind = 'pv';
  readonly isTranslated = false;
  /** mmu_pt_update_preserve_ad, highmem_assist, gnttab_map_avail_bits, memory_op_vnode_supported, direct_mapped (Xen 4.17, XENVER_get_features). */
  readonly features = (1 << 5) | (1 << 6) | (1 << 7) | (1 << 13) | (1 << 17);
  readonly heap: Heap;
  readonly frames: Frames;
  readonly tables: PageTables;
  readonly sharedInfo: number;
  vcpuInfo: number;
  monitor!: PvMonitor;
  /** First machine frame of the guest's memory, and how many there are: pfn n is machine frame n + firstFrame. */
  readonly firstFrame: number;
  readonly pages: number;
  readonly traps: (TrapHandler | undefined)[] = new Array(256).fill(undefined);
  readonly callbacks = new Map<CallbackKind, Callback>();
  /** Where traps from programs put their frames. */
  kernelStack = 0n;
  /** The guest's kernel runs, as against its programs. */
  kernelMode = true;
  /** Root tables in machine addresses; 0: none. */
  kernelRoot = 0;
  userRoot = 0;
  /** GS base of the other mode. */
  otherGsBase = 0n;
  iopl = 0;
  /** PHYSDEVOP_set_iobitmap: where in the kernel's address space, and how many ports it is about. */
  ioBitmap: { readonly address: bigint; readonly ports: number } = { address: 0n, ports: 0 };
  /** CR0.TS as the guest has set it. */
  taskSwitched = false;
  /** CR4 bits that the guest has chosen. */
  cr4 = 0;
  /** A write to a page table that is being let through. */
  tableWrite: TableWrite | undefined;
  gdtFrames: number[] = [];
  #ldtFrames: number[] = [];
  ldt: { readonly base: bigint; readonly entries: number } = { base: 0n, entries: 0 };
  /** Frames of grant entries. */
  readonly #grantFrames: number[] = [];
  /** Frames that the guest has given back. */
  #free: number[] = [];

  /** `guestBytes`: memory of the guest; the machine has that and `heapSize`. */
  constructor(machine: Machine, guestBytes: number, options: DomainOptions) {
    super(machine, options, true);
    this.heap = new Heap(machine, guestBytes);
    this.frames = new Frames(machine.cpu, this.heap.end + guestBytes);
    this.tables = new PageTables(machine.memory, this.frames, this.heap.slots);
    this.firstFrame = this.heap.end / PAGE_SIZE;
    this.pages = guestBytes / PAGE_SIZE;
    for (let frame = 0; frame < this.frames.count; frame++) this.heap.setM2p(frame, undefined);
    for (let pfn = 0; pfn < this.pages; pfn++) {
      this.frames.owner[this.firstFrame + pfn] = OWNER.guest;
      this.heap.setM2p(this.firstFrame + pfn, BigInt(pfn));
    }
    for (let at = this.heap.m2p; at < this.heap.end; at += PAGE_SIZE)
      this.frames.owner[at / PAGE_SIZE] = OWNER.readable;
    this.sharedInfo = this.sharePage();
    this.vcpuInfo = this.sharedInfo;
    const { guestView } = machine.memory;
    for (let i = 0; i < 32; i++) {
      const mask = xenVcpuInfo.fields.evtchn_upcall_mask.offset;
      guestView.setUint8(this.sharedInfo + i * xenVcpuInfo.size + mask, 1);
    }
    this.time.writeWallClock();
    this.time.writeClock();
  }

  /** A page of Xen's that the guest may map. */
  sharePage(): number {
    const at = this.heap.allocate();
    this.frames.owner[at / PAGE_SIZE] = OWNER.shared;
    return at;
  }

  /** Machine address of a pseudo-physical one, as the domain began. */
  machineAddress(pseudoPhysical: number): number {
    return pseudoPhysical + this.firstFrame * PAGE_SIZE;
  }

  /** Long mode at level 3, on the page tables whose root is at a machine address. */
  enter(root: number): void {
    const { cpu } = this.machine;
    chooseCr4(this, 0n);
    firstXcr0(this);
    cpu.setEfer(EFER.LME | EFER.SCE | EFER.NXE);
    cpu.setCr3(BigInt(root));
    cpu.setCr0(CR0.PE | CR0.PG | CR0.WP | CR0.NE | CR0.MP | CR0.AM);
    this.kernelRoot = root;
    cpu.gdtr.base = PER_DOMAIN;
    cpu.gdtr.limit = (GDT_PAGES + 1) * PAGE_SIZE - 1;
    cpu.idtr.limit = 0;
    // Its contents do not matter: no port is open to the guest by it, and no stack is found in it.
    cpu.segment.tr.selector = XEN_SELECTOR.tss;
    this.loadKernelSegments();
    cpu.setCpl(3);
    cpu.flags = FLAG.IF | 2;
  }

  loadKernelSegments(): void {
    const { cpu } = this.machine;
    cpu.segment.cs.loadFlat(KERNEL_CS.selector, KERNEL_CS.access);
    cpu.segment.ss.loadFlat(KERNEL_SS.selector, KERNEL_SS.access);
    cpu.setCpl(3);
  }

  /** The same where the guest's kernel has others: it may have loaded its own. */
  enterKernelSegments(): void {
    const { cs, ss } = this.machine.cpu.segment;
    if (cs.selector === KERNEL_CS.selector && ss.selector === KERNEL_SS.selector) return;
    this.loadKernelSegments();
  }

  get gsBase(): bigint {
    return this.machine.cpu.segment.gs.base;
  }
  set gsBase(value: bigint) {
    this.machine.cpu.segment.gs.base = value;
  }

  /** Between the guest's kernel and its programs: other page tables, the other GS base. */
  toggleMode(): void {
    this.kernelMode = !this.kernelMode;
    const base = this.gsBase;
    this.gsBase = this.otherGsBase;
    this.otherGsBase = base;
    this.loadRoot();
  }

  loadRoot(): void {
    this.machine.cpu.setCr3(BigInt(this.kernelMode ? this.kernelRoot : this.userRoot));
    this.frames.flushed();
  }

  /** Puts the LDT that the guest has chosen where the processor finds it; pages with what may be no descriptor are left out. */
  loadLdt(): void {
    const { cpu, memory } = this.machine;
    const { base, entries } = this.ldt;
    const pages = Math.ceil((entries * 8) / PAGE_SIZE);
    const first = Number(BigInt.asIntN(64, base) >> 12n);
    const taken: number[] = [];
    for (let i = 0; i < 16; i++) {
      const at = i < pages ? this.tables.entryOf(this.kernelRoot, first + i) : -1;
      const low = at < 0 ? 0 : memory.read32(at);
      const frame = low & 1 ? frameOf(low, memory.read32(at + 4)) : -1;
      const isGood = frame >= 0 && this.tables.get(frame, FRAME.descriptors) === 0;
      if (isGood) taken.push(frame);
      this.heap.mapLdt(i, isGood ? frame * PAGE_SIZE : undefined);
    }
    for (const frame of this.#ldtFrames) this.tables.put(frame);
    this.#ldtFrames = taken;
    const { ldtr } = cpu.segment;
    const access = entries > 0 ? SEGMENT_ACCESS.PRESENT | SYSTEM_TYPE.LDT : 0;
    const selector = entries > 0 ? XEN_SELECTOR.ldt : 0;
    ldtr.value = { selector, base: LDT_BASE, limit: entries * 8 - 1, access };
    this.frames.flush();
  }

  /** A byte of the guest kernel's address space, whoever runs; undefined where nothing is mapped. */
  readKernelByte(address: bigint): number | undefined {
    const { memory } = this.machine;
    const signed = BigInt.asIntN(64, address);
    const at = isCanonical(address) ? this.tables.entryOf(this.kernelRoot, Number(signed >> 12n)) : -1;
    const low = at < 0 ? 0 : memory.read32(at);
    if (!(low & 1)) return undefined;
    return memory.guestView.getUint8(
      frameOf(low, memory.read32(at + 4)) * PAGE_SIZE + Number(BigInt.asUintN(12, address)),
    );
  }

  writableFrame(frame: bigint): number | undefined {
    if (frame >= BigInt(this.frames.count)) return undefined;
    const number = Number(frame);
    // It stays writable for good: Xen keeps the page.
    if (!this.frames.isGuests(number) || !this.frames.getWritable(number)) return undefined;
    return number * PAGE_SIZE;
  }

  growGrantTable(pages: number): readonly number[] {
    while (this.#grantFrames.length < Math.max(pages, 1))
      this.#grantFrames.push(this.sharePage() / PAGE_SIZE);
    return this.#grantFrames;
  }

  /** Frames the guest has now. */
  get reserved(): number {
    return this.pages - this.#free.length;
  }

  #mayGiveBack(frame: bigint): boolean {
    if (frame >= BigInt(this.frames.count)) return false;
    const number = Number(frame);
    const { references, uses } = this.frames;
    return this.frames.isGuests(number) && references[number] === 0 && uses[number] === 0;
  }

  /** The guest gives a frame back; false when it is not its own, or in use. */
  giveBack(frame: bigint): boolean {
    if (!this.#mayGiveBack(frame)) return false;
    const number = Number(frame);
    this.frames.owner[number] = OWNER.xen;
    this.heap.setM2p(number, undefined);
    this.#free.push(number);
    this.machine.memory.ram(number * PAGE_SIZE, PAGE_SIZE).fill(0);
    this.machine.cpu.blocks.invalidate(number, 0, PAGE_SIZE);
    return true;
  }

  /**
   * The guest gives frames back and gets runs of `size` frames for them, each at a multiple of `size` and below frame `limit`. What it
   * gets, or why not: a frame is not its own or is in use, or there are no such runs; nothing has changed then.
   */
  exchange(given: readonly bigint[], size: number, limit: number): readonly number[] | 'EINVAL' | 'ENOMEM' {
    if (new Set(given).size !== given.length || !given.every((frame) => this.#mayGiveBack(frame)))
      return 'EINVAL';
    const free = new Set([...this.#free, ...given.map(Number)]);
    const runs = [...free]
      .filter((frame) => frame % size === 0 && frame + size <= limit)
      .filter((frame) => Array.from({ length: size }, (_, i) => frame + i).every((each) => free.has(each)))
      .slice(0, given.length / size);
    if (runs.length * size < given.length) return 'ENOMEM';
    for (const frame of given) this.giveBack(frame);
    const taken = new Set(runs.flatMap((run) => Array.from({ length: size }, (_, i) => run + i)));
    this.#free = this.#free.filter((frame) => !taken.has(frame));
    for (const frame of taken) this.frames.owner[frame] = OWNER.guest;
    return runs;
  }

  /** The guest gets a frame again, for a pseudo-physical one; undefined when it has all it may have. */
  handOut(pfn: bigint | undefined): number | undefined {
    const frame = this.#free.pop();
    if (frame === undefined) return undefined;
    this.frames.owner[frame] = OWNER.guest;
    this.heap.setM2p(frame, pfn);
    return frame;
  }

  override readonly iret = 23;

  hypercall(number: number, args: Arguments): Result {
    return this.monitor.hypercalls.call(this, number, args);
  }

  upcallChanged(): void {
    const { cpu } = this.machine;
    const due = this.upcallPending && !this.upcallMasked;
    cpu.interruptLine = due;
    if (due) cpu.lookAgain();
  }

  override save(put: Put): void {
    super.save(put);
    for (const value of [this.kernelRoot, this.userRoot, this.kernelMode, this.iopl, this.cr4]) put(value);
    for (const value of [this.kernelStack, this.otherGsBase, this.taskSwitched]) put(value);
    for (const trap of this.traps) putAll(Object.values(trap ?? {}), put);
    putMap(this.callbacks, put, ({ address, masks }) => {
      put(address);
      put(masks);
    });
    putAll(Object.values(this.tableWrite ?? {}), put);
    for (const frames of [this.gdtFrames, this.#ldtFrames, this.#grantFrames, this.#free])
      putAll(frames, put);
    put(this.ldt.base);
    put(this.ldt.entries);
    putAll(Object.values(this.ioBitmap), put);
    this.heap.save(put);
    this.frames.save(put);
  }
}
