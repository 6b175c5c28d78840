import { describe, expect, test } from 'vitest';
import { ioApicAddress } from '../devices/ioapic.js';
import { lapicAddress } from '../devices/lapic.js';
import { Machine } from '../machine.js';
import { readMsr, writeMsr } from './msr.js';
import { setSegment } from './segments/segments.js';

const lvt = lapicAddress + 0x340;
const NMI = 0x400;
const MASKED = 0x10000;

/** EN, INT, OS, USR. */
const ON = 0x530000n;
const ways = {
  amd: { vendor: 'AuthenticAMD', select: 0xc0010000, counter: 0xc0010004, cycles: 0x76n },
  intel: { vendor: 'GenuineIntel', select: 0x186, counter: 0xc1, cycles: 0x3cn },
} as const;
const RETIRED = 0xc0n;

type Ways = (typeof ways)[keyof typeof ways];

/** Real-mode code at 500h; NMIs count in BX, vector 40h in BP. */
function machine({ vendor }: Ways, code: readonly number[] = [0xeb, 0xfe], model?: number): Machine {
  const made = new Machine({ memory: 16, cpu: { vendor, ...(model === undefined ? {} : { model }) } });
  const { cpu, memory } = made;
  for (const index of [0, 1, 2, 3, 4, 5])
    setSegment(cpu, index, { selector: 0, base: 0n, limit: 0xffff, access: 0x93 });
  cpu.idtr.limit = 0x3ff;
  memory.guestView.setUint32(2 * 4, 0x600, true);
  memory.guestView.setUint32(0x40 * 4, 0x608, true);
  memory.ram(0x600, 2).set([0x43, 0xcf]);
  memory.ram(0x608, 2).set([0x45, 0xcf]);
  memory.ram(0x500, code.length).set(code);
  cpu.gpr[4] = 0x7000n;
  cpu.rip = 0x500n;
  cpu.modeChanged();
  return made;
}

const nmis = (made: Machine): number => Number(made.cpu.gpr[3]!);
const read = (made: Machine, index: number): bigint => readMsr(made.cpu, index)!;

