import { expect, test } from 'vitest';
import { ioApicAddress } from './devices/ioapic.js';
import { lapicAddress } from './devices/lapic.js';
import { Machine } from './machine.js';
import { setSegment } from './x86/segments/segments.js';

/** Real-mode code whose NMI handler counts in BX. */
function machine(chipset: 'pc' | 'reduced' = 'pc', code = [0xf4, 0xeb, 0xfd]): Machine {
  const made = new Machine({ memory: 16, chipset });
  const { cpu, memory } = made;
  for (const index of [0, 1, 2, 3, 4, 5])
    setSegment(cpu, index, { selector: 0, base: 0n, limit: 0xffff, access: 0x93 });
  cpu.idtr.limit = 0x3ff;
  memory.guestView.setUint32(8, 0x600, true);
  // inc bx; iret
  memory.ram(0x600, 2).set([0x43, 0xcf]);
  memory.ram(0x500, code.length).set(code);
  cpu.gpr[4] = 0x7000n;
  cpu.rip = 0x500n;
  cpu.modeChanged();
  return made;
}

const count = (made: Machine): bigint => made.cpu.gpr[3]!;

test('LINT1 carries the NMI button; masked, it does not', () => {
  const made = machine();
  expect(made.run(1000)).toBe('dead-halt');
  made.injectNmi();
  expect(made.run(2000)).toBe('dead-halt');
  expect(count(made)).toBe(1n);
  const { bus } = made.chipset;
  bus.write(lapicAddress + 0x360, 4, 0x10400);
  made.injectNmi();
  expect(made.run(3000)).toBe('dead-halt');
  expect(count(made)).toBe(1n);
  // Without firmware LINT1 is masked.
  const bare = machine('reduced');
  bare.injectNmi();
  bare.run(1000);
  expect(count(bare)).toBe(0n);
});

test('an NMI through the ICR, to itself', () => {
  const made = machine();
  made.chipset.bus.write(lapicAddress + 0x300, 4, 0x40400);
  made.run(1000);
  expect(count(made)).toBe(1n);
});

test('INIT to itself is a reset', () => {
  const made = machine();
  made.clock.schedule(10, () => made.chipset.bus.write(lapicAddress + 0x300, 4, 0x44500), 'test');
  made.cpu.flags = 0x202;
  expect(made.run(1000)).toBe('reset');
});

test('an I/O APIC entry with delivery mode NMI wakes HLT with interrupts off, once an edge', () => {
  const made = machine();
  const { bus } = made.chipset;
  const entry = (pin: number, low: number): void => {
    bus.write(ioApicAddress, 4, 0x10 + 2 * pin);
    bus.write(ioApicAddress + 0x10, 4, low);
  };
  // The level bit counts for nothing.
  entry(2, 0x8400);
  // Counter 0, mode 2, 100 ticks: an edge every 83.8 µs.
  bus.out(0x43, 1, 0x34);
  bus.out(0x40, 1, 100);
  bus.out(0x40, 1, 0);
  expect(made.run(1_000_000)).toBe('budget');
  expect(count(made)).toBe(11n);
  entry(2, 0x18400);
  expect(made.run(2_000_000)).toBe('dead-halt');
});

test('an ExtINT entry of I/O APIC input 0 lets the 8259s through when LINT0 is masked', () => {
  const made = machine('pc', [0xfb, 0xf4, 0xeb, 0xfc]);
  const { bus } = made.chipset;
  made.memory.guestView.setUint32(0x30 * 4, 0x700, true);
  // inc bp; mov al, 0x20; out 0x20, al; iret
  made.memory.ram(0x700, 6).set([0x45, 0xb0, 0x20, 0xe6, 0x20, 0xcf]);
  for (const [port, value] of [
    ...[
      [0x20, 0x11],
      [0x21, 0x30],
      [0x21, 4],
      [0x21, 1],
      [0x21, 0xfe],
    ],
    ...[
      [0x43, 0x34],
      [0x40, 100],
      [0x40, 0],
    ],
  ] as [number, number][])
    bus.out(port, 1, value);
  bus.write(lapicAddress + 0x350, 4, 0x10700);
  expect(made.run(200_000)).toBe('budget');
  expect(made.cpu.gpr[5]).toBe(0n);
  bus.write(ioApicAddress, 4, 0x10);
  bus.write(ioApicAddress + 0x10, 4, 0x700);
  expect(made.run(400_000)).toBe('budget');
  expect(made.cpu.gpr[5]).toBeGreaterThan(1n);
});
