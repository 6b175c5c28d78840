import { beforeEach, describe, expect, it } from 'vitest';
import { Guest } from '../../../test/machine/guest.js';
import type { Cpu } from './cpu.js';

/** mov byte [address], value */
const storeByte = (address: number, value: number): string =>
  [
    'c6',
    '04',
    '25',
    ...[0, 8, 16, 24].map((shift) => ((address >> shift) & 255).toString(16)),
    value.toString(16),
  ].join(' ');

describe('code that changes itself', () => {
  let guest: Guest;
  let cpu: Cpu;
  beforeEach(() => {
    guest = new Guest('long');
    ({ cpu } = guest);
    cpu.gpr[4] = 0x20000n;
  });
  /** Runs exactly so many instructions. */
  const run = (from: number, instructions: number): void => {
    cpu.rip = BigInt(from);
    const before = cpu.now;
    cpu.run(before + instructions);
    expect(cpu.now - before).toBe(instructions);
  };

  // mov eax, 1 with its immediate changed to 7 just before; inc eax; inc eax; hlt
  const ownBlock = `${storeByte(0x8009, 7)} b8 01 00 00 00 ff c0 ff c0 f4`;

  it('sees a store into the next instruction of its own block', () => {
    expect(guest.run(ownBlock)).toBe('halt');
    expect(cpu.gpr[0]).toBe(9n);
  });

  it('does so too when the run ends within the block', () => {
    for (const [instructions, expected] of [
      [2, 7n],
      [3, 8n],
    ] as const) {
      guest.put(0x8000, ownBlock);
      cpu.blocks.flush();
      run(0x8000, instructions);
      expect(cpu.gpr[0]).toBe(expected);
    }
  });

  it('sees a store into a block it has run and is linked to', () => {
    // jmp 0x9000; there: mov eax, 1; add ebx, eax; change the 1 to 5; jmp back
    guest.put(0x8000, 'e9 fb 0f 00 00');
    guest.put(0x9000, 'b8 01 00 00 00 01 c3', storeByte(0x9001, 5), 'e9 ec ef ff ff');
    run(0x8000, 10);
    expect(cpu.gpr[3]).toBe(6n);
    expect(cpu.rip).toBe(0x8000n);
  });

  it('sees a string instruction write code', () => {
    guest.put(0x9000, 'b8 01 00 00 00 c3');
    guest.put(0x9800, 'b8 09 00 00 00 c3');
    // call 0x9000; mov ebx, eax; rep movsb from 0x9800 to 0x9000; call 0x9000
    guest.put(
      0x8000,
      'e8 fb 0f 00 00 89 c3 be 00 98 00 00 bf 00 90 00 00 b9 06 00 00 00 f3 a4 e8 e3 0f 00 00',
    );
    run(0x8000, 11);
    expect(cpu.gpr[3]).toBe(1n);
    expect(cpu.gpr[0]).toBe(9n);
    expect(cpu.rip).toBe(0x801dn);
  });

  it('sees a store into the second page of an instruction that crosses pages', () => {
    guest.put(0x9ffd, 'b8 01 01 01 01 c3');
    // call 0x9ffd; mov ebx, eax; change its last byte; call 0x9ffd
    guest.put(0x8000, 'e8 f8 1f 00 00 89 c3', storeByte(0xa001, 0x77), 'e8 e9 1f 00 00');
    run(0x8000, 8);
    expect(cpu.gpr[3]).toBe(0x01010101n);
    expect(cpu.gpr[0]).toBe(0x77010101n);
  });

  it('decodes nothing again when data on a page with code is written', () => {
    let decoded = 0;
    cpu.blocks.onDecoded.push(() => decoded++);
    // inc eax; mov [0x8800], al; jmp back
    guest.put(0x8000, 'ff c0 88 04 25 00 88 00 00 eb f5');
    run(0x8000, 300);
    expect(cpu.gpr[0]).toBe(100n);
    expect(decoded).toBe(1);
  });
});
