import { describe, expect, test } from 'vitest';
import { asm16, asm32, asm64 } from '../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../test/machine/guest.js';
import { FLAT } from '../../abi/x86/descriptors.js';
import { getSegment } from './segments/segments.js';
import { segmentIndex } from './state.js';

describe('switching modes', () => {
  test('real mode to protected mode to long mode to compatibility mode', () => {
    const guest = new Guest('real');
    const { cpu } = guest;
    // A GDT: code32 8, data32 0x10, code64 0x18.
    guest.write64(0x1008, FLAT.code32);
    guest.write64(0x1010, FLAT.data);
    guest.write64(0x1018, FLAT.code64);
    guest.put(0x500, asm16('.word 0x1f; .long 0x1000'));
    guest.write64(0x30000, 0x31003n);
    guest.write64(0x31000, 0x83n);
    guest.put(place.code, asm16('lgdt [0x500]; mov eax, cr0; or al, 1; mov cr0, eax; ljmpd 8:0x8100'));
    guest.put(
      0x8100,
      asm32('mov ax, 0x10; mov ds, ax; mov ss, ax; mov esp, 0x20000; mov eax, 0x20; mov cr4, eax'),
      asm32('mov eax, 0x30000; mov cr3, eax; mov ecx, 0xc0000080; rdmsr; or ah, 1; wrmsr'),
      asm32('mov eax, cr0; or eax, 0x80000000; mov cr0, eax; ljmp 0x18:0x8200'),
    );
    guest.put(0x8200, asm64('mov rax, 0x123456789abcdef0; push 8; push 0x8300; retfq'));
    guest.put(0x8300, asm32('mov ebx, 0x55; hlt'));
    expect(guest.run()).toBe('halt');
    expect(cpu.gpr[0]).toBe(0x123456789abcdef0n);
    expect(cpu.gpr[3]).toBe(0x55n);
    expect(cpu.efer).toBe(0x500);
    expect(cpu.codeBits).toBe(32);
    expect(getSegment(cpu, segmentIndex.cs)).toMatchObject({ selector: 8, limit: 0xffffffff });
  });

  test('big real mode keeps the limit of protected mode', () => {
    const guest = new Guest('protected');
    guest.put(place.code, asm32(`mov ax, ${selector.data32}; mov ds, ax; ljmp ${selector.code16}:0x8106`));
    guest.put(0x8106, asm16('mov eax, cr0; and al, 0xfe; mov cr0, eax; ljmp 0:0x8140'));
    guest.put(0x8140, asm16('xor ax, ax; mov ds, ax; addr32 mov dword ptr [0x123450], 0x11223344; hlt'));
    expect(guest.run()).toBe('halt');
    expect(guest.read32(0x123450)).toBe(0x11223344);
    expect(guest.cpu.codeBits).toBe(16);
  });

  test('an interrupt in real mode and IRET', () => {
    const guest = new Guest('real');
    guest.put(0x9000, asm16('mov ax, 0x1234; iret'));
    guest.write32(0x21 * 4, 0x9000);
    expect(guest.run(asm16('int 0x21; hlt'))).toBe('halt');
    expect(guest.cpu.gpr[0]).toBe(0x1234n);
    expect(Number(guest.cpu.rip)).toBe(place.code + 3);
    expect(guest.cpu.gpr[4]).toBe(0x7000n);
  });
});

