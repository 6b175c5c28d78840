import { PAGE_ENTRY, PAGE_SIZE } from '../../abi/x86/paging.js';
import { GPR } from '../../abi/x86/registers.js';
import { SIF, XEN_PV_MAGIC, xenConsoleRing, xenStartInfo, xenStoreRing } from '../../abi/xen.js';
import { hex, StartError } from '../../core/errors.js';
import type { Struct } from '../../core/struct.js';
import type { Elf } from '../../image/container/elf.js';
import { type XenDomParms, type XenLayout, xenDomParms, xenPvVerdict } from '../../image/xen/dom-parms.js';
import { xenNumber } from '../../image/xen/notes.js';
import { ConsoleRing } from '../../platform/xen/console-ring.js';
import { domainStore, StoreRing } from '../../platform/xen/store-ring.js';
import type { PvDomain } from '../../platform/xen-pv/domain.js';
import { FRAME } from '../../platform/xen-pv/frames.js';
import { hypercallPage } from '../../platform/xen-pv/hypercall-page.js';
import type { XenPvInstance } from '../../platform/xen-pv.js';
import { loadedSegments } from './load-elf.js';
import {
  type BootInput,
  memoryAdvice,
  type Place,
  refuseModules,
  refuseSubarch,
  type Start,
} from './start.js';

const PAGE_N = 4096n;
const { RSP, RSI } = GPR;

/** What the builder leaves free behind what it has put down, in pages; and where the mapping ends: at a multiple of 4 MiB. */
const SPARE_PAGES = 128;
const MAPPING_STEP = 0x400000n;

/** Entries of the builder's tables, as they look when Xen has checked them: everything is a level 3 guest's. */
const { PRESENT, WRITABLE, USER, ACCESSED, DIRTY } = PAGE_ENTRY;
const LEAF_READ_ONLY = BigInt(PRESENT | USER | ACCESSED);
const LEAF = LEAF_READ_ONLY | BigInt(WRITABLE);
const TABLE = LEAF | BigInt(DIRTY);

/** The event channels a toolstack makes for a domain. */
const STORE_PORT = 1;
const CONSOLE_PORT = 2;

/** Features that a kernel may require and this platform has not. */
const LACKING = ['auto_translated_physmap', 'supervisor_mode_kernel', 'writable_descriptor_tables', 'dom0'];

/**
 * Start of day of the Xen PV entry (docs/entries/xen-pv.md): what Xen's domain builder does for a 64-bit guest, from its ELF
 * notes to its first page tables.
 */
export const startXenPv: Start = (_, layer, claim, input) => {
  const { elf } = layer.formats;
  if (!elf || claim.address === undefined) throw new StartError('there is no ELF file with a Xen PV entry');
  if (input.platform?.id !== 'xen-pv') {
    throw new StartError('the xen-pv entry needs Xen underneath', 'choose --platform xen-pv');
  }
  refuseSubarch(input, 'start_info');
  refuseModules(input, 'start_info');
  const parms = xenDomParms(elf, layer.bytes);
  const verdict = xenPvVerdict(elf, parms);
  if ('refusal' in verdict) throw new StartError(`Xen's libelf refuses it: ${verdict.refusal}`);
  checkWants(elf, parms);
  const { domain } = input.platform as XenPvInstance;
  return new DomainBuilder(domain, elf, layer.bytes.data, parms, verdict.layout).build(input);
};

function checkWants(elf: Elf, parms: XenDomParms): void {
  if (elf.class === 32) {
    throw new StartError(
      'it is a 32-bit PV guest, and the platform is for 64-bit ones only',
      'its PVH entry, if it has one, works with --platform xen-pvh',
    );
  }
  const lacking = parms.features.required.filter((name) => LACKING.includes(name));
  if (lacking.length > 0) {
    throw new StartError(
      `it requires the Xen feature ${lacking.join(', ')}, which a domU on this platform has not`,
    );
  }
}

