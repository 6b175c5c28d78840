import { bootParams } from '../../abi/boot-params.js';
import { bootE820Entry } from '../../abi/memory-map.js';
import { CR0 } from '../../abi/x86/control-registers.js';
import { FLAT } from '../../abi/x86/descriptors.js';
import { FLAG } from '../../abi/x86/flags.js';
import { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, dword, imm, label, mem, word } from '../assembler/operands.js';
import { CODE_SELECTOR, DATA_SELECTOR } from '../common/gdt.js';

/** Offsets in the real-mode segment, which are those in the file as far as it reaches. */
const ZERO_PAGE = 0x4000;
const STACK = 0x7ff0;
const HEADER = 0x1f1;
/** 32-bit flat code and data behind two empty ones. */
const gdt = [0n, 0n, FLAT.code32, FLAT.data];
const SMAP = 0x534d4150;
const E820_MAXIMUM = 128;

/** What the setup code found wrong with how it was entered: bits of boot_params.scratch, for the conformance guest. */
export const realModeFault = { cs: 1, es: 2, fs: 4, gs: 8, ss: 16, interrupts: 32 } as const;

/**
 * Real-mode setup code of a bzImage, from `start` on, where the setup header ends: asks the BIOS for the memory map, fills a zero
 * page and enters protected mode at `entry`, a physical address.
 */
export function realModeSetup(start: number, entry: bigint): Uint8Array {
  const a = new Assembler();
  const { code: c } = a;
  a.bits(16);
  checkSegments(a);
  c.cli();
  c.cld();
  c.mov(o.AX, o.DS);
  c.mov(o.ES, o.AX);
  c.mov(o.SS, o.AX);
  c.mov(o.ESP, imm(STACK));
  c.mov(o.EDI, imm(ZERO_PAGE));
  c.xor(o.EAX, o.EAX);
  c.mov(o.CX, imm(bootParams.size / 4));
  c.rep_stosd();
  c.mov(o.SI, imm(HEADER));
  c.mov(o.DI, imm(ZERO_PAGE + HEADER));
  c.mov(o.CX, imm(start - HEADER));
  c.rep_movsb();
  const scratch = ZERO_PAGE + bootParams.fields.scratch.offset;
  c.mov(word(o.Register.None, scratch), o.BP);
  memoryMap(a);

  c.mov(o.AX, imm(0x2401));
  c.int(imm(0x15));
  c.cli();
  c.in(o.AL, imm(0x92));
  c.or(o.AL, imm(2));
  c.and(o.AL, imm(0xfe));
  c.out(imm(0x92), o.AL);

  // EBX: linear address of the segment.
  c.xor(o.EBX, o.EBX);
  c.mov(o.BX, o.DS);
  c.shl(o.EBX, imm(4));
  c.lea(o.EAX, mem(o.EBX, label('gdt')));
  c.mov(dword(label('gdt_pointer', 2)), o.EAX);
  c.lgdt(mem(label('gdt_pointer')));
  c.mov(o.EAX, o.CR0);
  c.or(o.AL, imm(CR0.PE));
  c.mov(o.CR0, o.EAX);
  const flushed = a.local('flushed');
  c.jmp(flushed);
  a.at(flushed);
  c.mov(o.AX, imm(DATA_SELECTOR));
  for (const register of [o.DS, o.ES, o.FS, o.GS, o.SS]) c.mov(register, o.AX);
  c.lea(o.ESP, mem(o.EBX, STACK));
  c.lea(o.ESI, mem(o.EBX, ZERO_PAGE));
  c.xor(o.EBX, o.EBX);
  c.xor(o.EDI, o.EDI);
  c.xor(o.EBP, o.EBP);
  c.mov(o.EAX, imm(CODE_SELECTOR));
  c.push(o.EAX);
  c.mov(o.EAX, imm(entry));
  c.push(o.EAX);
  c.retfd();

  a.align(8);
  a.label('gdt');
  for (const descriptor of gdt) a.u64(descriptor);
  a.label('gdt_pointer');
  a.u16(gdt.length * 8 - 1);
  a.u32(0);
  return a.assemble(start).bytes;
}

/** BP: what the loader did otherwise than the protocol asks (Linux Documentation/arch/x86/boot.rst, "Running the Kernel"). */
function checkSegments(a: Assembler): void {
  const { code: c } = a;
  c.xor(o.BP, o.BP);
  c.mov(o.CX, o.DS);
  for (const [name, register] of [
    ['es', o.ES],
    ['fs', o.FS],
    ['gs', o.GS],
    ['ss', o.SS],
  ] as const) {
    const right = a.local('right');
    c.mov(o.AX, register);
    c.cmp(o.AX, o.CX);
    c.je(right);
    c.or(o.BP, imm(realModeFault[name]));
    a.at(right);
  }
  const [cs, off] = [a.local('cs'), a.local('off')];
  c.mov(o.AX, o.CS);
  c.sub(o.AX, imm(0x20));
  c.cmp(o.AX, o.CX);
  c.je(cs);
  c.or(o.BP, imm(realModeFault.cs));
  a.at(cs);
  c.pushf();
  c.pop(o.AX);
  c.test(o.AX, imm(FLAG.IF));
  c.je(off);
  c.or(o.BP, imm(realModeFault.interrupts));
  a.at(off);
}

/** INT 15h, EAX = E820h (ACPI 6.4, 15.1) until it ends, fails, or the table is full. */
function memoryMap(a: Assembler): void {
  const { code: c } = a;
  const [next, done] = [a.local('next'), a.local('done')];
  const count = byte(o.Register.None, ZERO_PAGE + bootParams.fields.e820_entries.offset);
  c.sti();
  c.xor(o.EBX, o.EBX);
  c.mov(o.DI, imm(ZERO_PAGE + bootParams.fields.e820_table.offset));
  a.at(next);
  c.mov(o.EAX, imm(0xe820));
  c.mov(o.EDX, imm(SMAP));
  c.mov(o.ECX, imm(bootE820Entry.size));
  c.int(imm(0x15));
  c.jb(done);
  c.cmp(o.EAX, imm(SMAP));
  c.jne(done);
  c.inc(count);
  c.add(o.DI, imm(bootE820Entry.size));
  c.cmp(count, imm(E820_MAXIMUM));
  c.jae(done);
  c.test(o.EBX, o.EBX);
  c.jne(next);
  a.at(done);
}
