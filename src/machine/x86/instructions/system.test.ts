import { describe, expect, test } from 'vitest';
import { Guest, place, selector } from '../../../../test/machine/guest.js';
import { state } from '../state.js';

/** push userData; push stack3; push 0x202 or 2; push user64; push code+0x40; iretq */
const toUser = '6a 2b 68 00 40 02 00 6a 02 6a 33 68 40 80 00 00 48 cf';

const fault = (guest: Guest): unknown => guest.delivered[0];

describe('privilege', () => {
  test.each([
    ['hlt', 'f4'],
    ['cli', 'fa'],
    ['in', 'e4 60'],
    ['out', 'e6 60'],
    ['mov rax, cr0', '0f 20 c0'],
    ['mov cr3, rax', '0f 22 d8'],
    ['mov dr7, rax', '0f 23 f8'],
    ['clts', '0f 06'],
    ['lgdt', '0f 01 14 24'],
    ['lidt', '0f 01 1c 24'],
    ['lldt', '0f 00 d0'],
    ['ltr', '0f 00 d8'],
    ['lmsw', '0f 01 f0'],
    ['rdmsr', '0f 32'],
    ['wrmsr', '0f 30'],
    ['invlpg', '0f 01 3c 24'],
    ['wbinvd', '0f 09'],
    ['invd', '0f 08'],
    ['swapgs', '0f 01 f8'],
    ['sysretq', '48 0f 07'],
    ['rdpmc', '0f 33'],
  ])('%s is for level 0', (_, code) => {
    const guest = new Guest('long');
    guest.put(place.code + 0x40, code);
    guest.run(toUser);
    expect(fault(guest)).toMatchObject({ vector: 13, errorCode: 0 });
    expect(guest.stack(2, 8)[1]).toBe(BigInt(place.code + 0x40));
  });

  test('UMIP keeps SGDT and SMSW from user mode', () => {
    for (const code of ['0f 01 04 24', '0f 01 e0']) {
      const guest = new Guest('long', { add: ['umip'] });
      guest.put(place.code + 0x40, code);
      // mov eax, cr4; or ah, 8; mov cr4, eax
      guest.run(`0f 20 e0 80 cc 08 0f 22 e0 ${toUser}`);
      expect(fault(guest)).toMatchObject({ vector: 13, errorCode: 0 });
    }
  });

  test('RDTSC under CR4.TSD', () => {
    const guest = new Guest('long');
    guest.put(place.code + 0x40, '0f 31');
    guest.run(`0f 20 e0 0c 04 0f 22 e0 0f 31 ${toUser}`);
    expect(fault(guest)).toMatchObject({ vector: 13 });
  });
});

describe('control registers', () => {
  const writes = (code: string, options?: ConstructorParameters<typeof Guest>[1]): unknown => {
    const guest = new Guest('long', options);
    guest.run(`${code} f4`);
    return fault(guest);
  };
  const gp = { vector: 13, errorCode: 0 };

  test('CR0: PG without PE, NW without CD, upper bits, PG off in 64-bit mode', () => {
    expect(writes('0f 20 c0 24 fe 0f 22 c0')).toMatchObject(gp);
    expect(writes('0f 20 c0 0d 00 00 00 20 0f 22 c0')).toMatchObject(gp);
    expect(writes('0f 20 c0 48 0f ba e8 20 0f 22 c0')).toMatchObject(gp);
    expect(writes('0f 20 c0 0f ba f0 1f 0f 22 c0')).toMatchObject(gp);
    expect(writes('0f 20 c0 0f ba e8 12 0f 22 c0')).toBeUndefined();
  });

  test('CR4: features that are not advertised, PAE off in long mode', () => {
    expect(writes('0f 20 e0 0f ba e8 14 0f 22 e0')).toMatchObject(gp);
    expect(writes('0f 20 e0 0f ba e8 14 0f 22 e0', { add: ['smep'] })).toMatchObject({ vector: 14 });
    expect(writes('0f 20 e0 24 df 0f 22 e0')).toMatchObject(gp);
    expect(writes('0f 20 e0 80 cc 06 0f 22 e0')).toBeUndefined();
  });

  test('CR4.PCIDE needs PCID 0; bit 63 of CR3 is taken then', () => {
    expect(writes('0f 20 d8 0c 01 0f 22 d8 0f 20 e0 0f ba e8 11 0f 22 e0', { add: ['pcid'] })).toMatchObject(
      gp,
    );
    const set63 = '0f 20 d8 48 0f ba e8 3f 0f 22 d8';
    expect(writes(set63, { add: ['pcid'] })).toMatchObject(gp);
    expect(writes(`0f 20 e0 0f ba e8 11 0f 22 e0 ${set63}`, { add: ['pcid'] })).toBeUndefined();
  });

  test('CR8 is the task priority; there is no CR1', () => {
    const guest = new Guest('long');
    // mov eax, 9; mov cr8, rax; mov rbx, cr8
    guest.run('b8 09 00 00 00 44 0f 22 c0 44 0f 20 c3 f4');
    expect(guest.outside.taskPriority).toBe(9);
    expect(guest.cpu.gpr[3]).toBe(9n);
    expect(writes('0f 20 c8')).toMatchObject({ vector: 6 });
  });

  test('EFER: unknown bits and LME under paging are refused', () => {
    const efer = 'b9 80 00 00 c0 0f 32';
    expect(writes(`${efer} 0d 00 10 00 00 0f 30`)).toMatchObject(gp);
    expect(writes(`${efer} 80 e4 fe 0f 30`)).toMatchObject(gp);
    expect(writes(`${efer} 0f 30`)).toBeUndefined();
  });

  test('an MSR that does not exist is #GP and remembered', () => {
    const guest = new Guest('long');
    guest.run('b9 01 00 00 80 0f 32');
    expect(fault(guest)).toMatchObject(gp);
    expect(guest.cpu.lastMsrs).toMatchObject([{ index: 0x80000001, write: false, refused: true }]);
  });
});

