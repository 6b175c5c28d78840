import { expect, test } from 'vitest';
import { asm32, asm64 } from '../../../test/craft/assemble.js';
import { Guest, place } from '../../../test/machine/guest.js';
import { FLAG } from '../../abi/x86/flags.js';

/** Handler of NMIs: counts in EBX, then does `code` and IRETQ. */
function counting(code = ''): Guest {
  const guest = new Guest('long');
  guest.gate64(2, { offset: place.code + 0x80 });
  guest.put(place.code + 0x80, asm64(`inc ebx; ${code}; iretq`));
  return guest;
}

test('is taken with IF clear, through gate 2', () => {
  const guest = new Guest('long');
  guest.cpu.raiseNmi();
  guest.run(asm64('nop; hlt'));
  expect(guest.delivered).toEqual([{ vector: 2, errorCode: undefined, kind: 'interrupt' }]);
  expect(guest.stack(1, 8)).toEqual([BigInt(place.code)]);
});

test('is blocked in its handler until IRET; one of several is kept', () => {
  const guest = counting('nop; nop');
  const { cpu } = guest;
  cpu.raiseNmi();
  guest.put(place.code, asm64('nop; hlt'));
  cpu.run(cpu.now + 1);
  expect(cpu.gpr[3]).toBe(1n);
  expect(cpu.nmiBlocked).toBe(true);
  cpu.raiseNmi();
  cpu.raiseNmi();
  cpu.run(cpu.now + 2);
  expect(cpu.gpr[3]).toBe(1n);
  expect(cpu.run(cpu.now + 1000)).toBe('halt');
  expect(cpu.gpr[3]).toBe(2n);
  expect(cpu.nmiBlocked).toBe(false);
});

test('an IRET that faults unblocks too', () => {
  const guest = new Guest('long');
  const { cpu } = guest;
  cpu.nmiBlocked = true;
  cpu.systemFlags |= FLAG.NT;
  guest.run(asm64('iretq'));
  expect(guest.haltedIn).toBe(13);
  expect(cpu.nmiBlocked).toBe(false);
});

test('wakes HLT; comes after the instruction behind MOV SS; before an ordinary interrupt', () => {
  const guest = counting();
  const { cpu } = guest;
  expect(guest.run(asm64('hlt; inc eax; hlt'))).toBe('halt');
  cpu.raiseNmi();
  expect(guest.run()).toBe('halt');
  expect([cpu.gpr[0], cpu.gpr[3]]).toEqual([1n, 1n]);

  const held = new Guest('protected');
  held.cpu.gpr[2] = 0x10n;
  held.put(place.code, asm32('mov ss, edx; inc eax; inc eax; hlt'));
  held.cpu.run(held.cpu.now + 1);
  held.cpu.raiseNmi();
  held.run();
  expect(held.haltedIn).toBe(2);
  expect(held.cpu.gpr[0]).toBe(1n);

  const both = new Guest('long');
  both.pending = 0x50;
  both.cpu.interruptLine = true;
  both.cpu.flags = 0x202;
  both.cpu.raiseNmi();
  both.run(asm64('nop; hlt'));
  expect(both.delivered.map(({ vector }) => vector)).toEqual([2]);
});

test('a debug trap comes first, and returns into it', () => {
  const guest = new Guest('long');
  guest.cpu.flags = 0x102;
  guest.put(place.code, asm64('nop; nop; hlt'));
  guest.cpu.onDeliver.push((vector) => vector === 1 && guest.cpu.raiseNmi());
  guest.run();
  expect(guest.delivered.map(({ vector }) => vector)).toEqual([1, 2]);
  expect(guest.stack(1, 8)).toEqual([BigInt(place.handlers + 16)]);
});
