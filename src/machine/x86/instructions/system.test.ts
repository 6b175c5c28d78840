import { describe, expect, test } from 'vitest';
import { asm32, asm64 } from '../../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../../test/machine/guest.js';
import { MSR } from '../../../abi/x86/msr.js';
import { state } from '../state.js';

const userCode = place.code + 0x40;
const toUser = `push ${selector.userData}; push ${place.stack3}; push 2; push ${selector.user64}; push ${userCode}; iretq`;

const fault = (guest: Guest): unknown => guest.delivered[0];

describe('privilege', () => {
  test.each([
    'hlt',
    'cli',
    'in al, 0x60',
    'out 0x60, al',
    'mov rax, cr0',
    'mov cr3, rax',
    'mov dr7, rax',
    'clts',
    'lgdt [rsp]',
    'lidt [rsp]',
    'lldt ax',
    'ltr ax',
    'lmsw ax',
    'rdmsr',
    'wrmsr',
    'invlpg [rsp]',
    'wbinvd',
    'invd',
    'swapgs',
    'sysretq',
    'rdpmc',
  ])('%s is for level 0', (code) => {
    const guest = new Guest('long');
    guest.put(userCode, asm64(code));
    guest.run(asm64(toUser));
    expect(fault(guest)).toMatchObject({ vector: 13, errorCode: 0 });
    expect(guest.stack(2, 8)[1]).toBe(BigInt(userCode));
  });

  test('UMIP keeps SGDT and SMSW from user mode', () => {
    for (const code of ['sgdt [rsp]', 'smsw eax']) {
      const guest = new Guest('long', { add: ['umip'] });
      guest.put(userCode, asm64(code));
      guest.run(asm64(`mov rax, cr4; or ah, 8; mov cr4, rax; ${toUser}`));
      expect(fault(guest)).toMatchObject({ vector: 13, errorCode: 0 });
    }
  });

  test('RDTSC under CR4.TSD', () => {
    const guest = new Guest('long');
    guest.put(userCode, asm64('rdtsc'));
    guest.run(asm64(`mov rax, cr4; or al, 4; mov cr4, rax; rdtsc; ${toUser}`));
    expect(fault(guest)).toMatchObject({ vector: 13 });
  });
});

describe('control registers', () => {
  const writes = (code: string, options?: ConstructorParameters<typeof Guest>[1]): unknown => {
    const guest = new Guest('long', options);
    guest.run(asm64(`${code}; hlt`));
    return fault(guest);
  };
  const gp = { vector: 13, errorCode: 0 };

  test('CR0: PG without PE, NW without CD, upper bits, PG off in 64-bit mode', () => {
    expect(writes('mov rax, cr0; and al, 0xfe; mov cr0, rax')).toMatchObject(gp);
    expect(writes('mov rax, cr0; or eax, 0x20000000; mov cr0, rax')).toMatchObject(gp);
    expect(writes('mov rax, cr0; bts rax, 32; mov cr0, rax')).toMatchObject(gp);
    expect(writes('mov rax, cr0; btr eax, 31; mov cr0, rax')).toMatchObject(gp);
    expect(writes('mov rax, cr0; bts eax, 18; mov cr0, rax')).toBeUndefined();
  });

  test('CR4: features that are not advertised, PAE off in long mode', () => {
    const smep = 'mov rax, cr4; bts eax, 20; mov cr4, rax';
    expect(writes(smep)).toMatchObject(gp);
    expect(writes(smep, { add: ['smep'] })).toMatchObject({ vector: 14 });
    expect(writes('mov rax, cr4; and al, 0xdf; mov cr4, rax')).toMatchObject(gp);
    expect(writes('mov rax, cr4; or ah, 6; mov cr4, rax')).toBeUndefined();
  });

  test('CR4.PCIDE needs PCID 0; bit 63 of CR3 is taken then', () => {
    const enable = 'mov rax, cr4; bts eax, 17; mov cr4, rax';
    const set0 = 'mov rax, cr3; or al, 1; mov cr3, rax';
    const set63 = 'mov rax, cr3; bts rax, 63; mov cr3, rax';
    expect(writes(`${set0}; ${enable}`, { add: ['pcid'] })).toMatchObject(gp);
    expect(writes(set63, { add: ['pcid'] })).toMatchObject(gp);
    expect(writes(`${enable}; ${set63}`, { add: ['pcid'] })).toBeUndefined();
  });

  test('CR8 is the task priority; there is no CR1', () => {
    const guest = new Guest('long');
    guest.run(asm64('mov eax, 9; mov cr8, rax; mov rbx, cr8; hlt'));
    expect(guest.outside.taskPriority).toBe(9);
    expect(guest.cpu.gpr[3]).toBe(9n);
    expect(writes('mov rax, cr1')).toMatchObject({ vector: 6 });
  });

  test('EFER: unknown bits and LME under paging are refused', () => {
    const efer = `mov ecx, ${MSR.EFER}; rdmsr`;
    expect(writes(`${efer}; or eax, 0x1000; wrmsr`)).toMatchObject(gp);
    expect(writes(`${efer}; and ah, 0xfe; wrmsr`)).toMatchObject(gp);
    expect(writes(`${efer}; wrmsr`)).toBeUndefined();
  });

  test('an MSR that does not exist is #GP and remembered', () => {
    const guest = new Guest('long');
    guest.run(asm64('mov ecx, 0x80000001; rdmsr'));
    expect(fault(guest)).toMatchObject(gp);
    expect(guest.cpu.lastMsrs).toMatchObject([{ index: 0x80000001, write: false, refused: true }]);
  });
});

