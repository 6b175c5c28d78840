import { describe, expect, test } from 'vitest';
import { asm32, asm64 } from '../../../test/craft/assemble.js';
import { Guest } from '../../../test/machine/guest.js';
import { MSR } from '../../abi/x86/msr.js';
import { readMsr, writeMsr } from './msr.js';
import { state } from './state.js';

/** Registers that are reached, saved and written by the vendor's ways. */

const AMD = { vendor: 'AuthenticAMD' };
const ZEN = { ...AMD, family: 0x17 };
const INTEL = { vendor: 'GenuineIntel' };

describe('LOCK MOV CR0', () => {
  // The same bytes in 64-bit code.
  const code = asm32('mov eax, 5; lock; mov cr0, eax; xor eax, eax; lock; mov eax, cr0; hlt');
  const readCr0 = asm64('lock; mov rax, cr0');

  test.each(['long', 'protected'] as const)('is MOV CR8 on AMD, in %s mode', (mode) => {
    const guest = new Guest(mode, AMD);
    const { cr0 } = guest.cpu;
    guest.run(code);
    expect(guest.delivered).toEqual([]);
    expect([guest.outside.taskPriority, guest.cpu.gpr[0], guest.cpu.cr0]).toEqual([5, 5n, cr0]);
  });

  test('#UD on Intel, where it is not advertised, and for other registers', () => {
    for (const options of [INTEL, { ...AMD, remove: ['cr8_legacy' as const] }])
      for (const one of [code, readCr0]) {
        const guest = new Guest('long', options);
        guest.run(one);
        expect(guest.delivered).toMatchObject([{ vector: 6 }]);
      }
    for (const one of ['mov rax, cr2', 'mov cr3, rax', 'mov dr0, rax', 'mov cr8, rax']) {
      const guest = new Guest('long', AMD);
      guest.run(asm64(`lock; ${one}`));
      expect(guest.delivered, one).toMatchObject([{ vector: 6 }]);
    }
  });

  test('level 0 only', () => {
    const guest = new Guest('long', AMD);
    guest.cpu.setCpl(3);
    guest.run(readCr0);
    expect(guest.delivered).toMatchObject([{ vector: 13 }]);
  });
});

test('EFER.LMSLE: reserved, as AMD says by EferLmsleUnsupported', () => {
  for (const options of [AMD, INTEL]) {
    const { cpu } = new Guest('long', options);
    expect(writeMsr(cpu, MSR.EFER, readMsr(cpu, MSR.EFER)! | 0x2000n)).toBe(false);
  }
  const { outside } = new Guest('long', AMD);
  expect(outside.cpuid(0x80000008, 0).ebx & (1 << 20)).not.toBe(0);
});

describe('FXSAVE and FXRSTOR: opcode and pointers of the last x87 instruction', () => {
  const area = 0x6000;
  const pattern = 0x5a5a5a5a5a5a5a5an;

  /** With an exception flagged, masked or not; FOP, FIP, FDP in memory afterwards. */
  const saved = (options: object, status: number): readonly bigint[] => {
    const guest = new Guest('long', options);
    const { view } = guest.cpu.memory;
    view.setInt32(state.fpuStatus, status, true);
    view.setInt32(state.fpuOpcode, 0x123, true);
    view.setBigUint64(state.fpuInstruction, 0x8765n, true);
    view.setBigUint64(state.fpuData, 0x4321n, true);
    for (let i = 0; i < 32; i += 8) guest.write64(area + i, pattern);
    guest.run(asm64(`fxsave64 [${area}]; hlt`));
    const memory = guest.memory.guestView;
    return [BigInt(memory.getUint16(area + 6, true)), guest.read64(area + 8), guest.read64(area + 16)];
  };

  test('AMD saves them when an exception waits, later ones and Intel always', () => {
    const left = [pattern & 0xffffn, pattern, pattern];
    const all = [0x123n, 0x8765n, 0x4321n];
    expect(saved(AMD, 0)).toEqual(left);
    expect(saved(AMD, 0x20)).toEqual(left);
    expect(saved(AMD, 0x80a0)).toEqual(all);
    for (const options of [ZEN, INTEL]) expect(saved(options, 0)).toEqual(all);
  });

  /** FCW and FSW in the image; FOP, FIP, FDP in the processor afterwards. */
  const restored = (options: object, control: number, status: number): readonly bigint[] => {
    const guest = new Guest('long', options);
    const { view, i32 } = guest.cpu.memory;
    guest.write32(area, (status << 16) | control);
    guest.write32(area + 4, 0x123 << 16);
    guest.write64(area + 8, 0x8765n);
    guest.write64(area + 16, 0x4321n);
    view.setBigUint64(state.fpuInstruction, 1n, true);
    view.setBigUint64(state.fpuData, 2n, true);
    view.setInt32(state.fpuOpcode, 3, true);
    guest.run(asm64(`fxrstor64 [${area}]; hlt`));
    expect(guest.delivered).toEqual([]);
    return [
      BigInt(i32[state.fpuOpcode >> 2]!),
      view.getBigUint64(state.fpuInstruction, true),
      view.getBigUint64(state.fpuData, true),
    ];
  };

  test('and restores them so', () => {
    const all = [0x123n, 0x8765n, 0x4321n];
    expect(restored(AMD, 0x37f, 0x80a0)).toEqual([3n, 1n, 2n]);
    expect(restored(AMD, 0x35f, 0x80a0)).toEqual(all);
    for (const options of [ZEN, INTEL]) expect(restored(options, 0x37f, 0)).toEqual(all);
  });
});
