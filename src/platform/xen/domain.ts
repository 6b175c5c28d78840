import { xenVcpuInfo } from '../../abi/xen.js';
import type { Machine } from '../../machine/machine.js';
import { type Put, putAll, type Saved } from '../../machine/saved.js';
import { GuestMemory } from '../guest-memory.js';
import type { ConsoleRing } from './console-ring.js';
import { EventChannels } from './event-channels.js';
import type { Arguments, Result } from './hypercall.js';
import type { StoreRing } from './store-ring.js';
import { XenTime } from './time.js';

/** What a domain is started with. */
export interface DomainOptions {
  readonly onConsoleByte: (byte: number) => void;
  /** Seconds since 1970 when the machine starts. */
  readonly wallClockStart: number;
}

/** Why sched_op shutdown was called (Xen public/sched.h). */
export const SHUTDOWN = { poweroff: 0, reboot: 1, suspend: 2, crash: 3, watchdog: 4, softReset: 5 } as const;

/** What every kind of Xen domain has: one processor, event channels, time, a console and a store. */
export abstract class XenDomain implements Saved {
  readonly guest: GuestMemory;
  readonly events: EventChannels;
  readonly time: XenTime;
  console: ConsoleRing | undefined;
  store: StoreRing | undefined;
  /** Machine addresses. */
  abstract readonly sharedInfo: number;
  /** Of vcpu_info: in shared_info until the guest registers another place. */
  abstract vcpuInfo: number;
  abstract readonly kind: 'pv' | 'hvm';
  /** Bits of XENVER_get_features, submap 0. */
  abstract readonly features: number;
  /** Number of the hypercall that does not come back to its caller; undefined: there is none such. */
  readonly iret: number | undefined = undefined;
  /** The vm_assist bits that are on. */
  assists = 0;
  /** Ports that SCHEDOP_poll waits for. */
  polled: ReadonlySet<number> | undefined;
  shutdownCode = 0;
  /** Guest virtual address of the runstate area. */
  runstateArea: bigint | undefined;
  /** System time the processor has run, and was blocked; since when it is in its present state. */
  readonly runstate = { since: 0, running: 0, blocked: 0 };
  vcpuInfoRegistered = false;
  /** A multicall is under way. */
  inMulticall = false;

  constructor(
    readonly machine: Machine,
    /** @unsaved what it was started with */
    readonly options: DomainOptions,
    hasTicker: boolean,
  ) {
    this.guest = new GuestMemory(machine.cpu);
    this.events = new EventChannels(this);
    this.time = new XenTime(this, options.wallClockStart, hasTicker);
    this.events.onRaised = (port) => this.#wakePoller(port);
    machine.underneath = this;
  }

  /** Machine address of a frame of the guest's that it could write to; undefined where there is none of that number. */
  abstract writableFrame(frame: bigint): number | undefined;

  /** Makes the grant table at least so many pages long; frame numbers as the guest knows them. */
  abstract growGrantTable(pages: number): readonly number[];

  /** Carries out a hypercall. */
  abstract hypercall(number: number, args: Arguments): Result;

  /** An upcall may have become due, or not due any more. */
  abstract upcallChanged(): void;

  /** Ends the domain for something it must not do. */
  kill(reason: string): void {
    this.machine.end('killed', reason);
  }

  /** Ends the machine where a guest asks for what Xen has, but this platform has not: no fault of the guest. */
  lack(reason: string): void {
    this.machine.end('unsupported', reason);
  }

  /** evtchn_upcall_pending of the processor. */
  get upcallPending(): boolean {
    const { evtchn_upcall_pending } = xenVcpuInfo.fields;
    return this.machine.memory.guestView.getUint8(this.vcpuInfo + evtchn_upcall_pending.offset) !== 0;
  }

  get upcallMasked(): boolean {
    const { evtchn_upcall_mask } = xenVcpuInfo.fields;
    return this.machine.memory.guestView.getUint8(this.vcpuInfo + evtchn_upcall_mask.offset) !== 0;
  }

  set upcallMasked(masked: boolean) {
    const { evtchn_upcall_mask } = xenVcpuInfo.fields;
    this.machine.memory.guestView.setUint8(this.vcpuInfo + evtchn_upcall_mask.offset, masked ? 1 : 0);
  }

  /** Moves vcpu_info to another place, all that it says included. */
  moveVcpuInfo(to: number): void {
    const { memory } = this.machine;
    memory.ram(to, xenVcpuInfo.size).set(memory.ram(this.vcpuInfo, xenVcpuInfo.size));
    this.vcpuInfo = to;
    this.vcpuInfoRegistered = true;
    // Whatever came in between is looked at again.
    memory.guestView.setUint8(to + xenVcpuInfo.fields.evtchn_upcall_pending.offset, 1);
    memory.guestView.setBigUint64(to + xenVcpuInfo.fields.evtchn_pending_sel.offset, (1n << 64n) - 1n, true);
    this.time.writeClock(to);
    this.upcallChanged();
  }

  #wakePoller(port: number): void {
    if (!this.polled?.has(port)) return;
    this.wake();
  }

  /** Lets a processor that polls or blocks go on. */
  wake(): void {
    this.polled = undefined;
    this.machine.cpu.halted = false;
    this.machine.cpu.lookAgain();
  }

  save(put: Put): void {
    put(this.vcpuInfo);
    put(this.vcpuInfoRegistered);
    put(this.assists);
    putAll([...(this.polled ?? [])].sort(), put);
    put(this.shutdownCode);
    put(this.runstateArea);
    for (const value of Object.values(this.runstate)) put(value);
    put(this.inMulticall);
    this.events.save(put);
    this.time.save(put);
    this.console?.save(put);
    this.store?.save(put);
  }
}