describe('descriptor tables', () => {
  test('LGDT, SGDT in 64-bit mode are 10 bytes', () => {
    const guest = new Guest('long');
    guest.put(0x6000, asm64('.word 0x1234; .quad 0xffffb34455667788'));
    guest.run(asm64('lgdt [0x6000]; sgdt [0x6040]; hlt'));
    expect(guest.cpu.gdtr.limit).toBe(0x1234);
    expect(guest.cpu.gdtr.base).toBe(0xffffb34455667788n);
    expect(guest.read64(0x6042)).toBe(0xffffb34455667788n);
  });

  test('LTR wants an available TSS and makes it busy', () => {
    const guest = new Guest('long');
    guest.run(asm64(`mov ax, ${selector.tss}; ltr ax; str ebx; hlt`));
    expect(guest.cpu.gpr[3]).toBe(BigInt(selector.tss));
    expect(guest.read32(place.gdt + selector.tss + 4) & 0xf00).toBe(0xb00);
    const again = new Guest('long');
    again.run(asm64(`mov ax, ${selector.tss}; ltr ax; ltr ax`));
    expect(fault(again)).toMatchObject({ vector: 13, errorCode: selector.tss });
  });

  test('LAR, LSL, VERR, VERW', () => {
    const guest = new Guest('protected');
    guest.run(
      asm32(`mov ecx, ${selector.code32}; lar eax, ecx; lsl ebx, ecx`),
      asm32('verr cx; setz dl; verw cx; setz dh; hlt'),
    );
    const { gpr } = guest.cpu;
    expect(gpr[0]).toBe(0xc09b00n);
    expect(gpr[3]).toBe(0xffffffffn);
    expect(gpr[2]).toBe(1n);
    const null_ = new Guest('protected');
    null_.run(asm32('mov eax, 0x12345678; xor ecx, ecx; lar eax, ecx; setz dl; hlt'));
    expect(null_.cpu.gpr[0]).toBe(0x12345678n);
    expect(null_.cpu.gpr[2]! & 1n).toBe(0n);
  });
});