describe('descriptor tables', () => {
  test('LGDT, SGDT in 64-bit mode are 10 bytes', () => {
    const guest = new Guest('long');
    guest.put(0x6000, '34 12 88 77 66 55 44 b3 ff ff');
    guest.run('0f 01 14 25 00 60 00 00 0f 01 04 25 40 60 00 00 f4');
    expect(guest.cpu.gdtr.limit).toBe(0x1234);
    expect(guest.cpu.gdtr.base).toBe(0xffffb34455667788n);
    expect(guest.read64(0x6042)).toBe(0xffffb34455667788n);
  });

  test('LTR wants an available TSS and makes it busy', () => {
    const guest = new Guest('long');
    guest.run('66 b8 40 00 0f 00 d8 0f 00 cb f4');
    expect(guest.cpu.gpr[3]).toBe(BigInt(selector.tss));
    expect(guest.read32(place.gdt + selector.tss + 4) & 0xf00).toBe(0xb00);
    const again = new Guest('long');
    again.run('66 b8 40 00 0f 00 d8 0f 00 d8');
    expect(fault(again)).toMatchObject({ vector: 13, errorCode: selector.tss });
  });

  test('LAR, LSL, VERR, VERW', () => {
    const guest = new Guest('protected');
    // mov ecx, code32; lar eax, cx; lsl ebx, cx; verr cx; setz dl; verw cx; setz dh; hlt
    guest.run('b9 08 00 00 00 0f 02 c1 0f 03 d9 0f 00 e1 0f 94 c2 0f 00 e9 0f 94 c6 f4');
    const { gpr } = guest.cpu;
    expect(gpr[0]).toBe(0xc09b00n);
    expect(gpr[3]).toBe(0xffffffffn);
    expect(gpr[2]).toBe(1n);
    const null_ = new Guest('protected');
    null_.run('b8 78 56 34 12 31 c9 0f 02 c1 0f 94 c2 f4');
    expect(null_.cpu.gpr[0]).toBe(0x12345678n);
    expect(null_.cpu.gpr[2]! & 1n).toBe(0n);
  });
});

