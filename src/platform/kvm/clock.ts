import type { Machine, PlatformMsrs } from '../../machine/machine.js';
import { putMap, type Saved } from '../../machine/saved.js';

/** MSRs of kvmclock, and their old numbers (Linux Documentation/virt/kvm/x86/msr.rst). */
const WALL_CLOCK = [0x4b564d00, 0x11];
const SYSTEM_TIME = [0x4b564d01, 0x12];
const ENABLED = 1n;
/** PVCLOCK_TSC_STABLE_BIT. */
const TSC_STABLE = 1;

/** Registers with a state of their own. */
export interface HypervisorMsrs extends PlatformMsrs, Saved {}

/**
 * kvmclock: the guest names a place, and the relation between TSC and time is written there. Both are the machine's virtual
 * clock and never change their rate, so once is enough.
 */
export function kvmClock(machine: Machine, wallClockStart: number): HypervisorMsrs {
  const values = new Map<number, bigint>();
  const { guestView, ramSize } = machine.memory;
  const fits = (at: bigint, size: number): boolean => at + BigInt(size) <= BigInt(ramSize);

  /** struct pvclock_wall_clock: version, seconds, nanoseconds at system time 0. */
  const writeWallClock = (value: bigint): void => {
    if (!fits(value, 12)) return;
    const at = Number(value);
    guestView.setUint32(at, 2, true);
    guestView.setUint32(at + 4, wallClockStart >>> 0, true);
    guestView.setUint32(at + 8, 0, true);
  };

  /** struct pvclock_vcpu_time_info: (ticks << 1) * 2^31 >> 32 is one ns a tick. */
  const writeSystemTime = (value: bigint): void => {
    const place = value & ~ENABLED;
    if (!(value & ENABLED) || !fits(place, 32)) return;
    const at = Number(place);
    guestView.setUint32(at, 2, true);
    guestView.setUint32(at + 4, 0, true);
    guestView.setBigUint64(at + 8, BigInt.asUintN(64, machine.cpu.timeStampOffset), true);
    guestView.setBigUint64(at + 16, 0n, true);
    guestView.setUint32(at + 24, 0x80000000, true);
    guestView.setUint8(at + 28, 1);
    guestView.setUint8(at + 29, TSC_STABLE);
  };

  return {
    read: (index) =>
      WALL_CLOCK.includes(index) || SYSTEM_TIME.includes(index) ? (values.get(index) ?? 0n) : undefined,
    write(index, value) {
      if (WALL_CLOCK.includes(index)) writeWallClock(value);
      else if (SYSTEM_TIME.includes(index)) writeSystemTime(value);
      else return false;
      values.set(index, value);
      return true;
    },
    save: (put) => putMap(values, put, put),
  };
}
