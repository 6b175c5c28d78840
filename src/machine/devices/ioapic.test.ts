import { expect, test } from 'vitest';
import { Clock } from '../clock.js';
import { IoApic, ioApicAddress } from './ioapic.js';
import { LocalApic, lapicAddress } from './lapic.js';

const masked = 0x10000;
const level = 0x8000;
const remoteIrr = 0x4000;

function machine() {
  const lapic = new LocalApic(new Clock());
  lapic.write(lapicAddress + 0xf0, 4, 0x1ff);
  lapic.write(lapicAddress + 0xd0, 4, 0x01000000);
  const ioapic = new IoApic(lapic);
  const read = (register: number) => {
    ioapic.write(ioApicAddress, 4, register);
    return ioapic.read(ioApicAddress + 0x10, 4);
  };
  const write = (register: number, value: number) => {
    ioapic.write(ioApicAddress, 4, register);
    ioapic.write(ioApicAddress + 0x10, 4, value);
  };
  return {
    lapic,
    ioapic,
    read,
    write,
    entry: (pin: number, low: number, high = 0) => {
      write(0x11 + 2 * pin, high);
      write(0x10 + 2 * pin, low);
    },
    end: () => lapic.write(lapicAddress + 0xb0, 4, 0),
  };
}

test('24 entries, masked, version 20h', () => {
  const { read, write } = machine();
  expect(read(1)).toBe(0x00170020);
  for (let pin = 0; pin < 24; pin++) expect(read(0x10 + 2 * pin)).toBe(masked);
  write(0, 0x0f000000);
  expect(read(0)).toBe(0x0f000000);
});

test('edge: one message an edge; one on a masked input is lost', () => {
  const { lapic, ioapic, entry, end } = machine();
  entry(4, masked | 0x34);
  ioapic.setInput(4, true);
  entry(4, 0x34);
  expect(lapic.pending()).toBe(false);
  ioapic.setInput(4, false);
  ioapic.setInput(4, true);
  expect(lapic.acknowledge()).toBe(0x34);
  end();
  ioapic.setInput(4, true);
  expect(lapic.pending()).toBe(false);
});

test('level: Remote IRR from acceptance to EOI, again while asserted', () => {
  const { lapic, ioapic, read, entry, end } = machine();
  entry(9, level | 0x59);
  ioapic.setInput(9, true);
  expect(read(0x22)).toBe(level | remoteIrr | 0x59);
  expect(lapic.acknowledge()).toBe(0x59);
  expect(lapic.pending()).toBe(false);
  end();
  expect(lapic.acknowledge()).toBe(0x59);
  ioapic.setInput(9, false);
  end();
  expect(lapic.pending()).toBe(false);
  expect(read(0x22)).toBe(level | 0x59);
});

test('level: a masked input that is asserted interrupts when unmasked', () => {
  const { lapic, ioapic, entry } = machine();
  entry(9, masked | level | 0x59);
  ioapic.setInput(9, true);
  expect(lapic.pending()).toBe(false);
  entry(9, level | 0x59);
  expect(lapic.acknowledge()).toBe(0x59);
});

test('Remote IRR goes by the EOI register, and by switching to edge', () => {
  const { lapic, ioapic, read, entry } = machine();
  entry(9, level | 0x59);
  ioapic.setInput(9, true);
  ioapic.setInput(9, false);
  lapic.acknowledge();
  ioapic.write(ioApicAddress + 0x40, 4, 0x59);
  expect(read(0x22)).toBe(level | 0x59);
  ioapic.setInput(9, true);
  entry(9, masked | 0x59);
  expect(read(0x22)).toBe(masked | 0x59);
});

test('destinations: physical, logical, and elsewhere', () => {
  const { lapic, ioapic, entry, end } = machine();
  const pulse = () => {
    ioapic.setInput(5, false);
    ioapic.setInput(5, true);
  };
  for (const [low, high] of [
    [0x35, 0],
    [0x835, 0x01000000],
    [0x935, 0xff000000],
  ] as const) {
    entry(5, low, high);
    pulse();
    expect(lapic.acknowledge()).toBe(0x35);
    end();
  }
  entry(5, 0x35, 0x07000000);
  pulse();
  entry(5, 0x835, 0x02000000);
  pulse();
  expect(lapic.pending()).toBe(false);
});
