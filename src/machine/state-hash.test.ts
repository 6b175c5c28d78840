import { describe, expect, test } from 'vitest';
import { wholeHash } from '../../test/machine/whole-hash.js';
import { Machine } from './machine.js';
import { stateHash } from './state-hash.js';
import { setSegment } from './x86/segments/segments.js';
import { segmentIndex, state } from './x86/state.js';

const machine = new Machine({ memory: 16 });
const { cpu, memory } = machine;

test('a state has one hash', () => {
  expect(stateHash(machine)).toMatch(/^[0-9a-f]{16}$/);
  expect(stateHash(machine)).toBe(stateHash(machine));
  expect(stateHash(new Machine({ memory: 16 }))).toBe(stateHash(machine));
});

/** Everything that decides how the machine goes on. */
const changes: readonly (readonly [what: string, change: () => void])[] = [
  ['a byte of RAM', () => (memory.ram(0x123457, 1)[0] = 1)],
  ['the same byte elsewhere', () => memory.ram(0x123457, 2).set([0, 1])],
  ['a byte a page further', () => memory.ram(0x123457, 0x1002).copyWithin(0x1001, 1, 2).fill(0, 0, 2)],
  ['a register', () => (cpu.gpr[3] = 5n)],
  ['the same value in another register', () => cpu.gpr.set([5n, 0n], 2)],
  ['RIP', () => (cpu.rip = 0x1234n)],
  ['a flag', () => (cpu.flags |= 1)],
  ['CR2', () => (cpu.cr2 = 1n)],
  ['a segment', () => setSegment(cpu, segmentIndex.gs, { selector: 8, base: 16n, limit: 9, access: 0x93 })],
  ['GDTR', () => (cpu.gdtr.base = 0x5000n)],
  ['an MSR', () => cpu.msr.set(0x277, 1n)],
  ['a debug register', () => (cpu.debug[0] = 1n)],
  ['XMM15', () => (memory.u8[state.xmm + 255] = 1)],
  ['an x87 register', () => (memory.u8[state.fpr + 7 * 16 + 9] = 1)],
  ['the x87 data pointer', () => (memory.u8[state.fpuData + 7] = 1)],
  ['HLT', () => (cpu.halted = true)],
  ['time', () => machine.passIdle(1000)],
  ['a device', () => machine.chipset.bus.out(0x3ff, 1, 5)],
];

/** Ways in which RAM is written to from outside of the processor. */
const writers: readonly (readonly [what: string, write: (of: Machine['memory']) => void])[] = [
  ['ram', (of) => of.ram(0x20ffff, 2).set([1, 2])],
  ['write32', (of) => of.write32(0x230000, 5)],
  ['setUint8', (of) => of.guestView.setUint8(0x240000, 5)],
  ['setUint16 over an edge', (of) => of.guestView.setUint16(0x25ffff, 0x500, true)],
  ['setUint32', (of) => of.guestView.setUint32(0x270000, 5, true)],
  ['setBigUint64', (of) => of.guestView.setBigUint64(0x280000, 5n, true)],
];

test.each(writers)('what %s writes is looked at', (_, write) => {
  const fresh = new Machine({ memory: 16 });
  const before = stateHash(fresh);
  write(fresh.memory);
  const after = stateHash(fresh);
  expect(after).not.toBe(before);
  expect(wholeHash(fresh)).toBe(after);
});

describe('a change of', () => {
  test.each(changes)('%s', (_, change) => {
    const before = stateHash(machine);
    change();
    expect(stateHash(machine)).not.toBe(before);
  });

  test('what nobody can see makes none', () => {
    const before = stateHash(machine);
    memory.u8[state.fpr + 15] = 1;
    machine.cpu.flushTlb();
    expect(stateHash(machine)).toBe(before);
  });
});
