import { describe, expect, test } from 'vitest';
import { asm64 } from '../../../test/craft/assemble.js';
import { Guest } from '../../../test/machine/guest.js';
import { o, putCode } from '../../../test/machine/guest-code.js';
import { CR4 } from '../../abi/x86/control-registers.js';
import { MSR } from '../../abi/x86/msr.js';
import { isKnownMsr, readMsr, writeMsr } from './msr.js';

const { imm } = o;

const AMD = 'AuthenticAMD';
const INTEL = 'GenuineIntel';
const cpuOf = (vendor: string): Guest['cpu'] => new Guest('long', { vendor }).cpu;

describe('performance counters are there', () => {
  test("AMD's PerfEvtSel0–3 and PerfCtr0–3; Intel has none of them", () => {
    const cpu = cpuOf(AMD);
    for (let index = 0xc0010000; index < 0xc0010008; index++) {
      expect(readMsr(cpu, index)).toBe(0n);
      expect(writeMsr(cpu, index, 0x530076n)).toBe(true);
      expect(readMsr(cpu, index)).toBe(0x530076n);
      expect(isKnownMsr(index, 'intel')).toBe(false);
    }
    expect(writeMsr(cpu, 0xc0010004, -1n)).toBe(true);
    expect(readMsr(cpu, 0xc0010004)).toBe(0xffffffffffffn);
  });

  test("Intel's take 32 bits and extend them", () => {
    const cpu = cpuOf(INTEL);
    expect(writeMsr(cpu, 0xc1, 0x1280000000n)).toBe(true);
    expect(readMsr(cpu, 0xc1)).toBe(0xffff80000000n);
    expect(writeMsr(cpu, 0x186, 0x530076n)).toBe(true);
    expect(readMsr(cpuOf(AMD), 0xc1)).toBeUndefined();
  });

  test.each([
    [AMD, 0xc0010004],
    [INTEL, 0xc1],
  ])('RDPMC of %s reads them', (vendor, first) => {
    const guest = new Guest('long', { vendor });
    const { cpu } = guest;
    writeMsr(cpu, first + 2, 0x12345678n);
    putCode(guest, (c) => {
      c.mov(o.ECX, imm(2));
      c.rdpmc();
      c.hlt();
    });
    guest.run();
    expect([cpu.gpr[0], cpu.gpr[2]]).toEqual([0x12345678n, 0n]);
    cpu.gpr[1] = 4n;
    guest.resume(asm64('rdpmc'));
    expect(guest.delivered).toMatchObject([{ vector: 13, errorCode: 0 }]);
  });

  test('RDPMC at level 3 needs CR4.PCE', () => {
    for (const enabled of [false, true]) {
      const guest = new Guest('long');
      if (enabled) guest.cpu.setCr4(guest.cpu.cr4 | CR4.PCE);
      guest.cpu.setCpl(3);
      guest.run(asm64('rdpmc; ud2'));
      expect(guest.delivered[0]).toMatchObject({ vector: enabled ? 6 : 13 });
    }
  });
});

test('a register of the other vendor is #GP', () => {
  for (const index of [0x17, 0x35, 0x3a, 0x186, MSR.MISC_ENABLE]) {
    expect(isKnownMsr(index, 'intel'), index.toString(16)).toBe(true);
    expect(isKnownMsr(index, 'amd'), index.toString(16)).toBe(false);
  }
  for (const index of [0xc0010010, 0xc0010015, 0xc001001f, 0xc0010055, 0xc0011029, 0x1db]) {
    expect(isKnownMsr(index, 'amd'), index.toString(16)).toBe(true);
    expect(isKnownMsr(index, 'intel'), index.toString(16)).toBe(false);
  }
  for (const vendor of ['amd', 'intel'] as const) expect(isKnownMsr(MSR.DEBUG_CONTROL, vendor)).toBe(true);
});

test('some of AMD’s came with a family', () => {
  const has = (family: number): number[] =>
    [0xc0011020, 0xc0011028, 0xc001102a].filter((index) => {
      const { cpu } = new Guest('long', { vendor: AMD, family });
      const isThere = readMsr(cpu, index) !== undefined;
      expect(writeMsr(cpu, index, 1n)).toBe(isThere);
      return isThere;
    });
  expect([15, 0x10, 0x17].map((family) => has(family).length)).toEqual([0, 2, 3]);
});

/** Registers of both vendors: what is written to them, and what they answer. `undefined`: #GP. */
const sweep: readonly (readonly [number, bigint, bigint | undefined])[] = [
  [MSR.DEBUG_CONTROL, 2n, 2n],
  [MSR.DEBUG_CONTROL, 1n << 32n, undefined],
  [MSR.SYSENTER_CS, 0x1234n, 0x1234n],
  [MSR.SYSENTER_ESP, 0xffffffff80001234n, 0xffffffff80001234n],
  [MSR.SYSENTER_EIP, 1n << 62n, undefined],
  [MSR.PAT, 0x0706050406040100n, 0x0706050406040100n],
  [MSR.PAT, 0x0006050406040200n, undefined],
  [MSR.FS_BASE, 0xffff800000000000n, 0xffff800000000000n],
  [MSR.FS_BASE, 0xffff700000000000n, undefined],
  [MSR.GS_BASE, 0x7fffffffffffn, 0x7fffffffffffn],
  [MSR.KERNEL_GS_BASE, 0x800000000000n, undefined],
  [MSR.STAR, 0x23001000000000n, 0x23001000000000n],
  [MSR.LSTAR, 0xffffffff81000000n, 0xffffffff81000000n],
  [MSR.CSTAR, 0xff00000000000000n, undefined],
  [MSR.FMASK, 0x47700n, 0x47700n],
  [MSR.FMASK, 1n << 32n, undefined],
  [MSR.TSC_AUX, 7n, 7n],
  [MSR.EFER, 0x501n, 0x501n],
  [MSR.EFER, 0x1501n, undefined],
  [MSR.MTRR_CAPABILITIES, 0n, undefined],
  [MSR.MTRR_DEFAULT_TYPE, 0xc00n, 0xc00n],
  [0x200, 0x6n, 0x6n],
  [0x250, 0x0606060606060602n, undefined],
  [MSR.MCG_STATUS, 8n, undefined],
  [0x2, 0n, undefined],
  [0xc0000085, 0n, undefined],
  [0x12345678, 0n, undefined],
];

describe.each([AMD, INTEL])('every register by WRMSR and RDMSR, %s', (vendor) => {
  test.each(sweep)('%#x %s', (index, value, answer) => {
    const guest = new Guest('long', { vendor });
    const { cpu } = guest;
    putCode(guest, (c) => {
      c.mov(o.ECX, imm(index));
      c.mov(o.EAX, imm(value & 0xffffffffn));
      c.mov(o.EDX, imm(value >> 32n));
      c.wrmsr();
      c.xor(o.EAX, o.EAX);
      c.xor(o.EDX, o.EDX);
      c.rdmsr();
      c.hlt();
    });
    guest.run();
    if (answer === undefined) expect(guest.delivered).toMatchObject([{ vector: 13, errorCode: 0 }]);
    else {
      expect(guest.delivered).toEqual([]);
      expect(cpu.gpr[0]! | (cpu.gpr[2]! << 32n)).toBe(answer);
    }
  });
});
