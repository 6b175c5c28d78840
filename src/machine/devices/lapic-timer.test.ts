import { describe, expect, test } from 'vitest';
import { MSR } from '../../abi/x86/msr.js';
import { Clock } from '../clock.js';
import { LocalApic, lapicAddress } from './lapic.js';

function machine() {
  const clock = new Clock();
  const lapic = new LocalApic(clock);
  const write = (offset: number, value: number) => lapic.write(lapicAddress + offset, 4, value);
  const read = (offset: number) => lapic.read(lapicAddress + offset, 4);
  /** Takes the pending interrupt at its exact time: [ns, vector]. */
  const next = (): [number, number] => {
    clock.advanceTo(clock.nextEvent());
    return lapic.pending() ? [clock.now, lapic.acknowledge()] : [clock.now, -1];
  };
  write(0xf0, 0x1ff);
  return { clock, lapic, write, read, next };
}

test('one-shot: at the exact nanosecond, once', () => {
  const { clock, write, read, next } = machine();
  clock.advanceTo(1000);
  write(0x3e0, 0x3); // divide by 16
  write(0x320, 0xec);
  write(0x380, 625);
  expect(clock.nextEvent()).toBe(1000 + 625 * 16);
  clock.advanceTo(1000 + 16 * 100 + 15);
  expect(read(0x390)).toBe(525);
  expect(next()).toEqual([11000, 0xec]);
  expect(read(0x390)).toBe(0);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  [0x0, 2],
  [0x1, 4],
  [0x2, 8],
  [0x3, 16],
  [0x8, 32],
  [0x9, 64],
  [0xa, 128],
  [0xb, 1],
])('divide configuration %d divides by %d', (code, divider) => {
  const { clock, write } = machine();
  write(0x3e0, code);
  write(0x320, 0x40);
  write(0x380, 1000);
  expect(clock.nextEvent()).toBe(1000 * divider);
});

test('periodic: without drift, masked and unmasked again in phase', () => {
  const { clock, write, read, next } = machine();
  write(0x3e0, 0xb);
  write(0x320, 0x20030);
  write(0x380, 1000);
  expect(next()).toEqual([1000, 0x30]);
  write(0xb0, 0);
  expect(next()).toEqual([2000, 0x30]);
  write(0xb0, 0);
  write(0x320, 0x30030);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
  clock.advanceTo(4400);
  expect(read(0x390)).toBe(600);
  write(0x320, 0x20030);
  expect(next()).toEqual([5000, 0x30]);
});

// SDM volume 3, 11.5.4: a change of the mode does not start the timer, and the count goes on.
describe('a change of the mode', () => {
  const oneShot = 0x30;
  const periodic = 0x20030;
  const masked = 0x10000;

  test.each([0, masked])('does not revive a one-shot count that ran out (mask %i)', (mask) => {
    const { clock, lapic, write, read } = machine();
    write(0x3e0, 0xb);
    write(0x320, oneShot | mask);
    write(0x380, 1000);
    clock.advanceTo(1500);
    if (!mask) lapic.acknowledge();
    write(0x320, periodic);
    expect([read(0x390), clock.nextEvent(), lapic.pending()]).toEqual([0, Number.POSITIVE_INFINITY, false]);
    clock.advanceTo(9999);
    expect([read(0x390), read(0x380)]).toEqual([0, 1000]);
    write(0x3e0, 0xa);
    expect([read(0x390), clock.nextEvent()]).toEqual([0, Number.POSITIVE_INFINITY]);
    write(0x380, 1000);
    expect(clock.nextEvent()).toBe(9999 + 128_000);
  });

  test('periodic to one-shot: this round ends, and none follows', () => {
    const { clock, write, read, next } = machine();
    write(0x3e0, 0xb);
    write(0x320, periodic | masked);
    write(0x380, 1000);
    clock.advanceTo(3300);
    write(0x320, oneShot);
    expect(read(0x390)).toBe(700);
    expect(next()).toEqual([4000, 0x30]);
    expect([read(0x390), clock.nextEvent()]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  test('one-shot to periodic: this round ends, and others follow', () => {
    const { clock, write, read, next } = machine();
    write(0x3e0, 0xb);
    write(0x320, oneShot);
    write(0x380, 1000);
    clock.advanceTo(300);
    write(0x320, periodic);
    expect(read(0x390)).toBe(700);
    expect(next()).toEqual([1000, 0x30]);
    write(0xb0, 0);
    expect(next()).toEqual([2000, 0x30]);
  });

  test.each([oneShot, periodic])('to TSC-deadline and back stops it (from %i)', (from) => {
    const { clock, write, read } = machine();
    write(0x320, from);
    write(0x380, 1000);
    write(0x320, 0x40030);
    write(0x380, 500);
    expect(read(0x390)).toBe(0);
    write(0x320, from);
    expect([read(0x390), clock.nextEvent()]).toEqual([0, Number.POSITIVE_INFINITY]);
  });
});

describe('a change of the divider', () => {
  test('keeps the count', () => {
    const { clock, write, read, next } = machine();
    write(0x3e0, 0xb);
    write(0x320, 0x20030);
    write(0x380, 1000);
    clock.advanceTo(2400);
    write(0x3e0, 0x0);
    expect(read(0x390)).toBe(600);
    expect(next()).toEqual([2400 + 1200, 0x30]);
    write(0xb0, 0);
    expect(next()).toEqual([3600 + 2000, 0x30]);
  });

  test('does not revive a one-shot count that ran out', () => {
    const { clock, write, read, next } = machine();
    write(0x3e0, 0xb);
    write(0x320, 0x30);
    write(0x380, 1000);
    expect(next()).toEqual([1000, 0x30]);
    write(0x3e0, 0xa);
    expect([read(0x390), clock.nextEvent()]).toEqual([0, Number.POSITIVE_INFINITY]);
  });
});

test('a zero initial count stops it', () => {
  const { clock, write } = machine();
  write(0x320, 0x20030);
  write(0x380, 1000);
  write(0x380, 0);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
});

test('TSC deadline: follows the guest TSC, a past one fires at once, firing disarms', () => {
  const { clock, lapic, write, next } = machine();
  write(0x320, 0x40031);
  clock.advanceTo(500);
  lapic.writeMsr(MSR.TSC_DEADLINE, 1500n);
  expect(lapic.readMsr(MSR.TSC_DEADLINE)).toBe(1500n);
  lapic.tscOffset = 300n;
  expect(clock.nextEvent()).toBe(1200);
  expect(next()).toEqual([1200, 0x31]);
  expect(lapic.readMsr(MSR.TSC_DEADLINE)).toBe(0n);
  write(0xb0, 0);
  lapic.writeMsr(MSR.TSC_DEADLINE, 7n);
  expect(next()).toEqual([1200, 0x31]);
  lapic.writeMsr(MSR.TSC_DEADLINE, 5000n);
  lapic.writeMsr(MSR.TSC_DEADLINE, 0n);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
  // All ones is never, not the past.
  lapic.writeMsr(MSR.TSC_DEADLINE, 2n ** 64n - 1n);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
  // A deadline that passes while masked is gone.
  lapic.writeMsr(MSR.TSC_DEADLINE, 3000n);
  write(0x320, 0x50031);
  clock.advanceTo(4000);
  write(0x320, 0x40031);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
  // In the other modes the MSR reads zero and ignores writes.
  write(0x320, 0x31);
  lapic.writeMsr(MSR.TSC_DEADLINE, 5000n);
  expect(lapic.readMsr(MSR.TSC_DEADLINE)).toBe(0n);
});