describe('loading segments', () => {
  const load = (value: number, register = 'ds'): Guest => {
    const guest = new Guest('protected');
    guest.run(asm32(`mov ax, ${value}; mov ${register}, ax; hlt`));
    return guest;
  };
  const faultOf = (guest: Guest): unknown => guest.delivered[0];

  test('beyond the table, a system descriptor, not present, too privileged', () => {
    expect(faultOf(load(0x204))).toMatchObject({ vector: 13, errorCode: 0x204 });
    expect(faultOf(load(selector.tss))).toMatchObject({ vector: 13, errorCode: selector.tss });
    expect(faultOf(load(selector.notPresent))).toMatchObject({ vector: 11, errorCode: selector.notPresent });
    expect(faultOf(load(selector.data32 | 3))).toMatchObject({ vector: 13, errorCode: selector.data32 });
    expect(faultOf(load(selector.user32))).toBeUndefined();
  });

  test('SS: null, read-only, another level, not present', () => {
    expect(faultOf(load(0, 'ss'))).toMatchObject({ vector: 13, errorCode: 0 });
    expect(faultOf(load(selector.readOnly, 'ss'))).toMatchObject({
      vector: 13,
      errorCode: selector.readOnly,
    });
    expect(faultOf(load(selector.userData, 'ss'))).toMatchObject({
      vector: 13,
      errorCode: selector.userData & ~3,
    });
    expect(faultOf(load(selector.notPresent, 'ss'))).toMatchObject({
      vector: 12,
      errorCode: selector.notPresent,
    });
  });

  test('a null DS cannot be used', () => {
    const guest = new Guest('protected');
    guest.run(asm32('xor eax, eax; mov ds, ax; mov eax, [0]'));
    expect(faultOf(guest)).toMatchObject({ vector: 13, errorCode: 0 });
    expect(Number(guest.stack(2, 4)[1])).toBe(place.code + 4);
  });

  test('the accessed bit is set in the table', () => {
    const guest = new Guest('protected');
    guest.write64(place.gdt + 0xa0, 0x00cf92000000ffffn);
    guest.run(asm32('mov ax, 0xa0; mov ds, ax'));
    expect(guest.read32(place.gdt + 0xa4)).toBe(0x00cf9300);
  });

  test('an expand-down segment is valid above its limit only', () => {
    const guest = new Guest('protected');
    guest.write64(place.gdt + 0xa0, 0x0040970000000fffn);
    expect(guest.run(asm32('mov ax, 0xa0; mov ds, ax; mov eax, [0x1000]; mov eax, [0xfff]'))).toBe('halt');
    expect(faultOf(guest)).toMatchObject({ vector: 13, errorCode: 0 });
    expect(Number(guest.stack(2, 4)[1])).toBe(place.code + 11);
  });

  test('no interrupt is delivered right after MOV SS', () => {
    const guest = new Guest('protected');
    guest.cpu.flags = 0x202;
    guest.pending = 0x30;
    // OUT raises the line and drops IF.
    guest.outside.portOut = () => {
      guest.cpu.flags &= ~0x200;
      guest.cpu.interruptLine = true;
    };
    expect(
      guest.run(asm32(`mov ax, ${selector.data32}; out 0x80, al; sti; nop; mov ss, ax; inc ebx; inc ebx`)),
    ).toBe('halt');
    expect(guest.haltedIn).toBe(0x30);
    // STI's shadow covers the NOP, where the interrupt comes in.
    expect(Number(guest.stack(1, 4)[0])).toBe(place.code + 8);
  });

  test('nor between MOV SS and the next instruction', () => {
    const guest = new Guest('protected');
    guest.cpu.flags = 0x202;
    guest.pending = 0x30;
    guest.cpu.interruptLine = false;
    guest.outside.synchronize = () => {};
    // An interrupt comes up while SS is read from memory (MMIO above RAM).
    guest.memory.mmio = {
      read: () => {
        guest.cpu.interruptLine = true;
        guest.cpu.lookAgain();
        return selector.data32;
      },
      write: () => {},
    };
    guest.run(asm32('mov ss, [0x300000]; inc ebx; inc ebx'));
    expect(guest.haltedIn).toBe(0x30);
    expect(Number(guest.stack(1, 4)[0])).toBe(place.code + 7);
    expect(guest.cpu.gpr[3]).toBe(1n);
  });
});

describe('privilege levels in protected mode', () => {
  const toUser = asm32(
    `push ${selector.userData}; push ${place.stack3}; push 2; push ${selector.user32}; push ${place.code + 0x40}; iretd`,
  );

  test('IRETD to ring 3, a fault back to ring 0 through the TSS', () => {
    const guest = new Guest('protected');
    guest.put(place.code + 0x40, asm32('cli'));
    guest.run(toUser);
    expect(guest.haltedIn).toBe(13);
    expect(guest.stack(6, 4)).toEqual([
      0n,
      BigInt(place.code + 0x40),
      0x23n,
      0x10002n,
      BigInt(place.stack3),
      0x2bn,
    ]);
    expect(guest.cpu.cpl).toBe(0);
    expect(getSegment(guest.cpu, segmentIndex.ss).selector).toBe(selector.data32);
  });

  test('data segments of ring 0 become null on the way out', () => {
    const guest = new Guest('protected');
    guest.put(place.code + 0x40, asm32('int 0x30'));
    guest.gate32(0x30, { offset: place.handlers + 0x300, dpl: 3 });
    guest.run(toUser);
    expect(guest.haltedIn).toBe(0x30);
    expect(getSegment(guest.cpu, segmentIndex.ds)).toMatchObject({ selector: 0, access: 0 });
  });

  test('a call gate with parameters, and RETF n back', () => {
    const guest = new Guest('protected');
    // Gate to code32:code+0x80, two parameters, DPL 3.
    guest.write32(place.gdt + selector.gate, (selector.code32 << 16) | (place.code + 0x80));
    guest.write32(place.gdt + selector.gate + 4, 0xec02);
    guest.put(place.code + 0x80, asm32('mov eax, [esp + 8]; mov ebx, [esp + 12]; mov ecx, cs; retf 8'));
    guest.put(
      place.code + 0x40,
      asm32(`push 0x11; push 0x22; lcall ${selector.gate | 3}:0; mov edx, cs; ud2`),
    );
    guest.run(toUser);
    expect(guest.haltedIn).toBe(6);
    const { gpr } = guest.cpu;
    expect([gpr[0], gpr[3], gpr[1], gpr[2]]).toEqual([0x22n, 0x11n, BigInt(selector.code32), 0x23n]);
    const [rip, , , esp] = guest.stack(4, 4);
    expect([rip, esp]).toEqual([BigInt(place.code + 0x4d), BigInt(place.stack3)]);
  });

  test('virtual-8086 mode: entered by IRETD, left by an interrupt', () => {
    const guest = new Guest('protected');
    guest.put(0x9040, asm16('clts'));
    // GS, FS, DS, ES, SS, ESP, EFLAGS with VM, CS and EIP.
    guest.run(
      asm32('push 4; push 3; push 2; push 1; push 0x600; push 0x1000'),
      asm32('push 0x20002; push 0x900; push 0x40; iretd'),
    );
    expect(guest.haltedIn).toBe(13);
    expect(guest.stack(10, 4)).toEqual([0n, 0x40n, 0x900n, 0x30002n, 0x1000n, 0x600n, 1n, 2n, 3n, 4n]);
    expect(guest.cpu.systemFlags & 0x20000).toBe(0);
    expect(guest.cpu.codeBits).toBe(32);
  });

  test('I/O permission bitmap', () => {
    const guest = new Guest('protected');
    guest.write32(place.tss + 0x64, 0x68 << 16);
    guest.memory.ram(place.tss + 0x68, 0x20).fill(0xff);
    guest.memory.ram(place.tss + 0x68, 1)[0] = 0xfe;
    guest.put(place.code + 0x40, asm32('out 0, al; out 1, al'));
    guest.run(toUser);
    expect(guest.ports).toEqual([{ port: 0, size: 1, value: 0 }]);
    expect(guest.haltedIn).toBe(13);
    expect(guest.stack(2, 4)).toEqual([0n, BigInt(place.code + 0x42)]);
  });
});

