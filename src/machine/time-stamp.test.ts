import { expect, test } from 'vitest';
import { MSR } from '../abi/x86/msr.js';
import { lapicAddress } from './devices/lapic.js';
import { Machine } from './machine.js';
import { setSegment } from './x86/segments/segments.js';

/** A machine in real mode that has written an MSR. */
function wrote(index: number, value: number, add: 'tsc_adjust'[] = []): Machine {
  const machine = new Machine({ memory: 16, cpu: { add: ['tsc_deadline_timer', ...add] } });
  const { cpu, chipset, memory } = machine;
  // LVT timer: TSC-deadline mode, vector 0x50.
  chipset.bus.write(lapicAddress + 0x320, 4, 0x40050);
  for (const i of [0, 1, 2, 3, 4, 5])
    setSegment(cpu, i, { selector: 0, base: 0n, limit: 0xffff, access: 0x93 });
  cpu.idtr.limit = 0x3ff;
  cpu.gpr[4] = 0x7000n;
  cpu.gpr[1] = BigInt(index);
  cpu.gpr[0] = BigInt(value);
  // The handler of #GP: HLT at 0x700.
  memory.guestView.setUint32(13 * 4, 0x700, true);
  memory.ram(0x700, 1).set([0xf4]);
  memory.ram(0x500, 4).set([0x90, 0x0f, 0x30, 0xf4]);
  cpu.rip = 0x500n;
  cpu.modeChanged();
  expect(machine.run(1000)).toBe('dead-halt');
  return machine;
}

function expectDeadlineRight({ cpu, chipset, clock }: Machine): void {
  const now = cpu.now;
  chipset.lapic.writeMsr(MSR.TSC_DEADLINE, BigInt(now) + cpu.timeStampOffset + 5000n);
  expect(clock.nextEvent()).toBe(now + 5000);
}

test('a TSC deadline follows a write of IA32_TIME_STAMP_COUNTER', () => {
  const machine = wrote(0x10, 0x1000000);
  // Written after one instruction.
  expect(machine.cpu.timeStampOffset).toBe(0x1000000n - 1n);
  expectDeadlineRight(machine);
});

test('IA32_TSC_ADJUST is what has been added to the counter', () => {
  const machine = wrote(0x3b, 0x500000, ['tsc_adjust']);
  expect(machine.cpu.timeStampOffset).toBe(0x500000n);
  expectDeadlineRight(machine);
});

test('IA32_TSC_ADJUST is not there unless advertised', () => {
  expect(wrote(0x3b, 0x500000).cpu.rip).toBe(0x701n);
});

test('a deadline that was set moves with the counter', () => {
  const machine = wrote(0x10, 0);
  const { cpu, chipset, clock } = machine;
  chipset.lapic.writeMsr(MSR.TSC_DEADLINE, BigInt(cpu.now) + cpu.timeStampOffset + 5000n);
  const before = clock.nextEvent();
  chipset.lapic.tscOffset += 1000n;
  expect(clock.nextEvent()).toBe(before - 1000);
});