/** A range of pseudo-physical pages. */
interface Pages {
  readonly pfn: number;
  readonly count: number;
}

class DomainBuilder {
  readonly #places: Place[] = [];
  /** First pseudo-physical page that is still free. */
  #next = 0;
  readonly #base: bigint;

  constructor(
    readonly domain: PvDomain,
    readonly elf: Elf,
    readonly file: Uint8Array,
    readonly parms: XenDomParms,
    readonly layout: XenLayout,
  ) {
    this.#base = layout.base;
  }

  build(input: BootInput): readonly Place[] {
    const { domain, parms } = this;
    const { cpu } = domain.machine;
    this.#loadKernel();
    const { initrd } = input;
    const isPfn = initrd !== undefined && (xenNumber(parms.notes, 'MOD_START_PFN') ?? 0n) !== 0n;
    let module: Pages | undefined;
    if (initrd && !isPfn) module = this.#put('initrd', initrd.length, initrd);
    const listSize = domain.pages * 8;
    let list: Pages | undefined;
    if (parms.initP2m === undefined) list = this.#put('list of frames (p2m)', listSize);
    const startInfo = this.#put('start_info', PAGE_SIZE, undefined, xenStartInfo);
    const store = this.#put('xenstore ring', PAGE_SIZE, undefined, xenStoreRing);
    const console = this.#put('console ring', PAGE_SIZE, undefined, xenConsoleRing);
    const { tables, end } = this.#reserveTables();
    const stack = this.#put('boot stack', PAGE_SIZE);
    this.#next = Math.max(this.#next, Number((end - this.#base) / PAGE_N));
    if (initrd && isPfn) module = this.#put('initrd', initrd.length, initrd);
    let listTables: Pages | undefined;
    if (parms.initP2m !== undefined) {
      list = this.#put('list of frames (p2m)', listSize);
      const count = tablesBelowRoot(parms.initP2m, parms.initP2m + BigInt(list.count) * PAGE_N);
      listTables = this.#put('page tables of the list', count * PAGE_SIZE);
    }
    this.#fillList(list!);
    const root = this.#map(tables, end, list!, listTables);
    this.#putHypercallPage();
    this.#connect(store, console);

    const commandLine = new TextEncoder().encode(input.commandLine);
    if (commandLine.length > 1023) {
      throw new StartError(
        `the command line has ${commandLine.length} bytes, and start_info takes 1023`,
        'shorten what you append',
      );
    }
    xenStartInfo.write(domain.machine.memory.guestView, this.#machine(startInfo), {
      magic: padded(XEN_PV_MAGIC, 32),
      nr_pages: BigInt(domain.pages),
      shared_info: BigInt(domain.sharedInfo),
      flags: isPfn ? SIF.moduleIsPfn : 0,
      store_mfn: BigInt(this.#machine(store) / PAGE_SIZE),
      store_evtchn: STORE_PORT,
      console_mfn: BigInt(this.#machine(console) / PAGE_SIZE),
      console_evtchn: CONSOLE_PORT,
      pt_base: this.#virtual(tables),
      nr_pt_frames: BigInt(tables.count),
      mfn_list: parms.initP2m ?? this.#virtual(list!),
      mod_start: module ? (isPfn ? BigInt(module.pfn) : this.#virtual(module)) : 0n,
      mod_len: BigInt(initrd?.length ?? 0),
      cmd_line: padded(input.commandLine, 1024),
      first_p2m_pfn: parms.initP2m === undefined ? 0n : BigInt(list!.pfn),
      nr_p2m_frames: parms.initP2m === undefined ? 0n : BigInt(list!.count + (listTables?.count ?? 0)),
    });

    domain.enter(root);
    const stackTop = this.#virtual(stack) + PAGE_N;
    domain.kernelStack = stackTop;
    cpu.gpr[RSI] = BigInt.asUintN(64, this.#virtual(startInfo));
    cpu.gpr[RSP] = BigInt.asUintN(64, stackTop);
    cpu.rip = this.layout.entry;
    return this.#places;
  }

  #virtual({ pfn }: Pages): bigint {
    return this.#base + BigInt(pfn) * PAGE_N;
  }

  #machine({ pfn }: Pages): number {
    return this.domain.machineAddress(pfn * PAGE_SIZE);
  }

  /** Takes the next pages, page-aligned and zeroed. */
  #put(name: string, size: number, content?: Uint8Array, struct?: Struct): Pages {
    const pages = { pfn: this.#next, count: Math.ceil(size / PAGE_SIZE) };
    if (pages.pfn + pages.count > this.domain.pages) {
      throw new StartError(
        `there is no room for the ${name} of ${size} bytes`,
        memoryAdvice((pages.pfn + pages.count) * PAGE_SIZE),
      );
    }
    this.#next += pages.count;
    const start = this.#machine(pages);
    this.#places.push({ name, start, size, struct });
    const memory = this.domain.machine.memory.ram(start, pages.count * PAGE_SIZE);
    memory.fill(0);
    if (content) memory.set(content);
    return pages;
  }

  /** Segments count by their physical addresses: their distance from PADDR_OFFSET is that from VIRT_BASE. */
  #loadKernel(): void {
    const { domain, layout, parms, elf, file } = this;
    const lift = layout.kernelStart - parms.physicalStart;
    for (const { index, paddr, memSize, offset, fileSize } of loadedSegments(elf)) {
      const at = paddr + lift - this.#base;
      const end = at + memSize;
      if (at < 0n || end > BigInt(domain.pages * PAGE_SIZE)) {
        throw new StartError(
          `kernel, segment ${index} belongs at ${hex(at)}–${hex(end)}, and the domain has ${domain.pages / 256} MiB`,
          memoryAdvice(at < 0n ? undefined : Number(end)),
        );
      }
      const start = domain.machineAddress(Number(at));
      const size = Number(memSize);
      const memory = domain.machine.memory.ram(start, size);
      memory.set(file.subarray(offset, offset + Math.min(fileSize, size)));
      memory.fill(0, Math.min(fileSize, size));
      this.#places.push({ name: `kernel, segment ${index}`, start, size });
      this.#next = Math.max(this.#next, Number((end + PAGE_N - 1n) / PAGE_N));
    }
  }

