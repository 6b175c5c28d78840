import { describe, expect, test } from 'vitest';
import { asm64 } from '../../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../../test/machine/guest.js';

/** IRETQ to `code + 0x40` at level 3. */
const toUser = (flags = 2): string =>
  asm64(
    `push ${selector.userData}; push ${place.stack3}; push ${flags}; push ${selector.user64}; push ${place.code + 0x40}; iretq`,
  );

describe('long mode', () => {
  test('#UD at the same level: five quadwords on an aligned stack', () => {
    const guest = new Guest('long');
    guest.cpu.gpr[4] = BigInt(place.stack0 - 4);
    expect(guest.run(asm64('ud2'))).toBe('halt');
    expect(guest.haltedIn).toBe(6);
    expect(Number(guest.cpu.gpr[4])).toBe(place.stack0 - 16 - 40);
    const [rip, cs, flags, rsp, ss] = guest.stack(5, 8);
    expect(rip).toBe(BigInt(place.code));
    expect(cs).toBe(BigInt(selector.code64));
    expect(flags).toBe(0x10002n);
    expect(rsp).toBe(BigInt(place.stack0 - 4));
    expect(ss).toBe(BigInt(selector.data32));
  });

  test('an interrupt through IST 1 clears IF', () => {
    const guest = new Guest('long');
    guest.gate64(0x40, { offset: place.handlers + 0x400, ist: 1 });
    guest.pending = 0x40;
    guest.cpu.flags = 0x202;
    guest.cpu.interruptLine = true;
    expect(guest.run(asm64('nop'))).toBe('halt');
    expect(guest.haltedIn).toBe(0x40);
    expect(Number(guest.cpu.gpr[4])).toBe(place.ist1 - 40);
    expect(guest.cpu.flags & 0x200).toBe(0);
    expect(guest.stack(3, 8)[2]).toBe(0x202n);
  });

  test('INT n to a gate of a lower level: #GP with the IDT bit, at the INT', () => {
    const guest = new Guest('long');
    guest.put(place.code + 0x40, asm64('int 0x21'));
    guest.run(toUser());
    expect(guest.haltedIn).toBe(13);
    const [error, rip, cs, , rsp, ss] = guest.stack(6, 8);
    expect(error).toBe(0x21n * 8n + 2n);
    expect(rip).toBe(BigInt(place.code + 0x40));
    expect(cs).toBe(0x33n);
    expect(rsp).toBe(BigInt(place.stack3));
    expect(ss).toBe(0x2bn);
    expect(guest.cpu.cpl).toBe(0);
  });

  test('INT3 from user mode through a DPL 3 gate, RIP behind it; IRETQ back', () => {
    const guest = new Guest('long');
    guest.gate64(3, { offset: place.code + 0x80, dpl: 3 });
    guest.put(place.code + 0x80, asm64('iretq'));
    guest.put(place.code + 0x40, asm64('int3; ud2'));
    guest.run(toUser());
    expect(guest.haltedIn).toBe(6);
    expect(guest.stack(5, 8).slice(0, 2)).toEqual([BigInt(place.code + 0x41), 0x33n]);
    expect(guest.delivered.map(({ vector }) => vector)).toEqual([3, 6]);
  });

  test('#PF from user mode: error code and CR2', () => {
    const guest = new Guest('long');
    guest.page(0x100000, 0x100003n);
    guest.put(place.code + 0x40, asm64('mov [0x100008], eax'));
    guest.run(toUser());
    expect(guest.haltedIn).toBe(14);
    expect(guest.stack(2, 8)).toEqual([7n, BigInt(place.code + 0x40)]);
    expect(guest.cpu.cr2).toBe(0x100008n);
  });

  test('a gate that is not present: #NP with the vector', () => {
    const guest = new Guest('long');
    guest.gate64(6, { offset: 0, type: 0x0e });
    guest.run(asm64('ud2'));
    expect(guest.haltedIn).toBe(11);
    expect(guest.stack(1, 8)[0]).toBe(6n * 8n + 3n);
  });

  test('a handler segment that is 32-bit: #GP with its selector and EXT', () => {
    const guest = new Guest('long');
    guest.gate64(6, { offset: 0, code: selector.code32 });
    guest.run(asm64('ud2'));
    expect(guest.haltedIn).toBe(13);
    expect(guest.stack(1, 8)[0]).toBe(BigInt(selector.code32 + 1));
  });

  test('#GP whose gate is bad: double fault with error code 0', () => {
    const guest = new Guest('long');
    guest.gate64(13, { offset: 0, type: 0x0e });
    // Beyond the table.
    guest.run(asm64('mov ax, 0x200; mov ds, ax'));
    expect(guest.haltedIn).toBe(8);
    expect(guest.stack(2, 8)).toEqual([0n, BigInt(place.code + 4)]);
    expect(guest.delivered.map(({ vector }) => vector)).toEqual([13, 8]);
  });

  test('no usable IDT: shutdown', () => {
    const guest = new Guest('long');
    guest.cpu.idtr.limit = 0;
    expect(guest.run(asm64('ud2'))).toBe('shutdown');
  });

  test('#PF while #PF is delivered: double fault; on the way there too: shutdown', () => {
    const guest = new Guest('long');
    guest.page(0x80000, 0n);
    guest.gate64(8, { offset: place.handlers + 128, ist: 1 });
    guest.run(asm64('mov esp, 0x80800; push rax'));
    expect(guest.haltedIn).toBe(8);
    expect(guest.delivered.map(({ vector }) => vector)).toEqual([14, 8]);
    const again = new Guest('long');
    again.page(0x80000, 0n);
    expect(again.run(asm64('mov esp, 0x80800; push rax'))).toBe('shutdown');
  });

  test('syscall and sysretq', () => {
    const guest = new Guest('long');
    const { cpu } = guest;
    cpu.msr.set(0xc0000081, (0x0023n << 48n) | (0x0018n << 32n));
    // STAR: kernel CS 0x18 (SS 0x20), user SS 0x28+3, CS 0x30+3; the default, AMD, takes SS as it stands.
    cpu.msr.set(0xc0000082, BigInt(place.code + 0x100));
    cpu.msr.set(0xc0000084, 0x200n);
    guest.put(place.code + 0x100, asm64('sysretq'));
    guest.put(place.code + 0x40, asm64('syscall; ud2'));
    guest.run(toUser(0x202));
    expect(guest.haltedIn).toBe(6);
    const [rip, cs, flags, rsp, ss] = guest.stack(5, 8);
    expect([rip, cs, rsp, ss]).toEqual([BigInt(place.code + 0x42), 0x33n, BigInt(place.stack3), 0x2bn]);
    expect(flags).toBe(0x10202n);
    expect(cpu.gpr[1]).toBe(BigInt(place.code + 0x42));
    expect(cpu.gpr[11]).toBe(0x202n);
  });
});
