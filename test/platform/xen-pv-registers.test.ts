import { describe, expect, test } from 'vitest';
import type { CpuidFeature } from '../../src/machine/x86/cpuid.js';
import type { Assembler } from '../../src/stub/assembler/assembler.js';
import * as o from '../../src/stub/assembler/operands.js';
import { imm, label, qword } from '../../src/stub/assembler/operands.js';
import { runPvCode } from './pv-code.js';
import { pvGuest } from './pv-guest.js';

/** Right values are what Xen 4.17 gives the same code as PV guest under QEMU (-cpu max). */

const [UD, GP] = [6, 13];
/** Entry 1 of the guest's own GDT, at level 3. */
const OWN_DATA = 0x0b;
const CR4 = { TSD: 1 << 2, DE: 1 << 3, FSGSBASE: 1 << 16, OSXSAVE: 1 << 18 } as const;
/** PAE, MCE, OSFXSR, OSXMMEXCPT. */
const VISIBLE = 0x660n;
const ALL: readonly CpuidFeature[] = ['tsc', 'de', 'fsgsbase', 'xsave', 'rdtscp'];
const all = { profile: 'x86-64-v2', add: ALL } as const;

/** MOV to CR4. */
function setCr4(c: Assembler['code'], bits: number): void {
  c.mov(o.EAX, imm(bits));
  c.mov(o.CR4, o.RAX);
}

describe('CR4', () => {
  const bits: readonly (readonly [CpuidFeature, number])[] = [
    ['tsc', CR4.TSD],
    ['de', CR4.DE],
    ['fsgsbase', CR4.FSGSBASE],
    ['xsave', CR4.OSXSAVE],
  ];
  test.each(bits)('a bit without its CPUID feature %s does not stick', async (feature, bit) => {
    for (const has of [true, false]) {
      const cpu = { profile: 'x86-64-v2', add: ALL.filter((one) => has || one !== feature) } as const;
      const remove = has ? [] : [feature];
      const { gpr, vector } = await runPvCode(
        ({ code: c }) => {
          setCr4(c, 0x7fffffff);
          c.mov(o.RBX, o.CR4);
        },
        { cpu: { ...cpu, remove } },
      );
      expect(vector).toBeUndefined();
      expect([feature, gpr[3]! & BigInt(bit)]).toEqual([feature, has ? BigInt(bit) : 0n]);
    }
  });

  test('what a guest sees: its own bits and four of Xen’s, at the start these alone', async () => {
    const { gpr } = await runPvCode(
      ({ code: c }) => {
        c.mov(o.RBX, o.CR4);
        setCr4(c, -1);
        c.mov(o.R12, o.CR4);
        setCr4(c, 0);
        c.mov(o.R13, o.CR4);
      },
      { cpu: all },
    );
    expect([gpr[3], gpr[12], gpr[13]]).toEqual([VISIBLE, 0x5066cn, VISIBLE]);
  });

  test('FSGSBASE lets the guest read and write its bases, and only then', async () => {
    const { gpr, vector } = await runPvCode(
      ({ code: c }) => {
        setCr4(c, CR4.FSGSBASE);
        c.mov(o.EBX, imm(0x1234));
        c.wrgsbase(o.RBX);
        c.rdgsbase(o.R12);
        setCr4(c, 0);
        c.rdgsbase(o.R13);
      },
      { cpu: all },
    );
    expect([gpr[12], vector]).toEqual([0x1234n, UD]);
  });

  test('TSD is for programs: the guest’s kernel goes on reading the counter', async () => {
    const { vector, gpr, guest } = await runPvCode(
      ({ code: c }) => {
        c.rdtsc();
        c.mov(o.R12, o.RAX);
        setCr4(c, CR4.TSD);
        c.rdtsc();
        c.mov(o.R13, o.RAX);
        c.rdtscp();
        c.mov(o.R14, o.RAX);
      },
      { cpu: all },
    );
    expect(vector).toBeUndefined();
    expect(gpr[13]).toBeGreaterThan(gpr[12]!);
    expect(gpr[14]).toBeGreaterThan(gpr[13]!);
    expect(guest.machine.cpu.cr4 & CR4.TSD).toBe(CR4.TSD);
  });

  test('OSXSAVE: XGETBV is Xen’s and always there, XSETBV the guest’s choice', async () => {
    const { gpr, vector } = await runPvCode(
      ({ code: c }) => {
        c.xor(o.ECX, o.ECX);
        c.xgetbv();
        c.mov(o.R12, o.RAX);
        setCr4(c, CR4.OSXSAVE);
        c.mov(o.EAX, imm(1));
        c.xor(o.EDX, o.EDX);
        c.xsetbv();
        c.xgetbv();
        c.mov(o.R13, o.RAX);
        setCr4(c, 0);
        c.mov(o.EAX, imm(3));
        c.xsetbv();
      },
      { cpu: all },
    );
    expect([gpr[12], gpr[13], vector]).toEqual([3n, 1n, UD]);
  });

  test('XSETBV of what cannot be: #GP', async () => {
    const { vector } = await runPvCode(
      ({ code: c }) => {
        setCr4(c, CR4.OSXSAVE);
        c.xor(o.ECX, o.ECX);
        c.mov(o.EAX, imm(2));
        c.xor(o.EDX, o.EDX);
        c.xsetbv();
      },
      { cpu: all },
    );
    expect(vector).toBe(GP);
  });
});

