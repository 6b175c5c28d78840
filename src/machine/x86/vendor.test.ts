import { describe, expect, test } from 'vitest';
import { Guest, place, selector } from '../../../test/machine/guest.js';
import { o, putCode, type Write } from '../../../test/machine/guest-code.js';
import { MSR } from '../../abi/x86/msr.js';
import { createCpuid } from './cpuid.js';
import { getSegment } from './segments/segments.js';
import { segmentIndex } from './state.js';
import { vendorOf } from './vendor.js';

const { imm, mem } = o;

/** What processors of the two vendors do differently; right values from both manuals and, for AMD's, a processor. */

const AMD = { vendor: 'AuthenticAMD' };
const INTEL = { vendor: 'GenuineIntel' };

function run(options: { vendor: string }, write: Write, setup?: (guest: Guest) => void): Guest {
  const guest = new Guest('long', options);
  setup?.(guest);
  putCode(guest, write);
  guest.run();
  return guest;
}

const vectors = (guest: Guest): number[] => guest.delivered.map(({ vector }) => vector);

test('by name: Hygon makes AMD processors, Centaur and Zhaoxin follow Intel', () => {
  const of = (vendor: string): string => vendorOf(createCpuid({ vendor }));
  expect(['AuthenticAMD', 'HygonGenuine', 'Nobody'].map(of)).toEqual(['amd', 'amd', 'amd']);
  expect(['GenuineIntel', 'CentaurHauls', '  Shanghai  '].map(of)).toEqual(['intel', 'intel', 'intel']);
});

describe('fast system calls', () => {
  const target = place.code + 0x80;
  const sysenter: Write = (c) => c.sysenter();
  const withMsrs = (guest: Guest): void => {
    guest.put(target, 'f4');
    guest.cpu.msr.set(MSR.SYSENTER_CS, BigInt(selector.code32));
    guest.cpu.msr.set(MSR.SYSENTER_EIP, BigInt(target));
    guest.cpu.msr.set(MSR.SYSENTER_ESP, BigInt(place.stack0));
  };

  test('SYSENTER and SYSEXIT in long mode: #UD on AMD', () => {
    expect(vectors(run(AMD, sysenter, withMsrs))).toEqual([6]);
    const guest = run(INTEL, sysenter, withMsrs);
    expect(guest.delivered).toEqual([]);
    expect(guest.cpu.rip).toBe(BigInt(target + 1));
    expect(vectors(run(AMD, (c) => c.sysexit()))).toEqual([6]);
  });

  test.each([
    [AMD, []],
    [INTEL, [6]],
  ])('SYSCALL in protected mode, %o', (options, faults) => {
    const guest = new Guest('protected', options);
    guest.cpu.setEfer(1);
    guest.cpu.msr.set(MSR.STAR, (BigInt(selector.code32) << 32n) | BigInt(target));
    guest.put(target, 'f4');
    putCode(guest, (c) => c.syscall(), { bits: 32 });
    guest.run();
    expect(vectors(guest)).toEqual(faults);
  });

  test('SYSRET to an address that is not canonical faults at level 0 on Intel, at the target at level 3 on AMD', () => {
    const write: Write = (c) => {
      c.mov(o.RCX, imm(0x800000000000));
      c.mov(o.R11, imm(2));
      c.sysretq();
    };
    const star = (guest: Guest): void => void guest.cpu.msr.set(MSR.STAR, BigInt(selector.user32) << 48n);
    const intel = run(INTEL, write, star);
    expect(intel.stack(3, 8)).toEqual([0n, BigInt(place.code + 17), BigInt(selector.code64)]);
    const amd = run(AMD, write, star);
    expect(vectors(amd)).toEqual([13]);
    expect(amd.stack(3, 8)).toEqual([0n, 0x800000000000n, BigInt(selector.user64)]);
  });
});

