import { describe, expect, test } from 'vitest';
import { CR0, CR4, EFER } from '../../src/abi/x86/control-registers.js';
import { crashed, kernel, place, type Setting, type World } from './crafted.js';
import { failure, functions } from './failing.js';

/** mov address,%rax, then the instruction. */
const at = (address: bigint, ...instruction: number[]): number[] => [
  0x48,
  0xb8,
  ...Array.from({ length: 8 }, (_, i) => Number((BigInt.asUintN(64, address) >> BigInt(i * 8)) & 0xffn)),
  ...instruction,
];
const readRax = [0x8b, 0x00];
const writeRax = [0x89, 0x00];
const callRax = [0xff, 0xd0];

/** A page below 2 MiB with a PTE of its own. */
const page = 0x100000;
const pte = place.table + (page >> 12) * 8;
const entry =
  (value: bigint) =>
  ({ put }: World) =>
    put(pte, value);

describe('page faults in words', () => {
  const cases: readonly (readonly [string, readonly number[], Setting, string, readonly string[]])[] = [
    [
      'empty PTE',
      at(BigInt(page), ...readRax),
      { prepare: entry(0n) },
      'reading 0x100000: nothing is mapped there: the PTE is empty',
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      'PTE with P clear',
      at(BigInt(page), ...readRax),
      { prepare: entry(0x1234000n) },
      'reading 0x100000: nothing is mapped there: the PTE is not present',
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      'empty PDE',
      at(0x600000n, ...writeRax),
      {},
      'writing 0x600000: nothing is mapped there: the PDE is empty',
      ['PML4E', 'PDPTE', 'PDE'],
    ],
    [
      'empty PML4E',
      at(-0x80000000n, ...readRax),
      {},
      'reading 0xffffffff80000000: nothing is mapped there: the PML4E is empty',
      ['PML4E'],
    ],
    [
      'read-only page',
      at(BigInt(page), ...writeRax),
      { cr0: CR0.WP, prepare: entry(BigInt(page) | 1n) },
      'writing 0x100000: the page is read-only: W is clear in the PTE, and CR0.WP makes that count for the kernel too',
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      'read-only directory',
      at(0x300000n, ...writeRax),
      { cr0: CR0.WP, prepare: ({ put }) => put(place.directory + 8, 0x200081n) },
      'writing 0x300000: the page is read-only: W is clear in the PDE',
      ['PML4E', 'PDPTE', 'PDE'],
    ],
    [
      'no-execute page',
      at(BigInt(page), ...callRax),
      { efer: EFER.NXE, prepare: entry(BigInt(page) | 3n | (1n << 63n)) },
      'executing 0x100000: the page is mapped, but not executable: NX in the PTE',
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      'no-execute higher up',
      at(BigInt(page), ...callRax),
      { efer: EFER.NXE, prepare: ({ put }) => put(place.directory, BigInt(place.table) | 7n | (1n << 63n)) },
      'executing 0x100000: the page is mapped, but not executable: NX in the PDE',
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      'NX without EFER.NXE',
      at(BigInt(page), ...readRax),
      { prepare: entry(BigInt(page) | 3n | (1n << 63n)) },
      'reading 0x100000: NX is set in the PTE, but EFER.NXE is off, which makes that bit reserved',
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      'address too wide',
      at(BigInt(page), ...readRax),
      { prepare: entry(BigInt(page) | 3n | (1n << 45n)) },
      'reading 0x100000: reserved bits are set in the PTE: the physical address has more than 40 bits',
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      'large page askew',
      at(0x400000n, ...readRax),
      { prepare: ({ put }) => put(place.directory + 16, 0x404083n) },
      'reading 0x400000: reserved bits are set in the PDE: the large page is not aligned to its size',
      ['PML4E', 'PDPTE', 'PDE'],
    ],
    [
      'SMEP',
      at(BigInt(page), ...callRax),
      {
        cr4: CR4.SMEP,
        prepare: ({ put }) => {
          put(place.directory + 8, 0x200083n);
        },
      },
      "executing 0x100000: the page is a program's, and SMEP forbids the kernel to execute those",
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      'SMAP',
      at(BigInt(page), ...readRax),
      { cr4: CR4.SMAP },
      "reading 0x100000: the page is a program's, and SMAP forbids the kernel to touch those while AC is clear",
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
    [
      "the kernel's page",
      at(BigInt(page), ...readRax),
      { cpl: 3, prepare: entry(BigInt(page) | 3n) },
      "reading 0x100000: the page is the kernel's: U is clear in the PTE",
      ['PML4E', 'PDPTE', 'PDE', 'PTE'],
    ],
  ];
  test.each(cases)('%s', async (_, code, setting, reason, levels) => {
    const { autopsy } = await crashed(code, setting);
    expect(autopsy.kind).toBe('triple-fault');
    expect(autopsy.fault!.name).toBe('#PF');
    expect(autopsy.fault!.reason).toContain(reason);
    expect(autopsy.cause).toContain('no handler could run: there is no IDT: its limit is 0x0');
    expect(autopsy.fault!.walk.map(({ level }) => level)).toEqual(levels);
  });

  test('the entry to blame is marked, large pages are measured', async () => {
    const { autopsy } = await crashed(at(0x300000n, ...writeRax), {
      cr0: CR0.WP,
      prepare: ({ put }) => put(place.directory + 8, 0x200081n),
    });
    const { walk } = autopsy.fault!;
    expect(walk.filter(({ problem }) => problem)).toEqual([walk[2]]);
    expect(walk[2]).toMatchObject({ at: '0xa008', to: '0x200000', page: '2 MiB', bits: 'P A PS' });
  });

  test('two levels without PAE, three with it', async () => {
    const two = await crashed([0xa1, 0, 0, 0x40, 0], {
      bits: 32,
      prepare: ({ machine, put }) => {
        put(0x8000, 0x83n);
        machine.cpu.setCr4(CR4.PSE);
        machine.cpu.setCr3(0x8000n);
        machine.cpu.setCr0(CR0.PE | CR0.PG);
      },
    });
    expect(two.autopsy.fault!.walk).toMatchObject([{ level: 'PDE', at: '0x8004', bits: 'not present' }]);
    expect(two.autopsy.fault!.reason).toBe('reading 0x400000: nothing is mapped there: the PDE is empty');
    expect(two.autopsy.registers).toMatchObject({ eip: expect.any(String) });
    const three = await crashed([0xa1, 0, 0, 0x80, 0x40], {
      bits: 32,
      prepare: ({ machine, put }) => {
        put(place.pdpt, BigInt(place.directory) | 1n);
        machine.cpu.setCr4(CR4.PAE);
        machine.cpu.setCr3(BigInt(place.pdpt));
        machine.cpu.setCr0(CR0.PE | CR0.PG);
      },
    });
    expect(three.autopsy.fault!.walk).toMatchObject([{ level: 'PDPTE', at: '0x9008', bits: 'not present' }]);
  });
});

describe('why no handler runs', () => {
  const gate =
    (vector: number, low: bigint, high = 0n) =>
    ({ machine, put }: World) => {
      machine.cpu.idtr.limit = 0xfff;
      put(place.idt + vector * 16, low);
      put(place.idt + vector * 16 + 8, high);
    };
  const ud2 = [0x0f, 0x0b];
  test.each([
    ['no entry', gate(14, 0x8e0000080000n), 'the IDT at 0x2000 has no entry for #UD'],
    ['not present', gate(6, 0x0e0000080000n), 'the IDT entry of #UD at 0x2000 is not present'],
    ['no gate', gate(6, 0x890000080000n), 'the IDT entry of #UD at 0x2000 is no gate'],
    ['null selector', gate(6, 0x8e0000000000n), "the handler's code segment 0x0 is the null selector"],
    [
      'data selector',
      gate(6, 0x8e0000100000n),
      "the handler's code segment 0x10 is no code segment in the GDT",
    ],
    [
      'far selector',
      gate(6, 0x8e0001000000n),
      "the handler's code segment 0x100 lies outside the GDT, whose limit is 0x1f",
    ],
    [
      'stack',
      (world: World) => {
        gate(6, 0x8e0000080000n)(world);
        world.machine.cpu.gpr[4] = 0x700000n;
      },
      'the stack at 0x700000 is not mapped',
    ],
    [
      'IDT',
      ({ machine }: World) => {
        machine.cpu.idtr.limit = 0xfff;
        machine.cpu.idtr.base = 0x700000n;
      },
      'the IDT at 0x700000 is not mapped',
    ],
  ] as const)('%s', async (_, prepare, why) => {
    const { autopsy } = await crashed(ud2, { prepare });
    expect(autopsy.cause).toBe(
      `triple fault: #UD in crash at 'ud2', which stands for a BUG or WARN of the code itself; no handler could run: ${why}`,
    );
    expect(autopsy.chain.at(-1)).toBe('#DF');
  });

  test('in real mode the vectors lie at 0, if at all', async () => {
    const { autopsy } = await crashed(ud2, { bits: 16 });
    expect(autopsy).toMatchObject({ kind: 'triple-fault', mode: 'kernel, real mode, paging off' });
    expect(autopsy.cause).toContain('the real-mode vector table ends before #UD');
  });
});

describe('other exceptions', () => {
  test.each([
    ['not canonical', at(0x800000000000n, ...readRax), '#GP', 'the address 0x800000000000 is not canonical'],
    ['selector', [0x66, 0xb8, 0x30, 0x12, 0x8e, 0xd8], '#GP', 'selector 0x1230 of the GDT is to blame'],
    [
      'MSR read',
      [0xb9, 0x0a, 1, 0, 0, 0x0f, 0x32],
      '#GP',
      'this processor has no MSR 0x10a (ARCH_CAPABILITIES)',
    ],
    [
      'MSR value',
      [0xb9, 0x77, 2, 0, 0, 0xb8, 2, 0, 0, 0, 0x31, 0xd2, 0x0f, 0x30],
      '#GP',
      'MSR 0x277 (PAT) does not take 0x2',
    ],
    [
      'feature not in the profile',
      [0x0f, 0xc7, 0xf0],
      '#UD',
      'the instruction needs the CPU feature rdrand, which this processor profile does not have',
    ],
    [
      'AVX-512',
      [0x62, 0xf1, 0x7c, 0x48, 0x10, 0x00],
      '#UD',
      'the instruction belongs to AVX-512, which this processor does not have, as CPUID says',
    ],
    ['AVX', [0xc5, 0xf8, 0x77], '#UD', 'the instruction belongs to AVX,'],
    ['BMI1', [0xc4, 0xe2, 0x78, 0xf2, 0xc0], '#UD', 'the instruction belongs to BMI1,'],
    ['BMI2', [0xc4, 0xe2, 0x7b, 0xf6, 0xc0], '#UD', 'the instruction belongs to BMI2,'],
    ['AES-NI', [0x66, 0x0f, 0x38, 0xdc, 0xc1], '#UD', 'the instruction belongs to AES-NI,'],
    ['PCLMULQDQ', [0x66, 0x0f, 0x3a, 0x44, 0xc1, 0], '#UD', 'the instruction belongs to PCLMULQDQ,'],
    ['SHA', [0x0f, 0x38, 0xc8, 0xc1], '#UD', 'the instruction belongs to SHA,'],
    ['ADX', [0x66, 0x0f, 0x38, 0xf6, 0xc1], '#UD', 'the instruction belongs to ADX,'],
    ['MOVBE', [0x0f, 0x38, 0xf0, 0x00], '#UD', 'the instruction belongs to MOVBE,'],
    ['hypercall of Intel', [0x0f, 0x01, 0xc1], '#UD', 'the instruction belongs to VMX,'],
    ['hypercall of AMD', [0x0f, 0x01, 0xd9], '#UD', 'the instruction belongs to SVM,'],
    ['PKU', [0x0f, 0x01, 0xef], '#UD', 'the instruction belongs to PKU,'],
    ['XSAVES', [0x48, 0x0f, 0xc7, 0x2f], '#UD', 'the instruction belongs to XSAVES,'],
    ['none at all', [0x0f, 0x04], '#UD', 'the instruction is not one that this machine knows'],
  ] as const)('%s', async (_, code, name, reason) => {
    const { autopsy } = await crashed(code);
    expect(autopsy.fault).toMatchObject({ name });
    expect(autopsy.fault!.reason).toContain(reason);
    expect(autopsy.fault!.function).toMatch(/^crash/);
  });

  test.each([
    // mov $0x80000001,%eax; mov %eax,%cr0
    [
      'long mode without PAE',
      [0xb8, 1, 0, 0, 0x80, 0x0f, 0x22, 0xc0],
      ({ machine }: World) => machine.cpu.setEfer(EFER.LME),
      'CR0 does not take 0x80000001: EFER.LME asks for long mode, whose paging needs CR4.PAE, which is clear',
    ],
    [
      'PAE over page tables of two levels',
      [0xb8, 1, 0, 0, 0x80, 0x0f, 0x22, 0xc0],
      ({ machine, put }: World) => {
        put(0x8000, 0x83n);
        machine.cpu.setCr4(CR4.PAE);
        machine.cpu.setCr3(0x8000n);
      },
      'CR0 does not take 0x80000001: CR4.PAE is set, and at 0x8000, where CR3 points, there are no page tables for that: PDPTE 0 is 0x83, which has reserved bits',
    ],
    // mov $0x80000000,%eax; mov %eax,%cr0
    [
      'paging without protection',
      [0xb8, 0, 0, 0, 0x80, 0x0f, 0x22, 0xc0],
      () => {},
      'CR0 does not take 0x80000000: there is no paging (PG) without protection (PE)',
    ],
    // mov $0x100000,%eax; mov %eax,%cr4
    [
      'a bit that the processor lacks',
      [0xb8, 0, 0, 0x10, 0, 0x0f, 0x22, 0xe0],
      () => {},
      'CR4 does not take 0x100000: this processor has no SMEP',
    ],
  ] as const)('a control register refuses %s', async (_, code, prepare, reason) => {
    const { autopsy } = await crashed(code, { bits: 32, prepare });
    expect(autopsy.fault).toMatchObject({ name: '#GP', reason });
  });

  test('long mode does not let go of PAE', async () => {
    // xor %eax,%eax; mov %rax,%cr4
    const { autopsy } = await crashed([0x31, 0xc0, 0x0f, 0x22, 0xe0]);
    expect(autopsy.fault!.reason).toBe(
      'CR4 does not take 0x0: long mode needs PAE, which cannot be cleared in it',
    );
  });

  test('what CPUID advertises is a gap of ours', async () => {
    const avx = { leaf: 1, bit: 1 << 28 };
    const { autopsy } = await crashed([0xc5, 0xf8, 0x77], {
      prepare: ({ machine }) => {
        const { cpuid } = machine.cpu.outside;
        machine.cpu.outside.cpuid = (leaf, subleaf) => {
          const answer = cpuid(leaf, subleaf);
          return leaf === avx.leaf ? { ...answer, ecx: answer.ecx | avx.bit } : answer;
        };
      },
    });
    expect(autopsy.fault!.reason).toBe(
      'the instruction belongs to AVX, which the processor profile advertises but this machine does not implement',
    );
    expect(autopsy.advice.join()).toContain('please report');
  });
});

describe('a kernel with a symbol table', () => {
  test('names, stack and PVH entry', async () => {
    // mov 0xf0000000,%eax without paging reads nothing; then an interrupt without an IDT.
    const { autopsy } = await failure(kernel([0xcd, 0x42]), { entry: 'pvh', memory: 32 });
    expect(autopsy).toMatchObject({
      kind: 'triple-fault',
      function: 'crash',
      mode: 'kernel, 32-bit, paging off',
    });
    expect(autopsy.code).toEqual({ text: 'int $0x42', bytes: 'cd 42' });
    expect(functions(autopsy)).toEqual([]);
    expect(autopsy.lastFunctions.map(({ function: name }) => name)).toEqual(['start', 'crash']);
  });

  test('a return address on the stack', async () => {
    const stack = [0xbc, 0, 0, 2, 0];
    const call = [0xe8, 0x100 - 10, 0, 0, 0];
    const { autopsy } = await failure(kernel([0x0f, 0x0b], [...stack, ...call]), {
      entry: 'pvh',
      memory: 32,
    });
    expect(autopsy.stack).toEqual([{ address: '0x20000a', function: 'start+0xa', exception: null }]);
  });

  test('nothing is changed by looking', async () => {
    const { machine, image, recorder, stop, autopsy } = await crashed(at(0x600000n, ...writeRax));
    const { performAutopsy } = await import('../../src/autopsy/autopsy.js');
    const { stateHash } = await import('../../src/machine/state-hash.js');
    const before = stateHash(machine);
    expect(performAutopsy(machine, image, recorder, { stop, console: '', linux: true })).toEqual(autopsy);
    expect(stateHash(machine)).toBe(before);
  });
});
