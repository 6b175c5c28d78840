import { describe, expect, test } from 'vitest';
import { Clock } from '../clock.js';
import type { Saved } from '../saved.js';
import { createChipset } from './create.js';

const pitHertz = 1193182;

function machine(id: 'pc' | 'reduced', hpet = true) {
  const clock = new Clock();
  const events: string[] = [];
  const chipset = createChipset(id, {
    clock,
    hpet,
    onPowerOff: () => events.push('off'),
    onReset: (source) => events.push(source),
    onConsoleByte: (byte) => events.push(String.fromCharCode(byte)),
  });
  const { bus } = chipset;
  return {
    ...chipset,
    clock,
    events,
    out: (port: number, ...values: number[]) => {
      for (const value of values) bus.out(port, 1, value);
    },
    mmio: (address: number, value: number) => bus.write(address, 4, value),
    entry: (pin: number, low: number) => {
      bus.write(0xfec00000, 4, 0x10 + 2 * pin);
      bus.write(0xfec00010, 4, low);
    },
  };
}

function stateOf(chipset: Saved): string {
  const values: string[] = [];
  chipset.save((value) => values.push(String(value)));
  return values.join('\n');
}

describe('pc', () => {
  test('the timer arrives through the 8259 in virtual wire mode, as at the start of a boot', () => {
    const { clock, interrupts, out } = machine('pc');
    let changes = 0;
    interrupts.onChange = () => changes++;
    out(0x20, 0x11);
    out(0x21, 0x30, 0x04, 0x01, 0xfe);
    out(0x43, 0x34);
    out(0x40, 100, 0);
    expect(interrupts.pending()).toBe(false);
    clock.advanceTo(Math.ceil((101 * 1e9) / pitHertz) - 1);
    expect(interrupts.pending()).toBe(false);
    changes = 0;
    clock.advanceTo(clock.now + 1);
    expect(interrupts.pending()).toBe(true);
    expect(changes).toBeGreaterThan(0);
    expect(interrupts.acknowledge()).toBe(0x30);
    expect(interrupts.pending()).toBe(false);
  });

  test('the timer arrives at I/O APIC input 2 with the 8259 masked, as Linux checks (check_timer)', () => {
    const { clock, interrupts, lapic, out, entry, mmio } = machine('pc');
    mmio(0xfee00350, 0x10700);
    entry(2, 0x30);
    out(0x43, 0x34);
    out(0x40, 100, 0);
    for (let n = 1; n <= 3; n++) {
      while (!interrupts.pending()) clock.advanceTo(clock.nextEvent());
      expect(clock.now).toBe(Math.ceil(((100 * n + 1) * 1e9) / pitHertz));
      expect(interrupts.acknowledge()).toBe(0x30);
      mmio(0xfee000b0, 0);
    }
    expect(lapic.pending()).toBe(false);
  });

  test('COM1 interrupts on input 4 at its edges', () => {
    const { interrupts, entry, events, bus, mmio, serial } = machine('pc');
    entry(4, 0x34);
    bus.out(0x3fc, 1, 0x0b);
    bus.out(0x3f9, 1, 0x03);
    expect(interrupts.acknowledge()).toBe(0x34);
    mmio(0xfee000b0, 0);
    bus.out(0x3f8, 1, 0x41);
    expect(events).toEqual(['A']);
    expect(interrupts.acknowledge()).toBe(0x34);
    mmio(0xfee000b0, 0);
    bus.in(0x3fa, 1);
    serial.receive(0x42);
    expect(interrupts.acknowledge()).toBe(0x34);
    expect(bus.in(0x3f8, 1)).toBe(0x42);
  });

  test('the SCI is level-triggered on input 9', () => {
    const { clock, interrupts, entry, bus, out, mmio } = machine('pc');
    out(0x21, 0xff);
    entry(9, 0x8039);
    bus.out(0x602, 2, 1);
    clock.advanceTo(2_400_000_000);
    expect(interrupts.acknowledge()).toBe(0x39);
    mmio(0xfee000b0, 0);
    expect(interrupts.acknowledge()).toBe(0x39);
    bus.out(0x600, 2, 1);
    mmio(0xfee000b0, 0);
    expect(interrupts.pending()).toBe(false);
  });

  test('HPET legacy replacement takes IRQ 0 from the PIT and gives it back', () => {
    const { clock, interrupts, entry, out, mmio } = machine('pc');
    out(0x21, 0xff);
    entry(2, 0x30);
    mmio(0xfed00010, 3);
    out(0x43, 0x34);
    out(0x40, 100, 0);
    clock.advanceTo(1_000_000);
    expect(interrupts.pending()).toBe(false);
    mmio(0xfed00100, 0x104);
    mmio(0xfed00108, 150_000);
    clock.advanceTo(1_500_000);
    expect(interrupts.acknowledge()).toBe(0x30);
    mmio(0xfee000b0, 0);
    mmio(0xfed00010, 0);
    clock.advanceTo(1_600_000);
    expect(interrupts.acknowledge()).toBe(0x30);
  });

  test('every way to switch off or restart', () => {
    const { events, out, bus } = machine('pc');
    bus.out(0x604, 2, 0x3401);
    out(0xcf9, 0x06);
    out(0x92, 0x03);
    out(0x64, 0xfe);
    expect(events).toEqual(['off', 'reset control (port CF9)', 'port 92', 'keyboard controller (port 64)']);
  });

  test('no HPET on request', () => {
    const { bus, acpi, reserved } = machine('pc', false);
    expect(bus.read(0xfed00000, 4)).toBe(0xffffffff);
    expect(new TextDecoder('latin1').decode(acpi.bytes)).not.toContain('HPET');
    expect(reserved.map(({ start }) => start)).not.toContain(0xfed00000);
  });
});