describe('odds and ends', () => {
  test('SWAPGS, and MOV GS keeps the new base only until then', () => {
    const guest = new Guest('long');
    guest.cpu.msr.set(0xc0000102, 0x5000n);
    guest.write64(0x5008, 0x1234n);
    guest.run(asm64(`swapgs; mov rbx, gs:[8]; mov ecx, ${MSR.GS_BASE}; rdmsr; hlt`));
    expect(guest.cpu.gpr[3]).toBe(0x1234n);
    expect(guest.cpu.gpr[0]).toBe(0x5000n);
    expect(guest.cpu.msr.get(0xc0000102)).toBe(0n);
  });

  test('RDRAND is #UD unless advertised, and the same in every run', () => {
    const none = new Guest('long');
    none.run(asm64('rdrand rax'));
    expect(fault(none)).toMatchObject({ vector: 6 });
    const [a, b] = [1, 2].map(() => {
      const guest = new Guest('long', { add: ['rdrand'] });
      guest.run(asm64('rdrand rax; rdrand rbx; hlt'));
      return [guest.cpu.gpr[0], guest.cpu.gpr[3], guest.cpu.flags & 0x8d5];
    });
    expect(a).toEqual(b);
    expect(a![0]).not.toBe(a![1]);
    expect(a![2]).toBe(1);
  });

  test('INVLPG lets a changed mapping be seen', () => {
    const guest = new Guest('long');
    guest.write32(0x100000, 1);
    guest.write32(0x101000, 2);
    const entry = place.tables + 0x3000 + 0x100 * 8;
    guest.run(
      asm64(`mov eax, [0x100000]; mov qword ptr [${entry}], 0x101007`),
      asm64('mov ecx, [0x100000]; invlpg [0x100000]; mov ebx, [0x100000]; hlt'),
    );
    expect(guest.cpu.gpr[0]).toBe(1n);
    expect(guest.cpu.gpr[1]).toBe(1n);
    expect(guest.cpu.gpr[3]).toBe(2n);
  });

  test('REP OUTSB writes each byte; REP INSB fills memory', () => {
    const guest = new Guest('long');
    guest.put(0x6000, asm64('.ascii "hello"'));
    guest.portValue = 0x41;
    guest.run(
      asm64('mov esi, 0x6000; mov edi, 0x6100; mov edx, 0x3f8'),
      asm64('mov ecx, 5; rep outsb; mov ecx, 3; rep insb; hlt'),
    );
    expect(String.fromCharCode(...guest.ports.map(({ value }) => value))).toBe('hello');
    expect(guest.read32(0x6100)).toBe(0x414141);
    expect(guest.cpu.gpr[7]).toBe(0x6103n);
    expect(guest.cpu.gpr[1]).toBe(0n);
  });

  test('FXSAVE and FXRSTOR', () => {
    const guest = new Guest('long');
    const { cpu } = guest;
    const { view, u8 } = cpu.memory;
    for (let i = 0; i < 256; i++) u8[state.xmm + i] = i;
    view.setInt32(state.fpuStatus, 3 << 11, true);
    view.setUint8(state.fpr + 3 * 16, 0x77);
    view.setInt32(state.fpuTag, 8, true);
    guest.run(asm64('fxsave64 [0x6000]; hlt'));
    const area = cpu.memory.ram(0x6000, 512);
    expect([area[0], area[1]]).toEqual([0x7f, 3]);
    expect(area[3]).toBe(0x18);
    expect(area[4]).toBe(8);
    expect(area[32]).toBe(0x77);
    expect(area[160 + 255]).toBe(255);
    expect(area[28]).toBe(0xff);
    u8.fill(0, state.xmm, state.xmm + 256);
    view.setUint8(state.fpr + 3 * 16, 0);
    guest.resume(asm64('fxrstor64 [0x6000]; hlt'));
    expect(u8[state.xmm + 200]).toBe(200);
    expect(u8[state.fpr + 3 * 16]).toBe(0x77);
  });

  test('FXRSTOR and LDMXCSR refuse reserved bits of MXCSR; FXSAVE wants 16-byte alignment', () => {
    const guest = new Guest('long');
    guest.write32(0x6000 + 24, 0x10000);
    guest.run(asm64('fxrstor64 [0x6000]'));
    expect(fault(guest)).toMatchObject({ vector: 13, errorCode: 0 });
    const unaligned = new Guest('long');
    unaligned.run(asm64('fxsave64 [0x6008]'));
    expect(fault(unaligned)).toMatchObject({ vector: 13, errorCode: 0 });
    const mxcsr = new Guest('long');
    mxcsr.write32(0x6000, 0x10000);
    mxcsr.run(asm64('mov rax, cr4; or ah, 2; mov cr4, rax; ldmxcsr [0x6000]'));
    expect(fault(mxcsr)).toMatchObject({ vector: 13, errorCode: 0 });
  });

  test('XSAVE and XRSTOR of x87 and SSE', () => {
    const guest = new Guest('long', { add: ['xsave'] });
    const { cpu } = guest;
    const { u8 } = cpu.memory;
    for (let i = 0; i < 256; i++) u8[state.xmm + i] = i;
    guest.run(
      asm64('mov rax, cr4; or eax, 0x40200; mov cr4, rax'),
      asm64('xor ecx, ecx; xor edx, edx; mov eax, 3; xsetbv; xsave [0x6000]; hlt'),
    );
    expect(guest.delivered).toEqual([]);
    expect(guest.read64(0x6200)).toBe(3n);
    expect(cpu.memory.ram(0x6000, 512)[160 + 77]).toBe(77);
    // Without its bit in the header, SSE state is initialised.
    guest.write64(0x6200, 1n);
    guest.resume(asm64('xrstor [0x6000]; hlt'));
    expect(u8[state.xmm + 77]).toBe(0);
  });
});
