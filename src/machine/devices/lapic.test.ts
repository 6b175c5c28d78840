import { describe, expect, test } from 'vitest';
import { MSR } from '../../abi/x86/msr.js';
import { Clock } from '../clock.js';
import { deliveryMode, LocalApic, lapicAddress } from './lapic.js';

type Write = (offset: number, value: number) => void;

function machine(clock = new Clock()) {
  const lapic = new LocalApic(clock);
  const write = (offset: number, value: number) => lapic.write(lapicAddress + offset, 4, value);
  const read = (offset: number) => lapic.read(lapicAddress + offset, 4);
  write(0xf0, 0x1ff);
  return { lapic, write, read };
}

test('what Linux reads first: ID, version 14h with six LVT entries, everything masked', () => {
  const lapic = new LocalApic(new Clock());
  const read = (offset: number) => lapic.read(lapicAddress + offset, 4);
  expect([read(0x20), read(0x30), read(0xf0), read(0xe0)]).toEqual([0, 0x50014, 0xff, 0xffffffff]);
  for (let offset = 0x320; offset <= 0x370; offset += 0x10) expect(read(offset)).toBe(0x10000);
  expect(lapic.readMsr(MSR.APIC_BASE)).toBe(0xfee00900n);
});

describe('priorities', () => {
  test('higher classes nest, equal ones wait for the EOI', () => {
    const { lapic, write, read } = machine();
    lapic.deliver(0x45, false);
    expect(lapic.acknowledge()).toBe(0x45);
    lapic.deliver(0x4f, false);
    expect(lapic.pending()).toBe(false);
    lapic.deliver(0x51, false);
    expect(lapic.acknowledge()).toBe(0x51);
    expect(read(0xa0)).toBe(0x50);
    expect(read(0x120)).toBe((1 << 5) | (1 << 17));
    write(0xb0, 0);
    expect(lapic.pending()).toBe(false);
    write(0xb0, 0);
    expect(lapic.acknowledge()).toBe(0x4f);
  });

  test('the task priority holds its class and those below', () => {
    const { lapic, write, read } = machine();
    lapic.cr8 = 4;
    expect(read(0x80)).toBe(0x40);
    lapic.deliver(0x4f, false);
    expect(lapic.pending()).toBe(false);
    write(0x80, 0x30);
    expect(lapic.cr8).toBe(3);
    expect(lapic.pending()).toBe(true);
  });

  test('nothing pending gives the spurious vector', () => {
    expect(machine().lapic.acknowledge()).toBe(0xff);
  });
});

test('ending a level-triggered interrupt tells the I/O APIC, an edge-triggered one does not', () => {
  const { lapic, write, read } = machine();
  const ended: number[] = [];
  lapic.onEndOfInterrupt = (vector) => ended.push(vector);
  lapic.deliver(0x60, true);
  expect(read(0x1b0)).toBe(1);
  lapic.acknowledge();
  write(0xb0, 0);
  lapic.deliver(0x60, false);
  lapic.acknowledge();
  write(0xb0, 0);
  expect(ended).toEqual([0x60]);
});

describe('interrupt command', () => {
  test('to itself by shorthand, by ID and by logical destination', () => {
    const { lapic, write } = machine();
    write(0xd0, 0x01000000);
    for (const [high, low] of [
      [0, 0x40051],
      [0, 0x80052],
      [0, 0x00053],
      [0x01000000, 0x00854],
      [0xff000000, 0x00055],
    ] as const) {
      write(0x310, high);
      write(0x300, low);
      expect(lapic.acknowledge()).toBe(low & 0xff);
      write(0xb0, 0);
    }
    write(0x310, 0x02000000);
    write(0x300, 0x00056);
    write(0x300, 0x00857);
    write(0x300, 0xc0058);
    expect(lapic.pending()).toBe(false);
    expect(lapic.read(lapicAddress + 0x300, 4) & 0x1000).toBe(0);
  });

  test('INIT and startup go to the seam', () => {
    const { lapic, write } = machine();
    const messages: [number, number][] = [];
    lapic.onMessage = (mode, vector) => messages.push([mode, vector]);
    write(0x300, 0x44500);
    write(0x300, 0x40500); // de-assert
    write(0x300, 0x44608);
    expect(messages).toEqual([
      [deliveryMode.init, 0],
      [deliveryMode.startup, 8],
    ]);
  });

  test('an illegal vector is an error, shown after a write of ESR', () => {
    const { lapic, write, read } = machine();
    write(0x370, 0xfe);
    write(0x300, 0x40005);
    expect(lapic.acknowledge()).toBe(0xfe);
    expect(read(0x280)).toBe(0);
    write(0x280, 0);
    expect(read(0x280)).toBe(0x20);
    write(0x280, 0);
    expect(read(0x280)).toBe(0);
  });
});