describe('odds and ends', () => {
  test('SWAPGS, and MOV GS keeps the new base only until then', () => {
    const guest = new Guest('long');
    guest.cpu.msr.set(0xc0000102, 0x5000n);
    guest.write64(0x5008, 0x1234n);
    // swapgs; mov rax, gs:[8]; mov ecx, 0xc0000101; rdmsr
    guest.run('0f 01 f8 65 48 8b 1c 25 08 00 00 00 b9 01 01 00 c0 0f 32 f4');
    expect(guest.cpu.gpr[3]).toBe(0x1234n);
    expect(guest.cpu.gpr[0]).toBe(0x5000n);
    expect(guest.cpu.msr.get(0xc0000102)).toBe(0n);
  });

  test('RDRAND is #UD unless advertised, and the same in every run', () => {
    const none = new Guest('long');
    none.run('48 0f c7 f0');
    expect(fault(none)).toMatchObject({ vector: 6 });
    const [a, b] = [1, 2].map(() => {
      const guest = new Guest('long', { add: ['rdrand'] });
      guest.run('48 0f c7 f0 48 0f c7 f3 f4');
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
    // mov eax, [0x100000]; mov qword [pte], 0x101007; invlpg [0x100000]; mov ebx, [0x100000]; hlt
    guest.run(
      '8b 04 25 00 00 10 00 48 c7 04 25 00 38 03 00 07 10 10 00',
      '8b 0c 25 00 00 10 00 0f 01 3c 25 00 00 10 00 8b 1c 25 00 00 10 00 f4',
    );
    expect(guest.cpu.gpr[0]).toBe(1n);
    expect(guest.cpu.gpr[1]).toBe(1n);
    expect(guest.cpu.gpr[3]).toBe(2n);
  });

  test('REP OUTSB writes each byte; REP INSB fills memory', () => {
    const guest = new Guest('long');
    guest.put(0x6000, '68 65 6c 6c 6f');
    guest.portValue = 0x41;
    // mov esi, 0x6000; mov edi, 0x6100; mov edx, 0x3f8; mov ecx, 5; rep outsb; mov ecx, 3; rep insb
    guest.run('be 00 60 00 00 bf 00 61 00 00 ba f8 03 00 00 b9 05 00 00 00 f3 6e b9 03 00 00 00 f3 6c f4');
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
    // fxsave64 [0x6000]
    guest.run('48 0f ae 04 25 00 60 00 00 f4');
    const area = cpu.memory.ram(0x6000, 512);
    expect([area[0], area[1]]).toEqual([0x7f, 3]);
    expect(area[3]).toBe(0x18);
    expect(area[4]).toBe(8);
    expect(area[32]).toBe(0x77);
    expect(area[160 + 255]).toBe(255);
    expect(area[28]).toBe(0xff);
    u8.fill(0, state.xmm, state.xmm + 256);
    view.setUint8(state.fpr + 3 * 16, 0);
    guest.resume('48 0f ae 0c 25 00 60 00 00 f4');
    expect(u8[state.xmm + 200]).toBe(200);
    expect(u8[state.fpr + 3 * 16]).toBe(0x77);
  });

  test('FXRSTOR and LDMXCSR refuse reserved bits of MXCSR; FXSAVE wants 16-byte alignment', () => {
    const guest = new Guest('long');
    guest.write32(0x6000 + 24, 0x10000);
    guest.run('48 0f ae 0c 25 00 60 00 00');
    expect(fault(guest)).toMatchObject({ vector: 13, errorCode: 0 });
    const unaligned = new Guest('long');
    unaligned.run('48 0f ae 04 25 08 60 00 00');
    expect(fault(unaligned)).toMatchObject({ vector: 13, errorCode: 0 });
    const mxcsr = new Guest('long');
    mxcsr.write32(0x6000, 0x10000);
    // mov eax, cr4; or ah, 2; mov cr4, eax; ldmxcsr [0x6000]
    mxcsr.run('0f 20 e0 80 cc 02 0f 22 e0 0f ae 14 25 00 60 00 00');
    expect(fault(mxcsr)).toMatchObject({ vector: 13, errorCode: 0 });
  });

  test('XSAVE and XRSTOR of x87 and SSE', () => {
    const guest = new Guest('long', { add: ['xsave'] });
    const { cpu } = guest;
    const { u8 } = cpu.memory;
    for (let i = 0; i < 256; i++) u8[state.xmm + i] = i;
    // mov eax, cr4; or eax, 0x40200; mov cr4, eax; xor ecx, ecx; xor edx, edx; mov eax, 3; xsetbv; xsave [0x6000]
    guest.run(
      '0f 20 e0 0d 00 02 04 00 0f 22 e0 31 c9 31 d2 b8 03 00 00 00 0f 01 d1 0f ae 24 25 00 60 00 00 f4',
    );
    expect(guest.delivered).toEqual([]);
    expect(guest.read64(0x6200)).toBe(3n);
    expect(cpu.memory.ram(0x6000, 512)[160 + 77]).toBe(77);
    // Without its bit in the header, SSE state is initialised.
    guest.write64(0x6200, 1n);
    guest.resume('0f ae 2c 25 00 60 00 00 f4');
    expect(u8[state.xmm + 77]).toBe(0);
  });
});