  /** Page tables map all from VIRT_BASE on, themselves included, so how many there are depends on itself. */
  #reserveTables(): { tables: Pages; end: bigint } {
    const from = this.#base;
    for (let count = 0; ; ) {
      const least = from + BigInt(this.#next + count + 1 + SPARE_PAGES) * PAGE_N;
      const end = ((least + MAPPING_STEP - 1n) / MAPPING_STEP) * MAPPING_STEP;
      const wanted = 1 + tablesBelowRoot(from, end);
      if (wanted <= count) return { tables: this.#put('page tables', count * PAGE_SIZE), end };
      count = wanted;
    }
  }

  #fillList(list: Pages): void {
    const { domain } = this;
    const { guestView } = domain.machine.memory;
    for (let pfn = 0; pfn < domain.pages; pfn++) {
      guestView.setBigUint64(this.#machine(list) + pfn * 8, BigInt(domain.firstFrame + pfn), true);
    }
  }

  /** Fills the page tables, has them checked and pinned; returns the root's machine address. */
  #map(tables: Pages, end: bigint, list: Pages, listTables: Pages | undefined): number {
    const { domain, parms } = this;
    const spare = Array.from({ length: tables.count }, (_, i) => tables.pfn + i);
    const root = domain.machineAddress(spare.shift()! * PAGE_SIZE);
    const isTable = (pfn: number): boolean =>
      [tables, listTables].some((range) => range && pfn >= range.pfn && pfn < range.pfn + range.count);
    const last = Math.min(domain.pages, Number((end - this.#base) / PAGE_N));
    for (let pfn = 0; pfn < last; pfn++) {
      const address = this.#base + BigInt(pfn) * PAGE_N;
      this.#enter(root, address, pfn, isTable(pfn) ? LEAF_READ_ONLY : LEAF, spare);
    }
    if (parms.initP2m !== undefined && listTables) {
      const own = Array.from({ length: listTables.count }, (_, i) => listTables.pfn + i);
      for (let i = 0; i < list.count; i++) {
        this.#enter(root, parms.initP2m + BigInt(i) * PAGE_N, list.pfn + i, LEAF, own);
      }
    }
    const frame = root / PAGE_SIZE;
    const error = domain.tables.get(frame, FRAME.l4) || domain.tables.get(frame, FRAME.l4);
    if (error) throw new StartError(`the initial page tables are not valid: error ${error}`);
    // Once for CR3, once for the pin.
    domain.frames.pinned[frame] = 1;
    return root;
  }

  #enter(root: number, address: bigint, pfn: number, flags: bigint, spare: number[]): void {
    const { domain } = this;
    const { guestView } = domain.machine.memory;
    let table = root;
    for (let shift = 39n; shift > 12n; shift -= 9n) {
      const at = table + Number((address >> shift) & 511n) * 8;
      if (guestView.getBigUint64(at, true) === 0n) {
        const next = spare.shift();
        if (next === undefined) throw new StartError('INIT_P2M overlaps what the kernel is mapped at');
        guestView.setBigUint64(at, BigInt(domain.machineAddress(next * PAGE_SIZE)) | TABLE, true);
      }
      table = Number(guestView.getBigUint64(at, true) & 0xffffffffff000n);
    }
    const entry = BigInt(domain.machineAddress(pfn * PAGE_SIZE)) | flags;
    guestView.setBigUint64(table + Number((address >> 12n) & 511n) * 8, entry, true);
  }

  #putHypercallPage(): void {
    const { domain, parms } = this;
    const { hypercallPage: address } = parms;
    if (address === undefined) return;
    const at = address - this.#base;
    if (at < 0n || at + PAGE_N > BigInt(domain.pages * PAGE_SIZE) || at % PAGE_N !== 0n) {
      throw new StartError(`HYPERCALL_PAGE ${hex(address)} is no page of the kernel`);
    }
    domain.machine.memory.ram(domain.machineAddress(Number(at)), PAGE_SIZE).set(hypercallPage());
  }

  /** What is on the other side of the console's and the store's rings. */
  #connect(storePages: Pages, consolePages: Pages): void {
    const { domain } = this;
    const console = new ConsoleRing(
      domain,
      this.#machine(consolePages),
      CONSOLE_PORT,
      domain.options.onConsoleByte,
    );
    const store = new StoreRing(domain, this.#machine(storePages), STORE_PORT, domainStore(domain.pages * 4));
    domain.events.bind(STORE_PORT, { kind: 'interdomain', remote: 1, notify: () => store.service() });
    domain.events.bind(CONSOLE_PORT, { kind: 'interdomain', remote: 2, notify: () => console.service() });
    // They are written to from both sides, so they can never be page tables.
    for (const ring of [storePages, consolePages]) domain.frames.getWritable(this.#machine(ring) / PAGE_SIZE);
    domain.store = store;
    domain.console = console;
  }
}

/** Page tables below the root that a range of virtual addresses needs: L3, L2 and L1. */
function tablesBelowRoot(from: bigint, to: bigint): number {
  const first = BigInt.asUintN(48, from);
  const last = first + (to - from) - 1n;
  let count = 0n;
  for (const shift of [39n, 30n, 21n]) count += (last >> shift) - (first >> shift) + 1n;
  return Number(count);
}

function padded(text: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(new TextEncoder().encode(text).subarray(0, size - 1));
  return bytes;
}
