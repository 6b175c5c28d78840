import { describe, expect, test } from 'vitest';
import { VECTOR } from '../../src/abi/x86/vectors.js';
import { type CpuidFeature, cpuidFeatures } from '../../src/machine/x86/cpuid.js';
import { pvCpuid } from '../../src/platform/xen-pv/cpuid.js';
import * as o from '../../src/stub/assembler/operands.js';
import { imm } from '../../src/stub/assembler/operands.js';
import { runPvCode } from './pv-code.js';
import { pvGuest } from './pv-guest.js';

/** What Xen 4.17 lets a paravirtual domU see of its processor (arch/x86/cpu-policy.c, msr.c, pv/emul-priv-op.c). */

const AMD = 'AuthenticAMD';
const INTEL = 'GenuineIntel';
const add = Object.keys(cpuidFeatures) as CpuidFeature[];

describe('CPUID', () => {
  const leaves = async (vendor: string) => {
    const { domain } = await pvGuest(16, { profile: 'x86-64-v2', add, vendor });
    return (leaf: number, subleaf = 0) => pvCpuid(domain, leaf, subleaf);
  };
  const zero = { eax: 0, ebx: 0, ecx: 0, edx: 0 };

  test('AMD: no SYSENTER; Intel: it is there', async () => {
    const bits = async (vendor: string): Promise<number> => (await leaves(vendor))(1).edx & 0x7fffffff;
    const common = 'fpu de tsc msr pae mce cx8 apic mca cmov pat clflush mmx fxsr sse sse2'.split(' ');
    const mask = (names: readonly string[]): number =>
      names.reduce((sum, name) => sum | (1 << cpuidFeatures[name as CpuidFeature].bit), 0);
    expect(await bits(AMD)).toBe(mask(common));
    expect(await bits(INTEL)).toBe(mask([...common, 'sep']));
  });

  test('what no guest of this kind can use is hidden', async () => {
    const cpuid = await leaves(AMD);
    const shown = (name: CpuidFeature): boolean => {
      const { leaf, register, bit, ...rest } = cpuidFeatures[name];
      return ((cpuid(leaf, 'subleaf' in rest ? rest.subleaf : 0)[register] >>> bit) & 1) === 1;
    };
    const hidden =
      'pse mtrr pge pse36 sep pcid x2apic tsc_deadline_timer arat tsc_adjust smep invpcid smap umip la57 pdpe1gb ' +
      'cr8_legacy invariant_tsc efer_lmsle_mbz';
    expect(add.filter((name) => !shown(name)).sort()).toEqual(hidden.split(' ').sort());
    expect(cpuid(0x80000008).eax).toBe(0x3028);
  });

  test('leaves end at d and 80000008, on AMD at 80000021; beyond are zeros', async () => {
    const [amd, intel] = [await leaves(AMD), await leaves(INTEL)];
    expect([amd(0).eax, intel(0).eax]).toEqual([0xd, 0xd]);
    expect([amd(0x80000000).eax >>> 0, intel(0x80000000).eax >>> 0]).toEqual([0x80000021, 0x80000008]);
    for (const leaf of [0xe, 0x15, 0x16, 0x20, 0x80000022, 0xc0000000]) expect(amd(leaf)).toEqual(zero);
    for (const leaf of [0xe, 0x15, 0x16, 0x20, 0x80000021, 0xc0000000]) expect(intel(leaf)).toEqual(zero);
  });
});