describe('CR3', () => {
  const write = (add: number) =>
    runPvCode(({ code: c }) => {
      c.mov(o.RAX, o.CR3);
      c.mov(o.RBX, imm(add));
      c.add(o.RAX, o.RBX);
      c.mov(o.CR3, o.RAX);
    });

  test('is written like new_baseptr; a frame that is no root is #GP', async () => {
    expect((await write(0)).vector).toBeUndefined();
    expect((await write(4096)).vector).toBe(GP);
    expect((await write(0x7777777000)).vector).toBe(GP);
  });
});

describe('debug registers', () => {
  test('DR6 and DR7 have their fixed bits, by MOV and by hypercall, DR4 and DR5 are their names', async () => {
    const { gpr, guest } = await runPvCode(({ code: c }) => {
      c.mov(o.R12, o.DR6);
      c.mov(o.R13, o.DR7);
    });
    expect([gpr[12], gpr[13]]).toEqual([0xffff0ff0n, 0x400n]);
    expect([4, 5, 6, 7].map((n) => guest.call(9, n))).toEqual([0xffff0ff0, 0x400, 0xffff0ff0, 0x400]);
    expect(guest.call(9, 0x100000007n)).toBe(0x400);
  });

  test('what set_debugreg takes', async () => {
    const { call, domain } = await pvGuest(16, all).then((guest) => ({
      call: guest.call.bind(guest),
      domain: guest.domain,
    }));
    const [EPERM, ENODEV, EINVAL] = [-1, -19, -22];
    expect([call(8, 6, 0xffffffffn), call(9, 6)]).toEqual([0, 0xffffefff]);
    expect([call(8, 6, 0), call(9, 6)]).toEqual([0, 0xffff0ff0]);
    expect([call(8, 6, 1n << 32n), call(8, 7, 1n << 32n)]).toEqual([EINVAL, EINVAL]);
    expect([call(8, 7, 0xffffffffn), call(8, 7, 0xdfff), call(9, 7)]).toEqual([EPERM, 0, 0x7ff]);
    expect([call(8, 0, 1n << 47n), call(8, 0, 0xffff820000000000n)]).toEqual([EPERM, EPERM]);
    expect([call(8, 9, 0), call(9, 8)]).toEqual([ENODEV, ENODEV]);
    // A breakpoint on a port needs DE, under which DR4 and DR5 are none.
    expect([call(8, 7, 0x20002), call(8, 5, 0)]).toEqual([EPERM, 0]);
    domain.cr4 = CR4.DE;
    expect([call(8, 7, 0x20002), call(9, 7)]).toEqual([0, 0x20402]);
    expect([call(8, 5, 0), call(9, 4)]).toEqual([ENODEV, ENODEV]);
  });

  test('MOV from DR4: DR6, or #UD under DE', async () => {
    const read = (bits: number) =>
      runPvCode(
        ({ code: c }) => {
          setCr4(c, bits);
          c.mov(o.R12, o.DR4);
        },
        { cpu: all },
      );
    const plain = await read(0);
    expect([plain.gpr[12], plain.vector]).toEqual([0xffff0ff0n, undefined]);
    expect((await read(CR4.DE)).vector).toBe(UD);
  });
});

