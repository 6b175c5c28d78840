import { describe, expect, test } from 'vitest';
import { Clock } from '../clock.js';
import { createChipset } from './create.js';
import type { ExtraDevice } from './extra-devices.js';

function machine(id: 'pc' | 'reduced', ...extra: ExtraDevice[]) {
  const events: (string | number)[] = [];
  const chipset = createChipset(
    id,
    {
      clock: new Clock(),
      onPowerOff: () => events.push('off'),
      onReset: (source) => events.push(source),
      onExit: (status) => events.push(status),
      onConsoleByte: (byte) => events.push(String.fromCharCode(byte)),
    },
    extra,
  );
  return { ...chipset, events };
}

describe.each(['pc', 'reduced'] as const)('%s', (id) => {
  test('without them there is nothing at their ports', () => {
    const { bus, events } = machine(id);
    for (const port of [0xe0, 0xe9, 0xf4, 0x501, 0x2000, 0xb004, 0x4004]) {
      bus.out(port, 4, 0x3400);
      expect(bus.in(port, 1)).toBe(0xff);
    }
    expect(events).toEqual([]);
  });

  // exit((v << 1) | 1) in QEMU, which the host cuts to 8 bits.
  test.each([
    [0x501, 1, 0, 1],
    [0xf4, 1, 0x10, 0x21],
    [0xf4, 4, 0x31, 0x63],
    [0xf6, 1, 1, 3],
    [0xf4, 4, 0xffffffff, 0xff],
  ] as const)('isa-debug-exit: port %i, %i bytes, value %i', (port, size, value, status) => {
    const { bus, events } = machine(id, 'isa-debug-exit');
    expect(bus.in(port, 1)).toBe(0);
    bus.out(port, size, value);
    expect(events).toEqual([status]);
  });

  test('isa-debugcon says that it is there and prints', () => {
    const { bus, events } = machine(id, 'isa-debugcon', 'isa-debugcon');
    expect(bus.in(0xe9, 1)).toBe(0xe9);
    bus.out(0xe9, 1, 0x41);
    expect(events).toEqual(['A']);
  });

  test('pm-control: soft off as Bochs and VirtualBox have it', () => {
    const { bus, events } = machine(id, 'pm-control');
    bus.out(0x4004, 2, 0x2000);
    bus.out(0xb004, 2, 0x3400);
    bus.out(0xb004, 1, 0x20);
    expect(events).toEqual([]);
    bus.out(0xb004, 2, 0x2000);
    bus.out(0x4004, 2, 0x3400);
    bus.out(0x4005, 1, 0x34);
    expect(events).toEqual(['off', 'off', 'off']);
  });

  test('pc-testdev: its register, its flush port and its memory', () => {
    const { bus, reserved } = machine(id, 'pc-testdev', 'isa-debugcon');
    bus.out(0xe0, 4, 0x87654321);
    bus.out(0xe4, 4, 0x1000);
    expect(bus.in(0xe0, 4)).toBe(0x87654321);
    expect(bus.in(0xe1, 2)).toBe(0x6543);
    expect(bus.in(0xea, 1)).toBe(0x65);
    bus.out(0xeb, 1, 0xff);
    expect(bus.in(0xe0, 4)).toBe(0xff654321);
    bus.write(0xff000ffe, 4, 0xdeadbeef);
    expect(bus.read(0xff001000, 2)).toBe(0xdead);
    expect(bus.read(0xff00ffff, 1)).toBe(0);
    expect(reserved).toContainEqual({ start: 0xff000000, size: 0x10000, type: 2 });
  });

  test('pc-testdev drives the wires of interrupts', () => {
    const { bus, interrupts } = machine(id, 'pc-testdev');
    bus.write(0xfee000f0, 4, 0x1ff);
    for (const [pin, vector] of [
      [14, 0x70],
      [20, 0x80],
    ] as const) {
      bus.write(0xfec00000, 4, 0x10 + 2 * pin);
      bus.write(0xfec00010, 4, vector);
      bus.out(0x2000 + pin, 1, 1);
      bus.out(0x2000 + pin, 1, 0);
      expect(interrupts.acknowledge()).toBe(vector);
      bus.write(0xfee000b0, 4, 0);
    }
  });
});