describe('near branches with prefix 66 in 64-bit mode', () => {
  const far = 0x18000;
  /** Code above 64 KiB that comes, when its target is cut, to a HLT below it. */
  const branch = (options: { vendor: string }, bytes: string, rcx = 5n): Guest => {
    const guest = new Guest('long', options);
    guest.memory.ram(0x8000, 0x100).fill(0xf4);
    guest.memory.ram(far, 0x100).fill(0xf4);
    guest.write64(0x15000, 0x18040n);
    guest.write64(place.stack0, 0x18040n);
    guest.cpu.gpr[0] = 0x18040n;
    guest.cpu.gpr[1] = rcx;
    guest.cpu.gpr[7] = 0x15000n;
    guest.put(far, bytes);
    guest.cpu.rip = BigInt(far);
    guest.run();
    expect(guest.delivered).toEqual([]);
    return guest;
  };

  test.each([
    ['jmp rel8', '66 eb 10', 0x8013, 0x18013],
    ['jmp rel16', '66 e9 10 00', 0x8014, undefined],
    ['jz not taken', '66 74 10', 0x18003, 0x18003],
    ['jnz taken', '66 75 10', 0x8013, 0x18013],
    ['loop', '66 e2 10', 0x8013, 0x18013],
    ['jmp rax', '66 ff e0', 0x8040, 0x18040],
    ['jmp [rdi]', '66 ff 27', 0x8040, 0x18040],
    ['call [rdi]', '66 ff 17', 0x8040, 0x18040],
    ['ret', '66 c3', 0x8040, 0x18040],
    ['ret 8', '66 c2 08 00', 0x8040, 0x18040],
    ['REX.W wins', '66 48 ff e0', 0x18040, 0x18040],
  ] as const)('%s', (_, bytes, amd, intel) => {
    expect(branch(AMD, bytes).cpu.rip).toBe(BigInt(amd + 1));
    if (intel !== undefined) expect(branch(INTEL, bytes).cpu.rip).toBe(BigInt(intel + 1));
  });

  test('the stack moves by a word on AMD, by a quadword on Intel', () => {
    const moved = (options: { vendor: string }, bytes: string): number =>
      Number(branch(options, bytes).cpu.gpr[4]!) - place.stack0;
    expect([moved(AMD, '66 c3'), moved(INTEL, '66 c3')]).toEqual([2, 8]);
    expect([moved(AMD, '66 c2 08 00'), moved(INTEL, '66 c2 08 00')]).toEqual([10, 16]);
    expect([moved(AMD, '66 ff d0'), moved(INTEL, '66 ff d0')]).toEqual([-2, -8]);
    expect(branch(AMD, '66 ff d0').stack(1, 2)).toEqual([0x8003n]);
  });
});

describe('far pointers with REX.W', () => {
  const pointer = 0x6000;
  const put = (guest: Guest): void => {
    // Offset, selector of m16:32, rest of the offset of m16:64; selector of m16:64.
    guest.write64(pointer, BigInt(selector.user64) << 32n);
    guest.write64(pointer + 8, BigInt(selector.notPresent));
  };
  const data = mem(o.RDI);

  test('JMP: the selector is at 4 on AMD, at 8 on Intel', () => {
    const jump = (options: { vendor: string }): Guest => {
      const guest = new Guest('long', options);
      put(guest);
      guest.cpu.gpr[7] = BigInt(pointer);
      guest.run('48 ff 2f f4');
      return guest;
    };
    // Neither may be entered: the error code tells which it was.
    expect(jump(AMD).delivered[0]).toMatchObject({ vector: 13, errorCode: selector.user64 & ~3 });
    expect(jump(INTEL).delivered[0]).toMatchObject({ vector: 13, errorCode: selector.notPresent });
  });

  test('CALL pushes quadwords all the same', () => {
    const guest = new Guest('long', AMD);
    guest.write64(pointer, (BigInt(selector.code64) << 32n) | BigInt(place.code + 0x80));
    guest.put(place.code + 0x80, 'f4');
    guest.cpu.gpr[7] = BigInt(pointer);
    guest.run('48 ff 1f f4');
    expect(guest.stack(2, 8)).toEqual([BigInt(place.code + 3), BigInt(selector.code64)]);
  });

  test('LGS: 32 bits and zeros on AMD', () => {
    const load = (options: { vendor: string }): Guest =>
      run(
        options,
        (c) => {
          c.mov(o.EDI, imm(pointer));
          c.mov(o.RAX, imm(-1));
          c.lgs(o.RAX, data);
          c.hlt();
        },
        (guest) => {
          guest.write64(pointer, (BigInt(selector.data32) << 32n) | 0x84332211n);
          guest.write64(pointer + 8, BigInt(selector.userData));
        },
      );
    const amd = load(AMD);
    expect(amd.cpu.gpr[0]).toBe(0x84332211n);
    expect(getSegment(amd.cpu, segmentIndex.gs).selector).toBe(selector.data32);
    const intel = load(INTEL);
    expect(intel.cpu.gpr[0]).toBe((BigInt(selector.data32) << 32n) | 0x84332211n);
    expect(getSegment(intel.cpu, segmentIndex.gs).selector).toBe(selector.userData);
  });
});

test('CPUID.8000_0001:EDX.SYSCALL follows the mode of the code on Intel', () => {
  const shown = (options: { vendor: string }, mode: 'long' | 'protected'): bigint => {
    const guest = new Guest(mode, options);
    const write: Write = (c) => {
      c.mov(o.EAX, imm(0x80000001));
      c.cpuid();
      c.hlt();
    };
    putCode(guest, write, { bits: mode === 'long' ? 64 : 32 });
    guest.run();
    return (guest.cpu.gpr[2]! >> 11n) & 1n;
  };
  expect([shown(AMD, 'long'), shown(AMD, 'protected')]).toEqual([1n, 1n]);
  expect([shown(INTEL, 'long'), shown(INTEL, 'protected')]).toEqual([1n, 0n]);
});