describe.each(Object.entries(ways))('%s', (name, way) => {
  const { select, counter, cycles } = way;
  const start = (made: Machine, event: bigint, value = -1000n, n = 0): void => {
    expect(writeMsr(made.cpu, select + n, event)).toBe(true);
    expect(writeMsr(made.cpu, counter + n, value)).toBe(true);
  };

  test.each([cycles, RETIRED])('event %x counts instructions, exactly', (event) => {
    const made = machine(way);
    start(made, (ON & ~0x100000n) | event, 5n);
    made.run(777);
    expect(read(made, counter)).toBe(782n);
    // Stopped, it keeps its count; another goes on from what was written.
    writeMsr(made.cpu, select, 0n);
    start(made, ON | event, 100n, 3);
    made.run(1000);
    expect([read(made, counter), read(made, counter + 3)]).toEqual([782n, 323n]);
  });

  test('an overflow is an NMI by LVTPC at the very instruction; on Intel it masks the entry', () => {
    const made = machine(way);
    made.chipset.bus.write(lvt, 4, NMI);
    start(made, ON | cycles);
    made.run(999);
    expect(made.cpu.rip).toBe(0x500n);
    made.run(1000);
    expect([made.cpu.rip, nmis(made)]).toEqual([0x600n, 0]);
    expect(read(made, counter)).toBe(0n);
    expect(made.chipset.bus.read(lvt, 4)).toBe(name === 'intel' ? NMI | MASKED : NMI);
    made.run(1500);
    expect(nmis(made)).toBe(1);
    expect(read(made, counter)).toBe(500n);
  });

  test('armed again it comes again; masked, or not asked for, it does not', () => {
    const made = machine(way);
    const arm = (entry: number, event: bigint): void => {
      made.chipset.bus.write(lvt, 4, entry);
      start(made, event | cycles);
    };
    arm(NMI, ON);
    made.run(1900);
    arm(NMI, ON);
    made.run(3900);
    expect(nmis(made)).toBe(2);
    arm(NMI | MASKED, ON);
    made.run(5900);
    arm(NMI, ON & ~0x100000n);
    made.run(7900);
    expect(nmis(made)).toBe(2);
    expect(read(made, counter)).toBe(1000n);
  });

  test('delivery mode fixed is an interrupt', () => {
    const made = machine(way, [0xfb, 0xeb, 0xfe]);
    made.chipset.bus.write(lvt, 4, 0x40);
    start(made, ON | cycles);
    made.run(2000);
    expect([nmis(made), made.cpu.gpr[5]]).toEqual([0, 1n]);
  });

  test('a guest that arms one itself is interrupted where it counted to', () => {
    // mov ecx, counter; mov eax, -300; mov edx, 0xffff; wrmsr; then INC SI for ever
    const bytes = (value: number): number[] => [0, 8, 16, 24].map((by) => (value >>> by) & 0xff);
    const code = [0x66, 0xb9, ...bytes(counter), 0x66, 0xb8, ...bytes(-300), 0x66, 0xba, ...bytes(0xffff)];
    const made = machine(way, [...code, 0x0f, 0x30, 0x46, 0xeb, 0xfd]);
    made.chipset.bus.write(lvt, 4, NMI);
    writeMsr(made.cpu, select, ON | RETIRED);
    // hlt in the handler
    made.memory.ram(0x600, 1).set([0xf4]);
    expect(made.run(5000)).toBe('dead-halt');
    // WRMSR is the first of 300; every second of the others is INC SI.
    expect(made.cpu.gpr[6]).toBe(150n);
    expect(made.instructions).toBe(3 + 300 + 1);
  });

  test('a halted processor has no cycles, and is not woken by them', () => {
    const made = machine(way, [0xf4, 0xeb, 0xfd]);
    made.chipset.bus.write(lvt, 4, NMI);
    start(made, ON | cycles);
    expect(made.run(1_000_000)).toBe('dead-halt');
    const { bus } = made.chipset;
    // An edge of the 8254 every 83.8 µs, as NMI: HLT, INC BX, IRET, JMP each.
    bus.write(ioApicAddress, 4, 0x14);
    bus.write(ioApicAddress + 0x10, 4, NMI);
    for (const [port, value] of [
      [0x43, 0x34],
      [0x40, 100],
      [0x40, 0],
    ] as const)
      bus.out(port, 1, value);
    expect(made.run(2_000_000)).toBe('budget');
    expect(nmis(made)).toBeGreaterThan(5);
    expect(read(made, counter)).toBe(BigInt.asUintN(48, -1000n + BigInt(made.instructions)));
  });

  test.each([
    ['disabled', 0x130000n],
    ['OS alone', 0x520000n],
    ['USR alone', 0x510000n],
    ['a counter mask', 0x1530000n],
    ['inverted', 0xd30000n],
    ['edges', 0x570000n],
  ])('%s: it idles', (_, bits) => {
    const made = machine(way);
    start(made, bits | cycles, 5n);
    made.run(1000);
    expect(read(made, counter)).toBe(5n);
  });

  test('other events idle', () => {
    const made = machine(way);
    start(made, ON | 0x41n, 5n);
    made.run(1000);
    expect(read(made, counter)).toBe(5n);
  });

  test('twice the same, in parts too', () => {
    const hash = (steps: readonly number[]): readonly unknown[] => {
      const made = machine(way);
      made.chipset.bus.write(lvt, 4, NMI);
      start(made, ON | cycles);
      for (const step of steps) made.run(step);
      return [nmis(made), read(made, counter), made.cpu.rip, made.instructions];
    };
    expect(hash([1000, 1001, 1002, 4000])).toEqual(hash([4000]));
  });
});

test('event 79 is the clock of a P6 only; a unit mask makes another event on Intel', () => {
  const counted = (model: number, event: bigint): bigint => {
    const made = machine(ways.intel, undefined, model);
    writeMsr(made.cpu, 0x186, ON | event);
    made.run(100);
    return read(made, 0xc1);
  };
  expect([counted(13, 0x79n), counted(0x2a, 0x79n)]).toEqual([100n, 0n]);
  expect(counted(0x2a, 0x13cn)).toBe(0n);
});