describe('what SeaBIOS leaves on a PC', () => {
  // QEMU 7.2, registers read in its monitor while a Multiboot kernel runs.
  test('counter 0 of the timer counts 65536 in mode 2, and its interrupt arrives as vector 8', () => {
    const { bus, clock, interrupts, out } = machine('pc');
    for (const [counter, status] of [0xb4, 0xb6, 0xb6].entries()) {
      out(0x43, 0xe0 | (2 << counter));
      expect(bus.in(0x40 + counter, 1)).toBe(status);
    }
    const count = () => bus.in(0x40, 1) | (bus.in(0x40, 1) << 8);
    clock.advanceTo(1_000_000);
    expect(count()).toBe(65536 - 1193);
    expect(interrupts.pending()).toBe(false);
    const times: number[] = [];
    while (times.length < 3) {
      clock.advanceTo(clock.nextEvent());
      if (!interrupts.pending()) continue;
      times.push(clock.now);
      expect(interrupts.acknowledge()).toBe(0x08);
      out(0x20, 0x20);
    }
    expect(times).toEqual([1, 2, 3].map((n) => Math.ceil((n * 65536 * 1e9) / pitHertz)));
  });

  test('its local APIC passes the 8259s and NMI on', () => {
    const { lapic, bus } = machine('pc');
    const registers = [0x320, 0x330, 0x340, 0x350, 0x360, 0x370, 0x0f0, 0x3e0];
    expect(registers.map((offset) => bus.read(0xfee00000 + offset, 4))).toEqual([
      0x10000, 0x10000, 0x10000, 0x8700, 0x8400, 0x10000, 0x1ff, 0,
    ]);
    expect(lapic.acceptsExtInt).toBe(true);
  });

  test('A20 is on, the speaker off, the keyboard controller ready', () => {
    const { bus } = machine('pc');
    expect([bus.in(0x92, 1), bus.in(0x61, 1) & 0xf, bus.in(0x64, 1)]).toEqual([2, 0, 0x1c]);
  });
});

describe('reduced', () => {
  test('has no 8259 and no PIT; the local APIC holds LINT0 masked', () => {
    const { bus, lapic } = machine('reduced');
    for (const port of [0x20, 0x21, 0xa1, 0x40, 0x42, 0x43, 0x61, 0x64, 0x604, 0x608, 0xcf8])
      expect(bus.in(port, 1)).toBe(0xff);
    expect(lapic.acceptsExtInt).toBe(false);
  });

  test('switches off and resets by its memory-mapped registers', () => {
    const { events, bus } = machine('reduced');
    bus.write(0xfea00000, 1, 0x34);
    bus.write(0xfea00002, 1, 0x42);
    expect(events).toEqual(['off', 'ACPI reset register']);
  });
});

describe.each(['pc', 'reduced'] as const)('%s', (id) => {
  test('two of them in the same state hash alike; one access makes a difference', () => {
    const [a, b] = [machine(id), machine(id)];
    a.bus.out(0x3ff, 1, 5);
    expect(stateOf(a)).not.toBe(stateOf(b));
    b.bus.out(0x3ff, 1, 5);
    expect(stateOf(a)).toBe(stateOf(b));
    a.mmio(0xfee00080, 0x10);
    expect(stateOf(a)).not.toBe(stateOf(b));
  });

  test('all MMIO is reserved in the memory map, and so are the ACPI tables', () => {
    const { bus, acpi, reserved } = machine(id);
    const inside = (start: number, size: number) =>
      reserved.some((range) => start >= range.start && start + size <= range.start + range.size);
    for (const { start, size } of bus.mmioRanges) expect(inside(start, size)).toBe(true);
    expect(inside(acpi.address, acpi.bytes.length)).toBe(true);
  });

  test('any access is answered in range, and the same accesses lead to the same state', () => {
    const play = () => {
      const chip = machine(id);
      const { bus, clock, interrupts } = chip;
      let seed = 1;
      const random = (n: number) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return Math.floor((seed / 2 ** 32) * n);
      };
      const sizes = [1, 2, 4] as const;
      const ports = [0x20, 0x40, 0x60, 0x70, 0x71, 0xa0, 0x3f8, 0x4d0, 0x600, 0xcf8];
      const values: number[] = [];
      for (let i = 0; i < 20_000; i++) {
        const size = sizes[random(3)]!;
        const value = random(2 ** (8 * size));
        const port = ports[random(ports.length)]! + random(16);
        const range = bus.mmioRanges[random(bus.mmioRanges.length)]!;
        const address = range.start + random(Math.min(range.size, 0x400));
        if (random(2)) bus.out(port, size, value);
        if (random(2)) bus.write((address & ~(size - 1)) >>> 0, size, value);
        const got = [bus.in(port, size), bus.read(address, size)];
        for (const read of got) {
          if (!(Number.isInteger(read) && read >= 0 && read < 2 ** (8 * size)))
            throw new Error(`port ${port.toString(16)} or address ${address.toString(16)}: ${read}`);
        }
        if (random(4) === 0 && interrupts.pending()) got.push(interrupts.acknowledge());
        values.push(...got);
        clock.advanceTo(clock.now + random(2000));
      }
      return `${values.join()} ${stateOf(chip)}`;
    };
    expect(play()).toBe(play());
  });

  test('nothing is pending at power-on, nor later when the timer is masked', () => {
    const { clock, interrupts, out } = machine(id);
    // The PC's timer runs, as firmware leaves it.
    expect(interrupts.pending()).toBe(false);
    out(0x21, 0xff);
    clock.advanceTo(10_000_000_000);
    expect(interrupts.pending()).toBe(false);
  });
});