describe('task switching', () => {
  /** A second task at `code + 0x80` with its own stack. */
  const withTask = (): Guest => {
    const guest = new Guest('protected');
    const tss2 = 0x3400;
    guest.write32(place.gdt + selector.tss2, (tss2 << 16) | 0x67);
    guest.write32(place.gdt + selector.tss2 + 4, 0x8900);
    guest.write32(tss2 + 0x20, place.code + 0x80);
    guest.write32(tss2 + 0x24, 2);
    guest.write32(tss2 + 0x28, 0x77);
    guest.write32(tss2 + 0x38, 0x26000);
    for (const [at, value] of [
      [0x48, selector.data32],
      [0x4c, selector.code32],
      [0x50, selector.data32],
      [0x54, selector.data32],
    ] as const)
      guest.write32(tss2 + at, value);
    guest.write32(
      place.gdt + selector.tss + 4,
      (guest.read32(place.gdt + selector.tss + 4) & ~0xf00) | 0xb00,
    );
    return guest;
  };

  test('CALL through a TSS and IRET back', () => {
    const guest = withTask();
    guest.put(place.code + 0x80, asm32('mov ebx, eax; pushf; pop ecx; iretd'));
    expect(guest.run(asm32(`mov eax, 5; lcall ${selector.tss2}:0; inc eax; hlt`))).toBe('halt');
    expect(guest.delivered).toEqual([]);
    expect(guest.cpu.gpr[0]).toBe(6n);
    expect(guest.read32(0x3400 + 0x34)).toBe(0x77);
    // NT was set in the nested task, whose TSS is free again; the first one is busy.
    expect(guest.read32(0x3400 + 0x2c) & 0x4000).toBe(0x4000);
    expect(guest.read32(place.gdt + selector.tss2 + 4) & 0xf00).toBe(0x900);
    expect(guest.read32(place.gdt + selector.tss + 4) & 0xf00).toBe(0xb00);
    expect(guest.cpu.cr0 & 8).toBe(8);
  });

  test('an exception through a task gate, error code on the stack of the new task', () => {
    const guest = withTask();
    guest.write32(place.idt + 13 * 8, selector.tss2 << 16);
    guest.write32(place.idt + 13 * 8 + 4, 0x8500);
    guest.put(place.code + 0x80, asm32('hlt'));
    expect(guest.run(asm32('mov ax, 0x204; mov ds, ax'))).toBe('halt');
    expect(Number(guest.cpu.rip)).toBe(place.code + 0x81);
    expect(guest.stack(1, 4)).toEqual([0x204n]);
    expect(guest.read32(place.tss + 0x20)).toBe(place.code + 4);
  });

  test('a bad segment in the new task is the new task’s #TS', () => {
    const guest = withTask();
    guest.write32(0x3400 + 0x54, selector.tss);
    guest.run(asm32(`ljmp ${selector.tss2}:0`));
    expect(guest.haltedIn).toBe(10);
    const [error, rip] = guest.stack(2, 4);
    expect([error, rip]).toEqual([BigInt(selector.tss), BigInt(place.code + 0x80)]);
  });

  test('JMP to a busy task: #GP in the old one', () => {
    const guest = withTask();
    guest.run(asm32(`ljmp ${selector.tss}:0`));
    expect(guest.haltedIn).toBe(13);
    expect(guest.stack(2, 4)).toEqual([BigInt(selector.tss), BigInt(place.code)]);
  });
});
