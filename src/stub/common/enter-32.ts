import { CR0, CR4, EFER } from '../../abi/x86/control-registers.js';
import { MSR } from '../../abi/x86/msr.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem } from '../assembler/operands.js';
import { low, state } from './fields.js';
import { CODE_SELECTOR } from './gdt.js';
import { writePageTables } from './page-tables.js';
import { keepSelectors } from './selectors.js';

/**
 * Part `enter_32`: where the 32-bit pre-stubs meet. EAX points to the entry's record. Keeps the processor's state, then turns
 * long mode on. ESP is free to use only once it was kept: no protocol but linux32 promises a stack.
 */
export function writeEnter32(a: Assembler): void {
  const { code: c } = a;
  a.bits(32);
  a.part('enter_32', () => {
    for (const [name, register] of [
      ['rcx', o.ECX],
      ['rdx', o.EDX],
      ['rbx', o.EBX],
      ['rsp', o.ESP],
      ['rbp', o.EBP],
      ['rsi', o.ESI],
      ['rdi', o.EDI],
    ] as const) {
      c.mov(low(state(name)), register);
    }
    c.mov(o.ESP, imm(label('stack_top')));
    // CPUID writes EBX.
    c.mov(o.EBP, o.EAX);
    c.pushfd();
    c.pop(low(state('rflags')));
    c.cld();
    keepSelectors(a);
    c.mov(o.EAX, o.CR0);
    c.mov(low(state('cr0')), o.EAX);
    c.mov(o.EAX, o.CR3);
    c.mov(low(state('cr3')), o.EAX);
    c.mov(o.EAX, o.CR4);
    c.mov(low(state('cr4')), o.EAX);

    // CPUID.80000001H:EDX.LM, without which nothing here can go on.
    const lacksLongMode = a.local('lacks_long_mode');
    c.mov(o.EAX, imm(0x80000000));
    c.cpuid();
    c.cmp(o.EAX, imm(0x80000001));
    c.jb(lacksLongMode);
    c.mov(o.EAX, imm(0x80000001));
    c.cpuid();
    c.bt(o.EDX, imm(29));
    c.jae(lacksLongMode);

    c.mov(o.ECX, imm(MSR.EFER));
    c.rdmsr();
    c.mov(low(state('efer')), o.EAX);
    c.mov(low(state('efer', 4)), o.EDX);
    c.or(o.EAX, imm(EFER.LME));
    c.wrmsr();
    writePageTables(a, 32);
    c.mov(o.EAX, imm(CR4.PAE));
    c.mov(o.CR4, o.EAX);
    // The loader's GDT is still in force and may be anywhere: kept here, where SGDT needs no more than flat data.
    c.sgdt(mem(label('entry_gdt')));
    c.mov(o.EAX, o.CR0);
    c.or(o.EAX, imm(CR0.PG));
    c.mov(o.CR0, o.EAX);
    c.lgdt(mem(label('gdt_pointer')));
    c.jmpf(imm(label('in_long_mode')), imm(CODE_SELECTOR));

    a.at(lacksLongMode);
    const next = a.local('next');
    const halt = a.local('halt');
    c.mov(o.ESI, imm(label('lacks_long_mode_text')));
    a.at(next);
    c.lodsb();
    c.test(o.AL, o.AL);
    c.je(halt);
    c.mov(o.EDX, imm(0x3f8));
    c.out(o.DX, o.AL);
    c.jmp(next);
    a.at(halt);
    c.hlt();
    c.jmp(halt);
  });
  a.bits(64);
  a.label('in_long_mode');
  // The upper half of a register is undefined after the change of mode.
  a.code.mov(o.EBX, o.EBP);
  a.code.jmp(label('common_start'));
  a.label('lacks_long_mode_text');
  a.text('This processor has no 64-bit mode, which every entry of this image leads to.\r\n');
}
