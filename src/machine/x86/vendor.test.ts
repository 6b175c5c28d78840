import { describe, expect, test } from 'vitest';
import { asm64 } from '../../../test/craft/assemble.js';
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
    guest.put(target, asm64('hlt'));
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
    guest.put(target, asm64('hlt'));
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
  const branch = (options: { vendor: string }, code: string, rcx = 5n): Guest => {
    const guest = new Guest('long', options);
    guest.memory.ram(0x8000, 0x100).fill(0xf4);
    guest.memory.ram(far, 0x100).fill(0xf4);
    guest.write64(0x15000, 0x18040n);
    guest.write64(place.stack0, 0x18040n);
    guest.cpu.gpr[0] = 0x18040n;
    guest.cpu.gpr[1] = rcx;
    guest.cpu.gpr[7] = 0x15000n;
    guest.put(far, asm64(code));
    guest.cpu.rip = BigInt(far);
    guest.run();
    expect(guest.delivered).toEqual([]);
    return guest;
  };

  test.each([
    ['data16 jmp .+0x13', 0x8013, 0x18013],
    // JMP rel16.
    ['data16; .byte 0xe9; .word 0x10', 0x8014, undefined],
    ['data16 jz .+0x13', 0x18003, 0x18003],
    ['data16 jnz .+0x13', 0x8013, 0x18013],
    // `as` drops the prefix of `data16 loop`.
    ['data16; loop .+0x12', 0x8013, 0x18013],
    ['data16 jmp rax', 0x8040, 0x18040],
    ['data16 jmp [rdi]', 0x8040, 0x18040],
    ['data16 call [rdi]', 0x8040, 0x18040],
    ['data16 ret', 0x8040, 0x18040],
    ['data16 ret 8', 0x8040, 0x18040],
    ['data16 rex.W jmp rax', 0x18040, 0x18040],
  ] as const)('%s', (code, amd, intel) => {
    expect(branch(AMD, code).cpu.rip).toBe(BigInt(amd + 1));
    if (intel !== undefined) expect(branch(INTEL, code).cpu.rip).toBe(BigInt(intel + 1));
  });

  test('the stack moves by a word on AMD, by a quadword on Intel', () => {
    const moved = (code: string): number[] =>
      [AMD, INTEL].map((options) => Number(branch(options, code).cpu.gpr[4]!) - place.stack0);
    expect(moved('data16 ret')).toEqual([2, 8]);
    expect(moved('data16 ret 8')).toEqual([10, 16]);
    expect(moved('data16 call rax')).toEqual([-2, -8]);
    expect(branch(AMD, 'data16 call rax').stack(1, 2)).toEqual([0x8003n]);
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
      guest.run(asm64('rex.W jmp fword ptr [rdi]; hlt'));
      return guest;
    };
    // Neither may be entered: the error code tells which it was.
    expect(jump(AMD).delivered[0]).toMatchObject({ vector: 13, errorCode: selector.user64 & ~3 });
    expect(jump(INTEL).delivered[0]).toMatchObject({ vector: 13, errorCode: selector.notPresent });
  });

  test('CALL pushes quadwords all the same', () => {
    const guest = new Guest('long', AMD);
    guest.write64(pointer, (BigInt(selector.code64) << 32n) | BigInt(place.code + 0x80));
    guest.put(place.code + 0x80, asm64('hlt'));
    guest.cpu.gpr[7] = BigInt(pointer);
    guest.run(asm64('rex.W call fword ptr [rdi]; hlt'));
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
