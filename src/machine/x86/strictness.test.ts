import { describe, expect, test } from 'vitest';
import { asm32, asm64 } from '../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../test/machine/guest.js';
import { CR4 } from '../../abi/x86/control-registers.js';
import { MSR } from '../../abi/x86/msr.js';
import { getSegment, setSegment } from './segments/segments.js';
import { segmentIndex } from './state.js';

/** What the processor refuses though QEMU's TCG does not, after the Intel SDM. */

const first = (guest: Guest): unknown => guest.delivered[0];
const gp = (errorCode = 0): object => ({ vector: 13, errorCode });

/** IRETQ with a frame. */
const iretq = (ss: number, rsp: number, flags: number, cs: number, rip: number): string =>
  `push ${ss}; push ${rsp}; push ${flags}; push ${cs}; push ${rip}; iretq`;

describe('long mode', () => {
  const execute = (source: string, setup?: (guest: Guest) => void): Guest => {
    const guest = new Guest('long');
    setup?.(guest);
    guest.run(asm64(`${source}; hlt`));
    return guest;
  };
  const { data32, code64, user64, userData } = selector;

  test('IRETQ to an address that is not canonical faults at the IRETQ', () => {
    const guest = execute(
      `mov rax, 1 << 47; push ${userData}; push ${place.stack3}; push 2; push ${user64}; push rax; iretq`,
    );
    expect(first(guest)).toMatchObject(gp());
    expect(guest.cpu.cpl).toBe(0);
    expect(guest.stack(3, 8)[2]).toBe(BigInt(code64));
  });

  test('IRETQ to a code segment with L and D', () => {
    const guest = execute(iretq(data32, place.stack0, 2, 0xa0, 0x8000), (g) =>
      g.write64(place.gdt + 0xa0, 0x00ef9b000000ffffn),
    );
    expect(first(guest)).toMatchObject(gp(0xa0));
  });

  test('IRETQ with a stack segment that is not present', () => {
    const guest = execute(iretq(selector.notPresent, place.stack0, 2, code64, 0x8000), (g) =>
      g.write64(place.gdt + selector.notPresent, 0x00cf13000000ffffn),
    );
    expect(first(guest)).toMatchObject({ vector: 12, errorCode: selector.notPresent });
  });

  test('a null SS must have the RPL of the level it is for, and level 3 has none', () => {
    expect(first(execute(iretq(3, place.stack0, 2, code64, 0x8000)))).toMatchObject(gp());
    expect(first(execute(iretq(3, place.stack3, 2, user64, 0x8000)))).toMatchObject(gp());
    expect(first(execute('mov ax, 1; mov ss, ax'))).toMatchObject(gp());
    expect(first(execute('xor ax, ax; mov ss, ax'))).toBeUndefined();
  });

  test('the return to level 3 changes nothing when it faults', () => {
    const guest = execute(iretq(userData & ~3, place.stack3, 2, user64, 0x8000));
    expect(first(guest)).toMatchObject(gp(userData & ~3));
    expect(guest.stack(4, 8)[2]).toBe(BigInt(code64));
    expect(getSegment(guest.cpu, segmentIndex.ds).selector).toBe(data32);
  });

  test('LTR 0, WRMSR of an address that is not canonical, CR8 and DR7 with too many bits, CR3 beyond MAXPHYADDR', () => {
    for (const source of [
      'xor eax, eax; ltr ax',
      `mov ecx, ${MSR.LSTAR}; xor eax, eax; mov edx, 0x8000; wrmsr`,
      `mov ecx, ${MSR.FS_BASE}; xor eax, eax; mov edx, 0x8000; wrmsr`,
      'mov eax, 0x10; mov cr8, rax',
      'xor eax, eax; bts rax, 32; mov dr7, rax',
      'mov rax, cr3; bts rax, 40; mov cr3, rax',
    ]) {
      expect(first(execute(source)), source).toMatchObject(gp());
    }
  });

  test('a stack that is not canonical: #SS, delivered on the stack of an IST', () => {
    const guest = execute('mov rax, 1 << 47; mov rsp, rax; push rax; pop rbx', (g) =>
      g.gate64(12, { offset: place.handlers + 12 * 16, ist: 1 }),
    );
    // The push writes just below the limit, which is not mapped.
    expect(first(guest)).toMatchObject({ vector: 14 });
    const above = execute('mov rax, (1 << 47) + 8; mov rsp, rax; push rax', (g) =>
      g.gate64(12, { offset: place.handlers + 12 * 16, ist: 1 }),
    );
    expect(first(above)).toMatchObject({ vector: 12, errorCode: 0 });
    expect(above.haltedIn).toBe(12);
  });

  test('EXT in the error code of a fault while a fault is delivered, not of an INT', () => {
    const guest = execute('ud2', (g) => g.gate64(6, { offset: 0, type: 0x0e }));
    expect(guest.delivered[1]).toMatchObject({ vector: 11, errorCode: 6 * 8 + 3 });
    const int = execute('int 0x30', (g) => g.gate64(0x30, { offset: 0, type: 0x0e }));
    expect(int.delivered[1]).toMatchObject({ vector: 11, errorCode: 0x30 * 8 + 2 });
  });

  test('INT1 asks for no privilege', () => {
    const guest = execute('int1');
    expect(guest.haltedIn).toBe(1);
    expect(guest.stack(1, 8)).toEqual([BigInt(place.code + 1)]);
  });
});

