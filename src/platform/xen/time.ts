import { VIRQ, xenSharedInfo, xenVcpuInfo } from '../../abi/xen.js';
import type { ClockEvent } from '../../machine/clock.js';
import type { Put, Saved } from '../../machine/saved.js';
import type { XenDomain } from './domain.js';

/** VCPUOP_set_periodic_timer's floor, and the ticker that a PV processor begins with: 100 Hz. */
const SHORTEST_PERIOD = 1_000_000;
const DEFAULT_PERIOD = 10_000_000;

/**
 * A domain's time: system time is the machine's virtual clock, ns for ns, and so is its TSC. pvclock says so once and for all,
 * since neither ever changes its rate.
 */
export class XenTime implements Saved {
  #singleShot: ClockEvent | undefined;
  #periodic: ClockEvent | undefined;
  #period: number;
  #timerOp: ClockEvent | undefined;

  constructor(
    readonly domain: XenDomain,
    /** Seconds since 1970 at system time 0. */
    readonly wallClockStart: number,
    hasTicker: boolean,
  ) {
    this.#period = hasTicker ? DEFAULT_PERIOD : 0;
  }

  /** ns since the machine started. */
  get now(): number {
    return this.domain.machine.clock.now;
  }

  /** Writes the wall clock into shared_info. */
  writeWallClock(): void {
    const { sharedInfo, machine } = this.domain;
    xenSharedInfo.write(machine.memory.guestView, sharedInfo, {
      wc_version: 2,
      wc_sec: this.wallClockStart >>> 0,
      wc_nsec: 0,
      wc_sec_hi: Math.floor(this.wallClockStart / 0x100000000),
    });
  }

  /** Writes the relation between TSC and system time into vcpu_info: (ticks << 1) * 2^31 >> 32. */
  writeClock(vcpuInfo = this.domain.vcpuInfo): void {
    const { cpu, memory } = this.domain.machine;
    xenVcpuInfo.write(memory.guestView, vcpuInfo, {
      time_version: 2,
      tsc_timestamp: BigInt.asUintN(64, cpu.timeStampOffset),
      system_time: 0n,
      tsc_to_system_mul: 0x80000000,
      tsc_shift: 1,
      time_flags: 0,
    });
  }

  /** The timer interrupt's channel was bound: the ticker ticks from now on. */
  timerBound(): void {
    if (this.#period > 0 && !this.#periodic) this.#tick();
  }

  #tick(): void {
    const { clock } = this.domain.machine;
    this.#periodic = clock.schedule(
      clock.now + this.#period,
      () => {
        this.#periodic = undefined;
        this.domain.events.raiseVirq(VIRQ.timer);
        if (this.#period > 0) this.#tick();
      },
      'xen periodic timer',
    );
  }

  /** False: the period, in ns, is too short. */
  setPeriodic(period: number): boolean {
    if (period < SHORTEST_PERIOD) return false;
    this.stopPeriodic();
    this.#period = period;
    this.#tick();
    return true;
  }

  stopPeriodic(): void {
    this.#period = 0;
    this.domain.machine.clock.cancel(this.#periodic);
    this.#periodic = undefined;
  }

  /** `at`: system time in ns. */
  setSingleShot(at: number): void {
    this.stopSingleShot();
    this.#singleShot = this.domain.machine.clock.schedule(
      at,
      () => {
        this.#singleShot = undefined;
        this.domain.events.raiseVirq(VIRQ.timer);
      },
      'xen singleshot timer',
    );
  }

  stopSingleShot(): void {
    this.domain.machine.clock.cancel(this.#singleShot);
    this.#singleShot = undefined;
  }

  /** set_timer_op: the domain's other one-shot timer; 0 stops it. */
  setTimer(at: number): void {
    const { clock } = this.domain.machine;
    clock.cancel(this.#timerOp);
    this.#timerOp =
      at === 0
        ? undefined
        : clock.schedule(at, () => this.domain.events.raiseVirq(VIRQ.timer), 'xen set_timer_op');
  }

  save(put: Put): void {
    for (const event of [this.#singleShot, this.#periodic, this.#timerOp]) put(event?.at);
    put(this.#period);
  }
}
