import { describe, expect, test } from 'vitest';
import { advertises, type CpuidFeature, cpuidFeatures, cpuidProfiles, createCpuid } from './cpuid.js';
import { instructionSet } from './instructions/index.js';
import { isKnownMsr } from './msr.js';

const names = new Set(instructionSet.map(({ name }) => name));

describe('nothing is advertised that is not implemented', () => {
  const features = Object.entries(cpuidFeatures) as [
    CpuidFeature,
    { instructions?: readonly string[]; msrs?: readonly number[]; part?: string },
  ][];

  test.each(features)('%s', (_, { instructions, msrs, part }) => {
    expect(instructions ?? msrs ?? part).toBeDefined();
    for (const name of instructions ?? []) expect(names, name).toContain(name);
    for (const index of msrs ?? [])
      expect(isKnownMsr(index, 'amd') && isKnownMsr(index, 'intel'), index.toString(16)).toBe(true);
  });

  test('a profile sets the bits of its features and no others', () => {
    for (const [profile, list] of Object.entries(cpuidProfiles)) {
      const cpuid = createCpuid({ profile: profile as keyof typeof cpuidProfiles });
      for (const [name] of features) {
        // ARAT is the machine's own: its timer never stops. Two more are said of every processor of AMD's.
        expect(advertises(cpuid, name), `${profile} ${name}`).toBe(
          [...list, 'arat', 'cr8_legacy', 'efer_lmsle_mbz'].includes(name),
        );
      }
    }
  });

  test('the bits of leaves 1, 7 and 8000_0001 are all in the table', () => {
    const all = Object.keys(cpuidFeatures) as CpuidFeature[];
    const cpuid = createCpuid({ add: all, vendor: 'GenuineIntel' });
    const known = (leaf: number, register: string): number =>
      Object.values(cpuidFeatures)
        .filter((feature) => feature.leaf === leaf && feature.register === register)
        .reduce((bits, { bit }) => bits | (1 << bit), 0);
    expect(cpuid(1, 0).edx).toBe(known(1, 'edx'));
    expect(cpuid(1, 0).ecx).toBe(known(1, 'ecx'));
    expect(cpuid(7, 0).ebx).toBe(known(7, 'ebx'));
    expect(cpuid(0x80000001, 0).edx).toBe(known(0x80000001, 'edx'));
  });
});

test('no leaf has a bit that is neither a feature of the table nor a number', () => {
  // Leaves and registers that hold numbers, names and sizes; everything else is feature bits.
  const numbers: Record<string, string> = {
    '0': 'eax ebx ecx edx',
    '1': 'eax ebx',
    d: 'eax ebx ecx edx',
    '15': 'eax ebx ecx edx',
    '16': 'eax ebx ecx edx',
    '40000000': 'eax ebx ecx edx',
    '40000001': 'eax',
    '40000002': 'eax ebx',
    '80000000': 'eax ebx ecx edx',
    '80000001': 'eax',
    '80000002': 'eax ebx ecx edx',
    '80000003': 'eax ebx ecx edx',
    '80000004': 'eax ebx ecx edx',
    '80000008': 'eax',
  };
  const all = Object.keys(cpuidFeatures) as CpuidFeature[];
  for (const vendor of ['AuthenticAMD', 'GenuineIntel']) {
    for (const hypervisor of ['none', 'kvm', 'xen'] as const) {
      const cpuid = createCpuid({ add: all, vendor, hypervisor });
      const ranges = [0, 0x40000000, 0x80000000].map((first) => [first, cpuid(first, 0).eax >>> 0] as const);
      for (const [first, last] of ranges) {
        for (let leaf = first; leaf <= last; leaf++) {
          for (const subleaf of [0, 1, 2, 3]) {
            for (const [register, value] of Object.entries(cpuid(leaf, subleaf))) {
              const known = Object.values(cpuidFeatures)
                .filter((f) => f.leaf === leaf && f.register === register)
                .filter((f) => !('subleaf' in f) || f.subleaf === subleaf)
                .reduce((bits, { bit }) => bits | (1 << bit), 0);
              // AMD repeats bits of leaf 1.
              const repeated =
                vendor === 'AuthenticAMD' && leaf === 0x80000001 && register === 'edx'
                  ? cpuid(1, 0).edx & 0x0183f3ff
                  : 0;
              if ((numbers[leaf.toString(16)] ?? '').includes(register) && !(leaf === 0xd && subleaf === 1))
                continue;
              expect(value & ~(known | repeated), `${leaf.toString(16)}/${subleaf} ${register}`).toBe(0);
            }
          }
        }
      }
    }
  }
});

test('VME, PVI and MOVBE, which are not implemented, are neither advertised nor there', () => {
  const cpuid = createCpuid({ add: Object.keys(cpuidFeatures) as CpuidFeature[] });
  expect(cpuid(1, 0).edx & 2).toBe(0);
  expect(cpuid(1, 0).ecx & (1 << 22)).toBe(0);
  expect(names).not.toContain('movbe');
});

