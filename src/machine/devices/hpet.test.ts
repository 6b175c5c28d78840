import { expect, test } from 'vitest';
import { Clock } from '../clock.js';
import { Hpet, hpetAddress } from './hpet.js';

function machine() {
  const clock = new Clock();
  const outputs: [number, string, boolean][] = [];
  const hpet = new Hpet(clock, (route, level) => {
    outputs.push([clock.now, 'irq' in route ? `irq ${route.irq}` : `pin ${route.pin}`, level]);
  });
  return {
    clock,
    hpet,
    outputs,
    rises: () => outputs.filter(([, , level]) => level).map(([now, route]) => [now, route]),
    read: (offset: number) => hpet.read(hpetAddress + offset, 4),
    write: (offset: number, value: number) => hpet.write(hpetAddress + offset, 4, value),
  };
}

test('capabilities: three 64-bit timers, 100 MHz, Intel, legacy replacement', () => {
  const { read } = machine();
  expect([read(0), read(4)]).toEqual([0x8086a201, 10_000_000]);
  expect([read(0x100), read(0x104)]).toEqual([0x30, 0x00f00004]);
});

test('the counter stands still until enabled', () => {
  const { clock, read, write } = machine();
  clock.advanceTo(1000);
  expect(read(0xf0)).toBe(0);
  write(0xf0, 0xfffffff0);
  write(0xf4, 1);
  write(0x10, 1);
  clock.advanceTo(1000 + 10 * 20 + 9);
  expect([read(0xf4), read(0xf0)]).toEqual([2, 4]);
  write(0x10, 0);
  clock.advanceTo(5000);
  expect(read(0xf0)).toBe(4);
});

test("Linux's periodic clock event on legacy IRQ 0 (hpet_clkevt_set_state_periodic)", () => {
  const { clock, hpet, rises, read, write } = machine();
  const legacy: boolean[] = [];
  hpet.onLegacyChange = (active) => legacy.push(active);
  write(0x10, 3);
  clock.advanceTo(123);
  const delta = 400_000; // 4 ms
  write(0x100, read(0x100) | 0x014c); // enable, periodic, set value, 32 bits
  write(0x108, (read(0xf0) + delta) | 0);
  clock.advanceTo(1123);
  write(0x108, delta);
  expect(read(0x100) & 0x40).toBe(0);
  clock.advanceTo(13_000_000);
  expect(legacy).toEqual([true]);
  expect(rises()).toEqual([
    [4_000_120, 'irq 0'],
    [8_000_120, 'irq 0'],
    [12_000_120, 'irq 0'],
  ]);
});

test('one-shot on an I/O APIC pin; a comparator already passed waits for the wrap', () => {
  const { clock, rises, read, write } = machine();
  write(0x10, 1);
  clock.advanceTo(5000);
  write(0x120, (20 << 9) | 0x104);
  write(0x128, read(0xf0) + 50);
  clock.advanceTo(6000);
  expect(rises()).toEqual([[5500, 'pin 20']]);
  write(0x128, 100);
  expect(clock.nextEvent()).toBe(1000 + 2 ** 32 * 10);
});

test('level: asserted until its status bit is cleared', () => {
  const { clock, outputs, read, write } = machine();
  write(0x10, 1);
  write(0x140, (21 << 9) | 0x106);
  write(0x148, 10);
  clock.advanceTo(100);
  expect(read(0x20)).toBe(4);
  write(0x20, 4);
  expect(outputs).toEqual([
    [100, 'pin 21', true],
    [100, 'pin 21', false],
  ]);
});

test('a 64-bit periodic comparator is set by two halves', () => {
  const { clock, rises, read, write } = machine();
  write(0x10, 1);
  write(0x100, (22 << 9) | 0x4c);
  write(0x108, 100);
  write(0x10c, 0);
  write(0x108, 50);
  write(0x10c, 0);
  clock.advanceTo(2100);
  expect(rises().map(([now]) => now)).toEqual([1000, 1500, 2000]);
  expect([read(0x108), read(0x10c)]).toEqual([250, 0]);
});

test('a periodic comparator moves on without its interrupt, and without an event', () => {
  const { clock, rises, read, write } = machine();
  write(0x10, 1);
  write(0x100, (22 << 9) | 0x14c);
  write(0x108, 100);
  write(0x108, 50);
  write(0x100, (22 << 9) | 0x108);
  expect(clock.nextEvent()).toBe(Number.POSITIVE_INFINITY);
  clock.advanceTo(3005);
  expect(read(0x108)).toBe(350);
  expect(rises()).toEqual([]);
  write(0x100, (22 << 9) | 0x10c);
  expect(clock.nextEvent()).toBe(3500);
});
