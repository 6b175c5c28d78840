import { beforeEach, describe, expect, it } from 'vitest';
import { asm64 } from '../../../test/craft/assemble.js';
import { Guest } from '../../../test/machine/guest.js';
import type { Cpu } from './cpu.js';

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

  /** At 0x8000: changes the 1 to 7 just before it is loaded. */
  const ownBlock = 'mov byte ptr [0x8009], 7; mov eax, 1; inc eax; inc eax; hlt';

  it('sees a store into the next instruction of its own block', () => {
    expect(guest.run(asm64(ownBlock))).toBe('halt');
    expect(cpu.gpr[0]).toBe(9n);
  });

  it('does so too when the run ends within the block', () => {
    for (const [instructions, expected] of [
      [2, 7n],
      [3, 8n],
    ] as const) {
      guest.put(0x8000, asm64(ownBlock));
      cpu.blocks.flush();
      run(0x8000, instructions);
      expect(cpu.gpr[0]).toBe(expected);
    }
  });

  it('sees a store into a block it has run and is linked to', () => {
    guest.put(0x8000, asm64('jmp . + 0x1000'));
    // Changes the 1 to 5 and jumps back.
    guest.put(0x9000, asm64('code: mov eax, 1; add ebx, eax; mov byte ptr [0x9001], 5; jmp code - 0x1000'));
    run(0x8000, 10);
    expect(cpu.gpr[3]).toBe(6n);
    expect(cpu.rip).toBe(0x8000n);
  });

  it('sees a string instruction write code', () => {
    guest.put(0x9000, asm64('mov eax, 1; ret'));
    guest.put(0x9800, asm64('mov eax, 9; ret'));
    guest.put(
      0x8000,
      asm64(`code: call code + 0x1000; mov ebx, eax
        mov esi, 0x9800; mov edi, 0x9000; mov ecx, 6; rep movsb; call code + 0x1000`),
    );
    run(0x8000, 11);
    expect(cpu.gpr[3]).toBe(1n);
    expect(cpu.gpr[0]).toBe(9n);
    expect(cpu.rip).toBe(0x801dn);
  });

  it('sees a store into the second page of an instruction that crosses pages', () => {
    guest.put(0x9ffd, asm64('mov eax, 0x01010101; ret'));
    guest.put(
      0x8000,
      asm64('code: call code + 0x1ffd; mov ebx, eax; mov byte ptr [0xa001], 0x77; call code + 0x1ffd'),
    );
    run(0x8000, 8);
    expect(cpu.gpr[3]).toBe(0x01010101n);
    expect(cpu.gpr[0]).toBe(0x77010101n);
  });

  it('decodes nothing again when data on a page with code is written', () => {
    let decoded = 0;
    cpu.blocks.onDecoded.push(() => decoded++);
    guest.put(0x8000, asm64('code: inc eax; mov [0x8800], al; jmp code'));
    run(0x8000, 300);
    expect(cpu.gpr[0]).toBe(100n);
    expect(decoded).toBe(1);
  });
});