test('the measured floor is CPUID.1:EDX 0,5,6,8,15,24,25,26 and 8000_0001:EDX 11,29, with TSC and APIC', () => {
  const cpuid = createCpuid({ profile: 'minimum' });
  expect(cpuid(1, 0).edx).toBe(0x07008371);
  expect(cpuid(0x80000001, 0).edx & 0x20000800).toBe(0x20000800);
});

test('vendor, brand, address widths', () => {
  const cpuid = createCpuid();
  const { ebx, ecx, edx } = cpuid(0, 0);
  const text = (...words: number[]): string =>
    words.map((word) => String.fromCharCode(...[0, 8, 16, 24].map((by) => (word >>> by) & 0xff))).join('');
  expect(text(ebx, edx, ecx)).toBe('AuthenticAMD');
  const brand = [2, 3, 4].flatMap((n) => Object.values(cpuid(0x80000000 + n, 0)) as number[]);
  expect(text(...brand)).toMatch(/^zeropage x86-64 processor\0+$/);
  expect(cpuid(0x80000008, 0).eax).toBe(0x3028);
  expect(cpuid(0x40000000, 0)).toEqual({ eax: 0, ebx: 0, ecx: 0, edx: 0 });
});

test('Intel says how fast its TSC is', () => {
  const cpuid = createCpuid({ vendor: 'GenuineIntel', tscHertz: 1_000_000_000 });
  expect(cpuid(0, 0).eax).toBe(0x16);
  expect(cpuid(0x15, 0)).toEqual({ eax: 1, ebx: 1, ecx: 1_000_000_000, edx: 0 });
});

const beyond = [
  0x17, 0x20, 0x3fffffff, 0x50000000, 0x7fffffff, 0x80000022, 0x8fffffff, 0xc0000000, 0xffffffff,
];
const hypervisors = [0x40000000, 0x40000100, 0x4fffffff];
const zero = { eax: 0, ebx: 0, ecx: 0, edx: 0 };

test('beyond the last leaf AMD answers zeros', () => {
  const cpuid = createCpuid();
  for (const leaf of [8, ...beyond, ...hypervisors]) expect(cpuid(leaf, 0), leaf.toString(16)).toEqual(zero);
});

test.each([
  'GenuineIntel',
  'CentaurHauls',
])('beyond the last leaf %s answers what the last basic one has', (vendor) => {
  const cpuid = createCpuid({ vendor, add: ['xsave', 'xsaveopt'] });
  const last = cpuid(0, 0).eax;
  for (const subleaf of [0, 1, 2])
    for (const leaf of [...beyond, ...hypervisors])
      expect(cpuid(leaf, subleaf), leaf.toString(16)).toEqual(cpuid(last, subleaf));
  // A hypervisor's range is its own.
  const guest = createCpuid({ vendor, hypervisor: 'kvm' });
  expect(guest(0x40000100, 0)).toEqual(zero);
  expect(guest(0x50000000, 0)).toEqual(guest(last, 0));
});

test('leaves end where they are said to, and features beyond are none', () => {
  for (const vendor of ['AuthenticAMD', 'GenuineIntel']) {
    const cpuid = createCpuid({ vendor, add: ['smep'], lastLeaf: 1 });
    expect(cpuid(0, 0).eax).toBe(1);
    expect(advertises(cpuid, 'smep')).toBe(false);
    expect(advertises(cpuid, 'sse2')).toBe(true);
  }
});

test('a bit beyond the last leaf is no feature: 1000 MHz are not NullSelectorClearsBase', () => {
  const cpuid = createCpuid({ vendor: 'GenuineIntel' });
  expect(cpuid(0x80000021, 0).eax & 64).toBe(64);
  expect(advertises(cpuid, 'null_sel_clr_base')).toBe(false);
});

test('what AMD says of its processors, by family', () => {
  const has = (family: number): string[] =>
    (['cr8_legacy', 'efer_lmsle_mbz', 'xsaveerptr', 'null_sel_clr_base'] as const).filter((name) =>
      advertises(createCpuid({ family }), name),
    );
  expect(has(15)).toEqual(['cr8_legacy', 'efer_lmsle_mbz']);
  expect(has(0x17)).toEqual(['cr8_legacy', 'efer_lmsle_mbz', 'xsaveerptr']);
  expect(has(0x19)).toEqual(['cr8_legacy', 'efer_lmsle_mbz', 'xsaveerptr', 'null_sel_clr_base']);
  expect(createCpuid({ family: 0x19 })(0x80000000, 0).eax >>> 0).toBe(0x80000021);
});

test('hypervisor leaves come with the hypervisor bit', () => {
  const cpuid = createCpuid({ hypervisor: 'kvm' });
  expect(advertises(cpuid, 'hypervisor')).toBe(true);
  expect(cpuid(0x40000000, 0)).toEqual({ eax: 0x40000001, ebx: 0x4b4d564b, ecx: 0x564b4d56, edx: 0x4d });
  const own = createCpuid({ hypervisor: { signature: 'TestTestTest' } });
  expect(own(0x40000000, 0).ebx).toBe(0x74736554);
});