describe('MSRs', () => {
  type Access = { readonly read?: bigint; readonly write?: bigint };
  /** RDMSR, or WRMSR of a value: what was read, 'ok', or '#GP'. */
  const access = async (
    index: number,
    { write }: Access,
    vendor: string,
    handled = true,
    family?: number,
  ): Promise<bigint | 'ok' | '#GP' | 'killed'> => {
    try {
      const { gpr, vector } = await runPvCode(
        ({ code: c }) => {
          c.mov(o.ECX, imm(index));
          if (write === undefined) c.rdmsr();
          else {
            c.mov(o.EAX, imm(write & 0xffffffffn));
            c.mov(o.EDX, imm(write >> 32n));
            c.wrmsr();
          }
        },
        {
          cpu: { profile: 'x86-64-v2', vendor, ...(family === undefined ? {} : { family }) },
          before: ({ domain }) => {
            if (!handled) domain.traps[VECTOR.GP] = undefined;
          },
        },
      );
      if (vector === VECTOR.GP) return '#GP';
      expect(vector).toBeUndefined();
      return write === undefined ? gpr[0]! | (gpr[2]! << 32n) : 'ok';
    } catch (thrown) {
      if (handled) throw thrown;
      return 'killed';
    }
  };

  /** Index, what is read, whether 0 and 1 may be written. */
  const table: readonly (readonly [number, string, bigint | '#GP', 'ok' | '#GP', 'ok' | '#GP'])[] = [
    [0x0, AMD, 0n, '#GP', '#GP'],
    [0x17, AMD, '#GP', '#GP', '#GP'],
    [0x17, INTEL, 0n, '#GP', '#GP'],
    [0x3a, AMD, '#GP', '#GP', '#GP'],
    [0x3a, INTEL, 1n, '#GP', '#GP'],
    [0x8b, AMD, 0n, '#GP', '#GP'],
    [0x8b, INTEL, 0n, 'ok', '#GP'],
    [0xce, AMD, 0n, '#GP', '#GP'],
    [0x140, INTEL, 0n, 'ok', '#GP'],
    [0x179, AMD, 2n, 'ok', 'ok'],
    [0x179, INTEL, 0x1000c02n, 'ok', 'ok'],
    [0x17a, AMD, 0n, 'ok', 'ok'],
    [0x198, AMD, '#GP', '#GP', '#GP'],
    [0x198, INTEL, 0n, '#GP', '#GP'],
    [0x199, INTEL, 0n, 'ok', 'ok'],
    [0x1a0, AMD, '#GP', '#GP', '#GP'],
    [0x1a0, INTEL, 0x801801n, 'ok', 'ok'],
    [0x277, AMD, 0x50100070406n, '#GP', '#GP'],
    [0x2ff, AMD, '#GP', '#GP', '#GP'],
    [0x345, AMD, 0n, '#GP', '#GP'],
    [0x400, AMD, 0xffffffffffffffffn, 'ok', 'ok'],
    [0x401, INTEL, 0n, 'ok', 'ok'],
    [0x408, AMD, 0n, 'ok', 'ok'],
    [0xe8, AMD, '#GP', 'ok', 'ok'],
    [0x186, AMD, '#GP', '#GP', '#GP'],
    [0x186, INTEL, 0n, 'ok', 'ok'],
    [0xc0010000, AMD, 0n, 'ok', 'ok'],
    [0xc0010000, INTEL, '#GP', '#GP', '#GP'],
    [0xc0010010, AMD, '#GP', '#GP', '#GP'],
    [0xc0010015, AMD, 0n, 'ok', 'ok'],
    [0xc001001f, AMD, 0n, 'ok', 'ok'],
    [0xc001001f, INTEL, 0n, 'ok', 'ok'],
    [0xc0010058, AMD, '#GP', '#GP', '#GP'],
    [0xc0011029, AMD, 2n, 'ok', 'ok'],
    [0x1b, AMD, 0xfee00900n, '#GP', '#GP'],
  ];

  test.each(table)('%#x on %s', async (index, vendor, read, zero, one) => {
    expect(await access(index, {}, vendor)).toBe(read);
    expect(await access(index, { write: 0n }, vendor)).toBe(zero);
    expect(await access(index, { write: 1n }, vendor)).toBe(one);
  });

  test('MMIO_CONF_BASE is of families 10h to 16h', async () => {
    expect(await access(0xc0010058, {}, AMD, true, 0x10)).toBe(0n);
    expect(await access(0xc0010058, {}, AMD, true, 0x17)).toBe('#GP');
  });

  test('EFER may be written back as it was read', async () => {
    const efer = (await access(0xc0000080, {}, AMD)) as bigint;
    expect(await access(0xc0000080, { write: efer }, AMD)).toBe('ok');
    expect(await access(0xc0000080, { write: efer ^ 1n }, AMD)).toBe('#GP');
  });

  test('without a handler of #GP, what the machine has reads 0: SYSCFG', async () => {
    expect(await access(0xc0010010, {}, AMD, false)).toBe(0n);
    expect(await access(0xc0010010, {}, INTEL, false)).toBe('killed');
    expect(await access(0xc0010010, { write: 0n }, AMD, false)).toBe('killed');
  });
});

test('STR is Xen’s TSS; SLDT its descriptor while there is an LDT', async () => {
  const read = (entries: number) =>
    runPvCode(
      ({ code: c }) => {
        c.str(o.R12D);
        c.sldt(o.R13D);
      },
      {
        before: ({ domain }) => {
          domain.ldt = { base: 0n, entries };
          domain.loadLdt();
        },
      },
    );
  expect((await read(0)).gpr.slice(12, 14)).toEqual(BigUint64Array.of(0xe040n, 0n));
  expect((await read(4)).gpr.slice(12, 14)).toEqual(BigUint64Array.of(0xe040n, 0xe050n));
});