test.each([
  ['an IPI', (write: Write) => write(0x300, 0x4000f), 0x20],
  ['the timer', (write: Write) => write(0x380, 1), 0x40],
  ['an input', (_: Write, lapic: LocalApic) => lapic.pulseLint1(), 0x40],
])('vector 15 of %s, and of the error interrupt too: both are errors (SDM 11.5.3)', (_, raise, error) => {
  const clock = new Clock();
  const { lapic, write, read } = machine(clock);
  write(0x320, 0x0f);
  write(0x360, 0x0f);
  const raised = () => {
    raise(write, lapic);
    clock.advanceTo(clock.now + 10);
    write(0x280, 0);
    return read(0x280);
  };
  write(0x370, 0x1000f);
  expect(raised()).toBe(error);
  write(0x370, 0xfe);
  expect(raised()).toBe(error);
  expect(lapic.acknowledge()).toBe(0xfe);
  write(0x370, 0x0f);
  expect(raised()).toBe(error | 0x40);
  expect(lapic.pending()).toBe(false);
});

test('software disable masks the LVT and takes no messages', () => {
  const { lapic, write, read } = machine();
  write(0x350, 0x700);
  expect(lapic.acceptsExtInt).toBe(true);
  write(0xf0, 0xff);
  expect(read(0x350)).toBe(0x10700);
  expect(lapic.acceptsExtInt).toBe(false);
  write(0x350, 0x700);
  expect(read(0x350)).toBe(0x10700);
  expect(lapic.deliver(0x40, false)).toBe(false);
});

describe('x2APIC', () => {
  const enable = (lapic: LocalApic) => lapic.writeMsr(MSR.APIC_BASE, 0xfee00d00n);

  test('registers become MSRs and leave memory', () => {
    const { lapic, read } = machine();
    expect(lapic.readMsr(0x802)).toBeUndefined();
    expect(enable(lapic)).toBe(true);
    expect(read(0x30)).toBe(0xffffffff);
    expect(lapic.readMsr(0x803)).toBe(0x50014n);
    expect(lapic.readMsr(0x80d)).toBe(1n);
    expect(lapic.writeMsr(0x808, 0x20n)).toBe(true);
    expect(lapic.readMsr(0x808)).toBe(0x20n);
    expect(lapic.writeMsr(0x83f, 0x44n)).toBe(true);
    expect(lapic.acknowledge()).toBe(0x44);
    expect(lapic.writeMsr(0x80b, 0n)).toBe(true);
    expect(lapic.writeMsr(0x830, 0x00045n)).toBe(true);
    expect(lapic.acknowledge()).toBe(0x45);
  });

  test('what does not exist or is reserved is #GP', () => {
    const { lapic } = machine();
    enable(lapic);
    for (const index of [0x80b, 0x80e, 0x809, 0x831, 0x83f, 0x840, 0x801])
      expect(lapic.readMsr(index)).toBeUndefined();
    expect(lapic.writeMsr(0x802, 0n)).toBe(false);
    expect(lapic.writeMsr(0x80d, 0n)).toBe(false);
    expect(lapic.writeMsr(0x80b, 1n)).toBe(false);
    expect(lapic.writeMsr(0x808, 1n << 32n)).toBe(false);
  });

  test('illegal transitions are #GP; disabling resets', () => {
    const { lapic } = machine();
    enable(lapic);
    expect(lapic.writeMsr(MSR.APIC_BASE, 0xfee00900n)).toBe(false);
    expect(lapic.writeMsr(MSR.APIC_BASE, 0xfee00500n)).toBe(false);
    expect(lapic.writeMsr(MSR.APIC_BASE, 0xfed00d00n)).toBe(false);
    expect(lapic.writeMsr(MSR.APIC_BASE, 0xfee00100n)).toBe(true);
    expect(lapic.enabled).toBe(false);
    expect(enable(lapic)).toBe(false);
    expect(lapic.writeMsr(MSR.APIC_BASE, 0xfee00900n)).toBe(true);
    expect(lapic.read(lapicAddress + 0xf0, 4)).toBe(0xff);
  });
});
