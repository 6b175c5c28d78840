import { expect, test } from 'vitest';
import { Guest, place } from '../../../test/machine/guest.js';

test('TF traps after each instruction, DR6.BS set, RIP behind it', () => {
  const guest = new Guest('long');
  guest.gate64(1, { offset: place.code + 0x80 });
  // Handler: count in ebx, note RIP in rcx; iretq.
  guest.put(place.code + 0x80, 'ff c3 48 8b 0c 24 48 cf');
  // pushfq; or dword [rsp], 0x100; popfq; inc eax; inc eax; pushfq; and dword [rsp], ~0x100; popfq; hlt
  guest.run('9c 81 0c 24 00 01 00 00 9d ff c0 ff c0 9c 81 24 24 ff fe ff ff 9d f4');
  expect(guest.cpu.gpr[0]).toBe(2n);
  // inc, inc, pushfq, and, popfq
  expect(guest.cpu.gpr[3]).toBe(5n);
  expect(guest.cpu.gpr[1]).toBe(BigInt(place.code + 22));
  expect(guest.cpu.debug[6]! & 0x4000n).toBe(0x4000n);
});

test('the image that a trap pushes has TF set; PUSHF under TF too', () => {
  const guest = new Guest('long');
  guest.run('9c 81 0c 24 00 01 00 00 9d 90');
  expect(guest.haltedIn).toBe(1);
  expect(guest.stack(3, 8)[2]! & 0x100n).toBe(0x100n);
  expect(guest.cpu.flags & 0x100).toBe(0);
});

test('an instruction breakpoint faults before the instruction; RF lets it pass', () => {
  const guest = new Guest('long');
  guest.gate64(1, { offset: place.code + 0x80 });
  // inc ebx; or dword [rsp+16], 0x10000; iretq
  guest.put(place.code + 0x80, 'ff c3 81 4c 24 10 00 00 01 00 48 cf');
  // mov eax, code+0x40; mov dr0, rax; mov eax, 0x401; mov dr7, rax; jmp code+0x40
  guest.put(place.code + 0x40, 'ff c1 ff c1 f4');
  guest.run('b8 40 80 00 00 0f 23 c0 b8 01 04 00 00 0f 23 f8 eb 2e');
  expect(guest.cpu.gpr[3]).toBe(1n);
  expect(guest.cpu.gpr[1]).toBe(2n);
  expect(guest.cpu.debug[6]! & 15n).toBe(1n);
});

test('DR7.GD guards the debug registers', () => {
  const guest = new Guest('long');
  guest.run('b8 00 24 00 00 0f 23 f8 0f 21 c1');
  expect(guest.haltedIn).toBe(1);
  expect(guest.stack(1, 8)).toEqual([BigInt(place.code + 8)]);
  expect(guest.cpu.debug[6]! & 0x2000n).toBe(0x2000n);
});

test('MOV SS holds the trap back for one instruction', () => {
  const guest = new Guest('protected');
  guest.cpu.gpr[2] = 0x10n;
  // pushf; or [esp], 0x100; popf; mov ss, dx; inc eax; inc eax
  guest.run('9c 81 0c 24 00 01 00 00 9d 8e d2 40 40');
  expect(guest.haltedIn).toBe(1);
  expect(guest.cpu.gpr[0]).toBe(1n);
  expect(guest.stack(1, 4)).toEqual([BigInt(place.code + 12)]);
});
