import { bootEntry } from '../../abi/boot-information.js';
import { CR0, CR4 } from '../../abi/x86/control-registers.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { dword, imm, label, mem, qword } from '../assembler/operands.js';
import { entryRecord } from '../entries/entry-stub.js';
import { BOOT_INFORMATION, boot, ENTRY_STATE, state } from './fields.js';
import { CODE_SELECTOR, DATA_SELECTOR } from './gdt.js';

/** What runs between the conversion of the loader's structures and the payload; parts that others contribute. */
export interface CommonStages {
  /**
   * Labels of functions that the EFI entry calls in turn while boot services run, by the calling convention of UEFI: RCX = image
   * handle, RDX = system table.
   */
  readonly withBootServices?: readonly string[];
  /** Labels of functions to call in turn, each with RDI = boot_information. */
  readonly beforePost: readonly string[];
  readonly afterPost: readonly string[];
}

/**
 * Parts `common_start` and `joined`: the start that all entries share. RBX points to the entry's record. `joined` is where the
 * paravirtual entry, which has no say over descriptors and page tables, comes in too.
 */
export function writeCommonStart(a: Assembler, stages: CommonStages): void {
  const { code: c } = a;
  a.part('common_start', () => {
    const reloaded = a.local('reloaded');
    c.lgdt(mem(label('gdt_pointer')));
    c.push(imm(CODE_SELECTOR));
    c.lea(o.RAX, mem(reloaded));
    c.push(o.RAX);
    c.retfq();
    a.at(reloaded);
    c.mov(o.EAX, imm(DATA_SELECTOR));
    for (const register of [o.DS, o.ES, o.SS]) c.mov(register, o.EAX);
    c.xor(o.EAX, o.EAX);
    for (const register of [o.FS, o.GS]) c.mov(register, o.EAX);
    // Compilers take SSE for granted in 64-bit code.
    c.mov(o.RAX, o.CR0);
    c.and(o.EAX, imm(~(CR0.EM | CR0.TS)));
    c.or(o.EAX, imm(CR0.MP));
    c.mov(o.CR0, o.RAX);
    c.mov(o.RAX, o.CR4);
    c.or(o.EAX, imm(CR4.OSFXSR | CR4.OSXMMEXCPT));
    c.mov(o.CR4, o.RAX);
    c.movzx(o.EAX, o.word(label('entry_gdt')));
    c.mov(state('gdt_limit'), o.EAX);
    c.mov(o.RAX, qword(label('entry_gdt', 2)));
    c.mov(state('gdt_base'), o.RAX);
  });

  a.part('joined', () => {
    // A bzImage's loader does not clear what lies behind the file.
    c.lea(o.RDI, mem(label('bss')));
    c.lea(o.RCX, mem(label('bss_end')));
    c.sub(o.RCX, o.RDI);
    c.xor(o.EAX, o.EAX);
    c.rep_stosb();

    c.mov(o.EAX, dword(o.RBX, entryRecord.id));
    c.mov(boot('entry'), o.EAX);
    c.mov(o.EAX, dword(o.RBX, entryRecord.bits));
    c.mov(state('bits'), o.EAX);
    c.lea(o.RAX, mem(label('empty_text')));
    c.mov(boot('command_line'), o.RAX);
    c.mov(o.RAX, qword(o.RBX, entryRecord.entry));
    c.mov(state('rip'), o.RAX);
    c.mov(o.RAX, qword(o.RBX, entryRecord.data));
    c.lea(o.RCX, mem(ENTRY_STATE));
    c.mov(o.RSI, qword(o.RCX, 0, o.RAX));
    c.mov(boot('data'), o.RSI);
    c.call(qword(o.RBX, entryRecord.convert));
    c.call(label('detect_hypervisor'));
    c.call(label('sort_memory_map'));
    // A loader of the BIOS's age leaves it to the kernel to find the ACPI tables.
    const searched = a.local('searched');
    c.cmp(boot('rsdp'), imm(0));
    c.jne(searched);
    for (const id of ['pvh', 'xen-pv', 'efi'] as const) {
      c.cmp(boot('entry'), imm(bootEntry[id]));
      c.je(searched);
    }
    c.call(label('find_rsdp'));
    a.at(searched);
    callHook(a, 'pre_hypervisor_stub');
    for (const name of stages.beforePost) callStage(a, name);
    callHook(a, 'post_hypervisor_stub');
    for (const name of stages.afterPost) callStage(a, name);
    c.lea(o.RDI, mem(BOOT_INFORMATION));
    c.xor(o.EBP, o.EBP);
    c.jmp(label('payload'));
  });
  a.label('empty_text');
  a.u8(0);
}

function callStage(a: Assembler, name: string): void {
  a.code.lea(o.RDI, mem(BOOT_INFORMATION));
  a.code.call(label(name));
}

/** Calls the hook for the type of hypervisor that was found, with RDI = boot_information. */
function callHook(a: Assembler, table: string): void {
  const { code: c } = a;
  c.lea(o.RDI, mem(BOOT_INFORMATION));
  c.mov(o.EAX, boot('hypervisor'));
  c.lea(o.RCX, mem(label(table)));
  c.call(qword(o.RCX, 0, o.RAX, 8));
}
