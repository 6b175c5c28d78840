import { guestType } from '../../abi/boot-information.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, dword, imm, label, mem, qword } from '../assembler/operands.js';
import { writeXenPowerOff } from '../xen/power-off.js';
import { boot } from './fields.js';

/** Offsets in the FADT (ACPI 6.4, 5.2.9). */
const fadt = {
  length: 4,
  DSDT: 40,
  SMI_CMD: 48,
  ACPI_ENABLE: 52,
  PM1a_CNT_BLK: 64,
  PM1b_CNT_BLK: 68,
  flags: 112,
  X_DSDT: 140,
  SLEEP_CONTROL_REG: 244,
} as const;
const HW_REDUCED_ACPI = 20;
const SLP_EN = 1 << 13;
/** The same in the sleep control register of hardware-reduced ACPI. */
const SLP_EN_REDUCED = 1 << 5;
const tag = (text: string): number => new DataView(new TextEncoder().encode(text).buffer).getUint32(0, true);

/** Part `power_off`: a PV guest by hypercall, others through ACPI where there is any, else by a reset. Does not return. */
export function writePowerOff(a: Assembler): void {
  const { code: c } = a;
  a.part('power_off', () => {
    const [wide, entry, skip, found, reset] = ['wide', 'entry', 'skip', 'found', 'reset'].map((name) =>
      a.local(name),
    ) as [o.Label, o.Label, o.Label, o.Label, o.Label];
    c.cmp(boot('guest'), imm(guestType.pv));
    c.je(label('xen_power_off'));
    c.mov(o.RSI, boot('rsdp'));
    c.test(o.RSI, o.RSI);
    c.je(reset);
    // XSDT where there is one, else RSDT: R8D bytes a pointer.
    c.mov(o.R8D, imm(4));
    c.mov(o.EDI, dword(o.RSI, 16));
    c.cmp(byte(o.RSI, 15), imm(2));
    c.jb(wide);
    c.mov(o.RAX, qword(o.RSI, 24));
    c.test(o.RAX, o.RAX);
    c.je(wide);
    c.mov(o.RDI, o.RAX);
    c.mov(o.R8D, imm(8));
    a.at(wide);
    c.test(o.RDI, o.RDI);
    c.je(reset);
    c.mov(o.ECX, dword(o.RDI, 4));
    c.add(o.RCX, o.RDI);
    c.add(o.RDI, imm(36));
    a.at(entry);
    c.cmp(o.RDI, o.RCX);
    c.jae(reset);
    c.mov(o.EBX, dword(o.RDI));
    c.cmp(o.R8D, imm(8));
    c.jne(skip);
    c.mov(o.RBX, qword(o.RDI));
    a.at(skip);
    c.add(o.RDI, o.R8);
    c.cmp(dword(o.RBX), imm(tag('FACP')));
    c.jne(entry);

    // RBX: FADT. RSI: DSDT.
    c.mov(o.ESI, dword(o.RBX, fadt.DSDT));
    const narrow = a.local('narrow');
    c.cmp(dword(o.RBX, fadt.length), imm(fadt.X_DSDT + 8));
    c.jb(narrow);
    c.mov(o.RAX, qword(o.RBX, fadt.X_DSDT));
    c.test(o.RAX, o.RAX);
    c.je(narrow);
    c.mov(o.RSI, o.RAX);
    a.at(narrow);
    c.mov(o.ECX, dword(o.RSI, 4));
    c.add(o.RCX, o.RSI);
    const look = a.local('look');
    a.at(look);
    c.inc(o.RSI);
    c.lea(o.RAX, mem(o.RSI, 10));
    c.cmp(o.RAX, o.RCX);
    c.ja(reset);
    c.cmp(dword(o.RSI), imm(tag('_S5_')));
    c.jne(look);
    // PackageOp, then a length of one to four bytes, then the number of elements.
    c.cmp(byte(o.RSI, 4), imm(0x12));
    c.jne(look);
    c.movzx(o.EAX, byte(o.RSI, 5));
    c.shr(o.EAX, imm(6));
    c.lea(o.RSI, mem(o.RSI, 7, o.RAX));
    // ZeroOp and OneOp are their own values; a BytePrefix stands before any other.
    c.movzx(o.EAX, byte(o.RSI));
    c.cmp(o.EAX, imm(0x0a));
    c.jne(found);
    c.movzx(o.EAX, byte(o.RSI, 1));
    a.at(found);
    c.mov(o.R9D, o.EAX);

    const [full, port] = [a.local('full'), a.local('port')];
    c.bt(dword(o.RBX, fadt.flags), imm(HW_REDUCED_ACPI));
    c.jae(full);
    c.shl(o.EAX, imm(2));
    c.or(o.EAX, imm(SLP_EN_REDUCED));
    c.mov(o.RDX, qword(o.RBX, fadt.SLEEP_CONTROL_REG + 4));
    c.cmp(byte(o.RBX, fadt.SLEEP_CONTROL_REG), imm(1));
    c.je(port);
    c.mov(byte(o.RDX), o.AL);
    c.jmp(reset);
    a.at(port);
    c.out(o.DX, o.AL);
    c.jmp(reset);

    a.at(full);
    const enabled = a.local('enabled');
    c.mov(o.EDX, dword(o.RBX, fadt.SMI_CMD));
    c.mov(o.AL, byte(o.RBX, fadt.ACPI_ENABLE));
    c.test(o.EDX, o.EDX);
    c.je(enabled);
    c.test(o.AL, o.AL);
    c.je(enabled);
    c.out(o.DX, o.AL);
    a.at(enabled);
    c.mov(o.EAX, o.R9D);
    c.shl(o.EAX, imm(10));
    c.or(o.EAX, imm(SLP_EN));
    for (const block of [fadt.PM1a_CNT_BLK, fadt.PM1b_CNT_BLK]) {
      const none = a.local('none');
      c.mov(o.EDX, dword(o.RBX, block));
      c.test(o.EDX, o.EDX);
      c.je(none);
      c.out(o.DX, o.AX);
      a.at(none);
    }

    // Some take their time.
    a.at(reset);
    const wait = a.local('wait');
    c.mov(o.ECX, imm(0x100000));
    a.at(wait);
    c.pause();
    c.dec(o.ECX);
    c.jne(wait);
    c.mov(o.EDX, imm(0xcf9));
    c.mov(o.AL, imm(6));
    c.out(o.DX, o.AL);
    c.mov(o.AL, imm(0xfe));
    c.out(imm(0x64), o.AL);
    // Nobody listened: a triple fault.
    c.lidt(mem(label('empty_idt')));
    c.int3();
    const halt = a.local('halt');
    a.at(halt);
    c.hlt();
    c.jmp(halt);
  });
  writeXenPowerOff(a);
  a.align(8);
  a.label('empty_idt');
  a.u64(0);
  a.u64(0);
}