describe('MSRs', () => {
  test('MISC_ENABLE says what is not there; TSC_AUX follows CPUID', async () => {
    const read = (msr: number, add: readonly CpuidFeature[] = [], vendor = 'AuthenticAMD') =>
      runPvCode(
        ({ code: c }) => {
          c.mov(o.ECX, imm(msr));
          c.rdmsr();
        },
        { cpu: { profile: 'x86-64-v2', add, vendor } },
      );
    expect((await read(0x1a0, [], 'GenuineIntel')).gpr[0]! & 0x801880n).toBe(0x801800n);
    expect((await read(0x1a0)).vector).toBe(GP);
    expect((await read(0xc0000103)).vector).toBe(GP);
    expect((await read(0xc0000103, ['rdtscp'])).vector).toBeUndefined();
    // What AMD's SYSENTER is to a 64-bit guest, and DEBUGCTL.
    for (const msr of [0x174, 0x1d9]) expect((await read(msr)).vector).toBe(GP);
  });
});

describe('SYSCALL', () => {
  test('only RAX, RCX and R11 change; CS and SS are Xen’s flat ones afterwards', async () => {
    const { gpr } = await runPvCode(({ code: c }) => {
      c.xor(o.EDI, o.EDI);
      const values = [o.RBX, o.RDX, o.RSI, o.R8, o.R9, o.R10, o.R12, o.R15];
      for (const [i, register] of values.entries()) c.mov(register, imm(0x1111 * (i + 1)));
      c.mov(o.EAX, imm(17));
      c.syscall();
      c.mov(o.R13, o.CS);
      c.mov(o.R14, o.SS);
    });
    expect(gpr[0]).toBe(0x40011n);
    expect([3, 2, 6, 8, 9, 10, 12, 15].map((n) => gpr[n])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => BigInt(0x1111 * n)),
    );
    expect([gpr[13], gpr[14]]).toEqual([0xe033n, 0xe02bn]);
  });

  test('from a stack segment of one’s own it comes back to Xen’s', async () => {
    const { gpr, vector } = await runPvCode(
      ({ code: c }) => {
        c.mov(o.EAX, imm(OWN_DATA));
        c.mov(o.SS, o.EAX);
        c.mov(o.R12, o.SS);
        c.mov(o.EAX, imm(17));
        c.xor(o.EDI, o.EDI);
        c.syscall();
        c.mov(o.R13, o.SS);
      },
      {
        before: (guest) => {
          const descriptors = guest.words(5, 0, 0x00cff3000000ffffn);
          expect(guest.call(14, descriptors, guest.entry(descriptors) & ~2n, 2)).toBe(0);
          expect(guest.call(2, guest.words(0, guest.frame(descriptors)), 2)).toBe(0);
        },
      },
    );
    expect([vector, gpr[12], gpr[13]]).toEqual([undefined, BigInt(OWN_DATA), 0xe02bn]);
  });

  test('the number is all of RAX', async () => {
    const { gpr } = await runPvCode(({ code: c }) => {
      c.mov(o.RAX, imm(0x100000011n));
      c.xor(o.EDI, o.EDI);
      c.syscall();
    });
    expect(BigInt.asIntN(64, gpr[0]!)).toBe(-38n);
  });
});