describe('protected mode', () => {
  const toUser = asm32(
    `push ${selector.userData}; push ${place.stack3}; push 2; push ${selector.user32}; push ${place.code + 0x40}; iretd`,
  );

  test('IRETD from level 3 leaves VM and IOPL alone', () => {
    const guest = new Guest('protected');
    guest.put(
      place.code + 0x40,
      asm32(`push 0x23002; push ${selector.user32}; push ${place.code + 0x60}; iretd`),
    );
    guest.put(place.code + 0x60, asm32('ud2'));
    guest.run(toUser);
    expect(guest.haltedIn).toBe(6);
    expect(guest.stack(3, 4)[2]).toBe(0x10002n);
  });

  test('writes through a read-only or code segment, reads through an execute-only one', () => {
    for (const value of [selector.readOnly, selector.code32]) {
      const guest = new Guest('protected');
      guest.run(asm32(`mov ax, ${value}; mov ds, ax; mov eax, [0x6000]; mov [0x6000], eax`));
      expect(first(guest)).toMatchObject(gp());
      expect(Number(guest.stack(2, 4)[1])).toBe(place.code + 11);
    }
    const guest = new Guest('protected');
    guest.write64(place.gdt + 0xa0, 0x00cf99000000ffffn);
    guest.run(asm32('mov ax, 0xa0; mov ds, ax'));
    expect(first(guest)).toMatchObject(gp(0xa0));
  });

  test('stack limits: #SS(0); a stack too small for the frame of a fault: double fault, then shutdown', () => {
    const guest = new Guest('protected');
    setSegment(guest.cpu, segmentIndex.ss, {
      selector: selector.data32,
      base: 0x20000n,
      limit: 0xfff,
      access: 0x4093,
    });
    guest.cpu.gpr[4] = 0x800n;
    guest.run(asm32('mov eax, [ebp + 0x1000]'));
    expect(first(guest)).toMatchObject({ vector: 12, errorCode: 0 });
    const small = new Guest('protected');
    setSegment(small.cpu, segmentIndex.ss, {
      selector: selector.data32,
      base: 0x20000n,
      limit: 0xfff,
      access: 0x4093,
    });
    small.cpu.gpr[4] = 4n;
    expect(small.run(asm32('ud2'))).toBe('shutdown');
    expect(small.delivered.map(({ vector }) => vector)).toEqual([6, 12, 8]);
  });

  test('far transfers beyond the limit of their segment', () => {
    const guest = new Guest('protected');
    guest.write64(place.gdt + 0xa0, 0x00409b0000000010n);
    guest.run(asm32('ljmp 0xa0:0x11'));
    expect(first(guest)).toMatchObject(gp());
    guest.gate32(0x30, { offset: 0x20, code: 0xa0 });
    guest.resume(asm32('int 0x30'));
    expect(guest.delivered[1]).toMatchObject({ vector: 0x30 });
    expect(guest.delivered[2]).toMatchObject(gp());
  });

  test('the T flag of a TSS: #DB in the new task', () => {
    const guest = new Guest('protected');
    guest.write32(place.gdt + selector.tss2, (0x3400 << 16) | 0x67);
    guest.write32(place.gdt + selector.tss2 + 4, 0x8900);
    for (const [at, value] of [
      [0x20, 0x8080],
      [0x24, 2],
      [0x38, 0x26000],
      [0x48, selector.data32],
      [0x4c, selector.code32],
      [0x50, selector.data32],
      [0x54, selector.data32],
      [0x64, 1],
    ] as const)
      guest.write32(0x3400 + at, value);
    guest.run(asm32(`ljmp ${selector.tss2}:0`));
    expect(guest.haltedIn).toBe(1);
    expect(guest.stack(1, 4)).toEqual([0x8080n]);
    expect(guest.cpu.debug[6]! & 0x8000n).toBe(0x8000n);
  });

  test('PAE: reserved bits in a page-directory-pointer entry', () => {
    const guest = new Guest('protected');
    guest.write64(0x30000, 0x31003n);
    guest.run(
      asm32('mov eax, cr4; or al, 0x20; mov cr4, eax; mov eax, 0x30000; mov cr3, eax'),
      asm32('mov eax, cr0; bts eax, 31; mov cr0, eax'),
    );
    expect(first(guest)).toMatchObject(gp());
  });
});

