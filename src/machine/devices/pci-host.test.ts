import { expect, test } from 'vitest';
import { Bus } from '../bus.js';
import { Clock } from '../clock.js';
import { hostBridge, isaBridge, PciHost } from './pci-host.js';
import { ResetControl } from './reset-control.js';

function machine() {
  const bus = new Bus(new Clock());
  let resets = 0;
  bus.attach(new PciHost([hostBridge, isaBridge]));
  bus.attach(new ResetControl(() => resets++));
  return { bus, resets: () => resets };
}

test("Linux's type 1 probe (pci_check_type1), then the class of all 256 functions (early_quirks)", () => {
  const { bus } = machine();
  bus.out(0xcfb, 1, 1);
  bus.out(0xcf8, 4, 0x80000000);
  expect(bus.in(0xcf8, 4)).toBe(0x80000000);
  const classes: [number, number][] = [];
  for (let fn = 0; fn < 256; fn++) {
    bus.out(0xcf8, 4, (0x80000000 | (fn << 8) | 8) >>> 0);
    const code = bus.in(0xcfe, 2);
    if (code !== 0xffff) classes.push([fn, code]);
  }
  expect(classes).toEqual([
    [0, 0x0600],
    [8, 0x0601],
  ]);
});

test('identity, header type, and no base addresses', () => {
  const { bus } = machine();
  const read = (slot: number, at: number) => {
    bus.out(0xcf8, 4, (0x80000000 | (slot << 11) | at) >>> 0);
    return bus.in(0xcfc, 4);
  };
  expect(read(0, 0)).toBe(0x12378086);
  expect(read(1, 0)).toBe(0x70008086);
  expect(read(1, 0x0c) >>> 16).toBe(0x80);
  bus.out(0xcf8, 4, 0x80000010);
  bus.out(0xcfc, 4, 0xffffffff);
  expect(bus.in(0xcfc, 4)).toBe(0);
  expect(read(2, 0)).toBe(0xffffffff);
  bus.out(0xcf8, 4, 0x80010000); // bus 1
  expect(bus.in(0xcfc, 4)).toBe(0xffffffff);
  bus.out(0xcf8, 4, 0); // not enabled
  expect(bus.in(0xcfc, 4)).toBe(0xffffffff);
});

test('CF9 resets on the rising edge of RST_CPU and leaves the address alone', () => {
  const { bus, resets } = machine();
  bus.out(0xcf8, 4, 0x80001234);
  bus.out(0xcf9, 1, 0x02);
  expect(resets()).toBe(0);
  bus.out(0xcf9, 1, 0x06);
  expect(resets()).toBe(1);
  expect(bus.in(0xcf8, 4)).toBe(0x80001234);
});