describe('HYPERVISOR_iret', () => {
  test('ends a multicall: what stands behind it is not called', async () => {
    const { gpr, guest } = await runPvCode((a) => {
      const { code: c } = a;
      c.mov(o.RBX, o.RSP);
      for (const value of [imm(0xe02b), o.RBX, imm(0x202), imm(0xe030)]) {
        c.mov(o.RCX, value);
        c.push(o.RCX);
      }
      c.lea(o.RCX, o.mem(label('after')));
      c.push(o.RCX);
      for (const value of [0, 0, 0, 0x77]) {
        c.mov(o.ECX, imm(value));
        c.push(o.RCX);
      }
      c.mov(o.EAX, imm(13));
      c.lea(o.RDI, o.mem(label('calls')));
      c.mov(o.ESI, imm(2));
      c.syscall();
      c.ud2();
      a.label('after');
      c.lea(o.R12, o.mem(label('calls')));
      c.mov(o.R12, qword(o.R12, 64 + 8));
      c.jmp(label('end'));
      a.align(8);
      a.label('calls');
      for (const word of [23, 0, 0, 0, 0, 0, 0, 0, 17, 0x5555, 0, 0, 0, 0, 0, 0]) a.u64(word);
    });
    expect([gpr[12], gpr[0]]).toEqual([0x5555n, 0x77n]);
    expect(guest.domain.inMulticall).toBe(false);
  });
});

describe('I/O privilege', () => {
  test('the kernel counts as level 1: CLI, STI and ports need IOPL', async () => {
    for (const iopl of [0, 1]) {
      const { vector } = await runPvCode(({ code: c }) => c.cli(), {
        before: ({ domain }) => {
          domain.iopl = iopl;
        },
      });
      expect(vector).toBe(iopl ? undefined : GP);
    }
  });

  test('with architectural_iopl it counts as level 0', async () => {
    const { gpr, vector } = await runPvCode(({ code: c }) => {
      c.mov(o.EAX, imm(21));
      c.xor(o.EDI, o.EDI);
      c.mov(o.ESI, imm(4));
      c.syscall();
      c.cli();
      c.sti();
      c.in(o.EAX, imm(0x80));
    });
    expect([vector, gpr[0]]).toEqual([undefined, 0xffffffffn]);
  });

  test('then IOPL travels in the RFLAGS of frames', async () => {
    const { guest, vector, gpr } = await runPvCode(({ code: c }) => c.ud2(), {
      before: ({ domain }) => {
        domain.assists = 1 << 4;
        domain.iopl = 3;
      },
    });
    expect(vector).toBe(UD);
    expect(guest.read(gpr[4]! + 32n).getUint32(0, true) & 0x3000).toBe(0x3000);
  });

  test('set_iobitmap opens ports one by one', async () => {
    for (const port of [0x42, 0x80]) {
      const { vector } = await runPvCode(({ code: c }) => c.in(o.AL, imm(port)), {
        before: (guest) => {
          const bitmap = guest.words(1, ...Array(16).fill(-1));
          guest.domain.guest.write(bitmap + 8n, Uint8Array.of(0xfb));
          expect(guest.call(33, 7, guest.words(0, bitmap, 0x400))).toBe(0);
        },
      });
      expect(vector).toBe(port === 0x42 ? undefined : GP);
    }
  });
});

test('INVD, unlike WBINVD, is not emulated', async () => {
  expect((await runPvCode(({ code: c }) => c.wbinvd())).vector).toBeUndefined();
  expect((await runPvCode(({ code: c }) => c.invd())).vector).toBe(GP);
});

test('emulated CPUID shows OSXSAVE to kernels, as plain CPUID does', async () => {
  const { gpr } = await runPvCode(
    (a) => {
      const { code: c } = a;
      c.mov(o.EAX, imm(1));
      a.bytes([0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2]);
      c.mov(o.R12, o.RCX);
      c.mov(o.EAX, imm(1));
      c.cpuid();
    },
    { cpu: all },
  );
  expect([gpr[12]! & (1n << 27n), gpr[1]! & (1n << 27n)]).toEqual([1n << 27n, 1n << 27n]);
});
