import { describe, expect, test } from 'vitest';
import { asm64 } from '../../../test/craft/assemble.js';
import { Guest, place, selector } from '../../../test/machine/guest.js';
import { o, putCode, type Write } from '../../../test/machine/guest-code.js';
import { MSR } from '../../abi/x86/msr.js';
import { getSegment } from './segments/segments.js';
import { segmentIndex } from './state.js';

const { imm, mem } = o;

/**
 * What is held to canonical form, and to which: 48 bits, and 57 where the processor offers LA57, though CR4.LA57 = 0 (Intel
 * SDM vol. 3, §4.5.2). RAX has the address, and so has memory where RDI points, behind a limit.
 */
const operand = 0x6000;
const registers = { wide: 0xff00123456789000n, none: 0x0123456789abcdefn, narrow: 0xffff923456789000n };

type Load = readonly [name: string, write: Write, held: ((guest: Guest) => bigint) | undefined];

const loads: Load[] = [
  ['LGDT', (c) => c.lgdt(mem(o.RDI)), (guest) => guest.cpu.gdtr.base],
  ['LIDT', (c) => c.lidt(mem(o.RDI)), (guest) => guest.cpu.idtr.base],
  ['LLDT', (c) => c.lldt(o.BX), (guest) => getSegment(guest.cpu, segmentIndex.ldtr).base],
  ['LTR', (c) => c.ltr(o.DX), (guest) => getSegment(guest.cpu, segmentIndex.tr).base],
  ['WRFSBASE', (c) => c.wrfsbase(o.RAX), (guest) => getSegment(guest.cpu, segmentIndex.fs).base],
  ['INVPCID', (c) => c.invpcid(o.R8, mem(o.RSI)), undefined],
  ...(
    ['FS_BASE', 'GS_BASE', 'KERNEL_GS_BASE', 'LSTAR', 'CSTAR', 'SYSENTER_ESP', 'SYSENTER_EIP'] as const
  ).map(
    (name): Load => [
      `WRMSR ${name}`,
      (c) => {
        c.mov(o.ECX, imm(MSR[name]));
        c.mov(o.RDX, o.RAX);
        c.shr(o.RDX, imm(32));
        c.wrmsr();
      },
      undefined,
    ],
  ),
];

function load(write: Write, value: bigint, la57: boolean): Guest {
  const guest = new Guest('long', { add: la57 ? ['la57', 'fsgsbase', 'invpcid'] : ['fsgsbase', 'invpcid'] });
  const { cpu } = guest;
  cpu.setCr4(cpu.cr4 | (1 << 16));
  guest.memory.guestView.setUint16(operand - 2, 0xfff, true);
  guest.write64(operand, value);
  guest.write64(operand + 0x108, value);
  // An LDT and an available TSS with that base, in the last entries of the GDT.
  const descriptor = (type: bigint): bigint =>
    0xfffn | ((value & 0xffffffn) << 16n) | (type << 40n) | (((value >> 24n) & 0xffn) << 56n);
  for (const [at, type] of [
    [0xe0, 0x82n],
    [0xf0, 0x89n],
  ] as const) {
    guest.write64(place.gdt + at, descriptor(type));
    guest.write64(place.gdt + at + 8, BigInt.asUintN(64, value) >> 32n);
  }
  cpu.gpr[0] = value;
  cpu.gpr[2] = 0xf0n;
  cpu.gpr[3] = 0xe0n;
  cpu.gpr[6] = BigInt(operand + 0x100);
  cpu.gpr[7] = BigInt(operand - 2);
  putCode(guest, (c, a) => {
    write(c, a);
    c.hlt();
  });
  guest.run();
  return guest;
}

describe.each(loads)('%s', (_, write, held) => {
  test.each([
    ['48 bits', 'narrow', false, true],
    ['57 bits without LA57', 'wide', false, false],
    ['57 bits with LA57', 'wide', true, true],
    ['more', 'none', true, false],
  ] as const)('%s', (_name, which, la57, accepted) => {
    const value = registers[which];
    const guest = load(write, value, la57);
    if (!accepted) {
      expect(guest.delivered[0]).toEqual({ vector: 13, errorCode: 0, kind: 'exception' });
      return;
    }
    expect(guest.delivered).toEqual([]);
    if (held) expect(held(guest)).toBe(value);
  });
});

test('memory is as wide as paging: a base of 57 bits faults when it is used', () => {
  const guest = new Guest('long', { add: ['la57'] });
  guest.cpu.gpr[0] = registers.wide;
  guest.run(asm64('mov rbx, [rax]'));
  expect(guest.delivered).toEqual([{ vector: 13, errorCode: 0, kind: 'exception' }]);
});

test('a gate to an address that is not canonical: #GP before anything is pushed', () => {
  const guest = new Guest('long');
  guest.gate64(0x40, { offset: place.code });
  guest.write64(place.idt + 0x40 * 16 + 8, 0x8000n);
  putCode(guest, (c) => c.int(imm(0x40)));
  guest.run();
  expect(guest.delivered).toMatchObject([{ vector: 0x40 }, { vector: 13, errorCode: 0 }]);
  expect(guest.stack(5, 8)[4]).toBe(BigInt(place.stack0));
});

test('IRET and RETF to an outer level take selectors away, not bases', () => {
  for (const how of ['iretq', 'retfq'] as const) {
    const guest = new Guest('long');
    const { cpu } = guest;
    putCode(guest, (c, a) => {
      c.mov(o.EAX, imm(selector.data32));
      for (const register of [o.DS, o.ES, o.FS, o.GS]) c.mov(register, o.EAX);
      for (const [index, base] of [
        [MSR.FS_BASE, 0x12345000],
        [MSR.GS_BASE, 0x23456000],
      ] as const) {
        c.mov(o.ECX, imm(index));
        c.mov(o.EAX, imm(base));
        c.xor(o.EDX, o.EDX);
        c.wrmsr();
      }
      const flags = how === 'iretq' ? [2] : [];
      for (const value of [selector.userData, place.stack3, ...flags, selector.user64, place.code + 0x80]) {
        c.mov(o.EAX, imm(value));
        c.push(o.RAX);
      }
      c[how]();
      a.align(0x80);
      c.ud2();
    });
    guest.run();
    expect(guest.delivered).toMatchObject([{ vector: 6 }]);
    for (const [index, base] of [
      [segmentIndex.fs, 0x12345000n],
      [segmentIndex.gs, 0x23456000n],
      [segmentIndex.ds, 0n],
    ] as const)
      expect(getSegment(cpu, index)).toMatchObject({ selector: 0, base });
  }
});