describe('what is written is checked when it is written', () => {
  const arpl = (destination: number): Guest => {
    const guest = new Guest('protected');
    guest.write32(0x6000, destination);
    guest.run(
      asm32(`mov eax, ${selector.readOnly}; mov ds, eax; mov edi, 0x6000; mov ebx, 2; arpl [edi], bx; hlt`),
    );
    return guest;
  };

  test('ARPL without a change asks for no right to write', () => {
    const unchanged = arpl(0xfff3);
    expect(unchanged.delivered).toEqual([]);
    expect(unchanged.cpu.flags & 0x40).toBe(0);
    expect(first(arpl(0xfff0))).toMatchObject(gp());
  });

  /** As a processor did with a read-only page and nothing to change: all of these ask for the right to write. */
  test.each([
    'cmpxchg [rdi], bx',
    'cmpxchg8b [rdi]',
    'shl dword ptr [rdi], cl',
    'rcl dword ptr [rdi], cl',
    'shld [rdi], eax, cl',
    'bts dword ptr [rdi], 0',
    'maskmovq mm0, mm0',
    'maskmovdqu xmm0, xmm0',
  ])('%s', (source) => {
    const guest = new Guest('long');
    guest.cpu.setCr4(guest.cpu.cr4 | CR4.OSFXSR);
    guest.cpu.gpr[7] = 0x15000n;
    guest.cpu.gpr[0] = 5n;
    guest.write32(0x15000, 1);
    guest.page(0x15000, 0x15005n);
    guest.run(asm64(`${source}; hlt`));
    expect(first(guest)).toMatchObject({ vector: 14, errorCode: 3 });
  });

  test('ENTER on a 16-bit stack that wraps leaves the upper half of ESP', () => {
    const guest = new Guest('protected');
    guest.write64(place.gdt + 0xa0, 0x000093020000ffffn);
    guest.run(asm32('mov eax, 0xa0; mov ss, eax; mov esp, 0x12340000; mov ebp, 0x56780000; enter 8, 0; hlt'));
    expect(guest.delivered).toEqual([]);
    expect(guest.cpu.gpr[5]).toBe(0x1234fffcn);
    expect(guest.cpu.gpr[4]).toBe(0x1234fff4n);
    expect(guest.read32(0x2fffc)).toBe(0x56780000);
  });
});

test('CPUID says that there is no local APIC while it is disabled, in both leaves on AMD', () => {
  const guest = new Guest('long');
  const shown = (enabled: boolean): bigint[] => {
    guest.outside.readMsr = (index) => (index === 0x1b ? (enabled ? 0xfee00900n : 0xfee00100n) : undefined);
    return [1, 0x80000001].map((leaf) => {
      guest.cpu.gpr[0] = BigInt(leaf);
      guest.resume(asm64('cpuid; hlt'));
      return (guest.cpu.gpr[2]! >> 9n) & 1n;
    });
  };
  expect(shown(true)).toEqual([1n, 1n]);
  expect(shown(false)).toEqual([0n, 0n]);
});
