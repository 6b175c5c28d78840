import { bootModule } from '../../abi/boot-information.js';
import { PAGE_ENTRY, PAGE_SIZE } from '../../abi/x86/paging.js';
import { XEN_M2P_START, xenSharedInfo, xenStartInfo, xenVcpuInfo } from '../../abi/xen.js';
import { HYPERCALL_STUB_SIZE, hypercall as numbers, UVMF_INVLPG } from '../../abi/xen-hypercalls.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, imm, label, mem, qword } from '../assembler/operands.js';
import { at, boot, state } from '../common/fields.js';
import { hypercall } from '../xen/hypercall.js';
import { routine } from './routine.js';

const PAGE_SHIFT = 12;
const FRAME_MASK = 0x000ffffffffff000n;
const { PRESENT, WRITABLE, USER } = PAGE_ENTRY;
const LARGE = 7;
const PRESENT_WRITABLE_USER = PRESENT | WRITABLE | USER;
/** The mapping ends at a multiple of 4 MiB, at least 512 KiB behind the stack. */
const PADDING = 0x80000;
const END_ALIGNMENT = 0x400000;
const VCPUS = xenSharedInfo.fields.vcpu_info.type.bytes / xenVcpuInfo.size;

const info = (name: keyof typeof xenStartInfo.fields) => at(xenStartInfo, o.RSI, name);

/** Routines of the checks on what Xen hands a PV guest. Virtual addresses are pseudo-physical ones in this image. */
export function writeXenPvChecks(a: Assembler): void {
  const { code: c } = a;
  /** From a machine frame to the pseudo-physical one, by Xen's table. */
  const toPseudoPhysical = (register: typeof o.RAX): void => {
    c.mov(o.RCX, imm(XEN_M2P_START));
    c.mov(register, qword(o.RCX, 0, register, 8));
  };

  routine(a, 'check_pv_frames', ({ holds, fails }) => {
    const next = a.local('next');
    c.mov(o.RSI, boot('data'));
    c.mov(o.R10, info('mfn_list'));
    c.xor(o.EDX, o.EDX);
    a.at(next);
    c.mov(o.RAX, qword(o.R10, 0, o.RDX, 8));
    toPseudoPhysical(o.RAX);
    c.cmp(o.RAX, o.RDX);
    c.jne(fails);
    c.inc(o.RDX);
    c.cmp(o.RDX, info('nr_pages'));
    c.jb(next);
    c.jmp(holds);
  });

  // Image, module, list of frames, start_info, page tables, stack.
  routine(a, 'check_pv_order', ({ holds, fails }) => {
    const noModule = a.local('no_module');
    c.mov(o.RSI, boot('data'));
    c.mov(o.RAX, boot('image_end'));
    c.cmp(boot('modules_count'), imm(0));
    c.je(noModule);
    c.mov(o.RCX, boot('modules'));
    c.mov(o.RDX, at(bootModule, o.RCX, 'paddr'));
    c.cmp(o.RDX, o.RAX);
    c.jb(fails);
    c.mov(o.RAX, o.RDX);
    c.add(o.RAX, at(bootModule, o.RCX, 'size'));
    a.at(noModule);
    for (const next of [info('mfn_list'), o.RSI, info('pt_base'), state('rsp')]) {
      c.mov(o.RDX, next);
      c.cmp(o.RDX, o.RAX);
      c.jb(fails);
      c.mov(o.RAX, o.RDX);
    }
    c.jmp(holds);
  });

  // From VIRT_BASE to the end: every page there, where it belongs, and writable unless it is a page table.
  routine(a, 'check_pv_mapping', ({ holds, fails }) => {
    const [next, table, advance] = [a.local('next'), a.local('table'), a.local('advance')];
    c.mov(o.RSI, boot('data'));
    c.mov(o.R11, state('rsp'));
    c.add(o.R11, imm(PADDING + END_ALIGNMENT - 1));
    c.and(o.R11, imm(-END_ALIGNMENT));
    c.xor(o.EDX, o.EDX);
    a.at(next);
    c.call(label('translate_pv'));
    c.jae(fails);
    c.mov(o.R9, o.RAX);
    c.mov(o.R8, imm(FRAME_MASK));
    c.and(o.RAX, o.R8);
    c.shr(o.RAX, imm(PAGE_SHIFT));
    toPseudoPhysical(o.RAX);
    c.shl(o.RAX, imm(PAGE_SHIFT));
    c.cmp(o.RAX, o.RDX);
    c.jne(fails);
    c.mov(o.RAX, info('nr_pt_frames'));
    c.shl(o.RAX, imm(PAGE_SHIFT));
    c.mov(o.RCX, o.RDX);
    c.sub(o.RCX, info('pt_base'));
    c.cmp(o.RCX, o.RAX);
    c.jb(table);
    c.test(o.R9, imm(WRITABLE));
    c.je(fails);
    c.jmp(advance);
    a.at(table);
    c.test(o.R9, imm(WRITABLE));
    c.jne(fails);
    a.at(advance);
    c.add(o.RDX, imm(PAGE_SIZE));
    c.cmp(o.RDX, o.R11);
    c.jb(next);
    c.jmp(holds);
  });

  // RDX: an address; CF: a page of 4 KiB is there, RAX: its entry. RSI: start_info.
  a.part('translate_pv', () => {
    const absent = a.local('absent');
    c.mov(o.RAX, info('pt_base'));
    for (const shift of [39, 30, 21, 12]) {
      c.mov(o.RCX, o.RDX);
      c.shr(o.RCX, imm(shift));
      c.and(o.ECX, imm(0x1ff));
      c.mov(o.RAX, qword(o.RAX, 0, o.RCX, 8));
      c.test(o.AL, imm(PRESENT));
      c.je(absent);
      if (shift === PAGE_SHIFT) break;
      c.bt(o.EAX, imm(LARGE));
      c.jb(absent);
      c.mov(o.R8, imm(FRAME_MASK));
      c.and(o.RAX, o.R8);
      c.shr(o.RAX, imm(PAGE_SHIFT));
      toPseudoPhysical(o.RAX);
      c.shl(o.RAX, imm(PAGE_SHIFT));
    }
    c.stc();
    c.ret();
    a.at(absent);
    c.clc();
    c.ret();
  });

  routine(a, 'check_pv_upcall_mask', ({ holds, fails }) => {
    const next = a.local('next');
    c.mov(o.RSI, boot('data'));
    c.mov(o.RSI, info('shared_info'));
    c.or(o.RSI, imm(PRESENT_WRITABLE_USER));
    c.lea(o.RDI, mem(label('xen_shared_info')));
    c.mov(o.EDX, imm(UVMF_INVLPG));
    hypercall(a, 'update_va_mapping');
    c.mov(o.RDX, o.RAX);
    c.test(o.RAX, o.RAX);
    c.jne(fails);
    c.lea(o.RSI, mem(label('xen_shared_info', xenVcpuInfo.fields.evtchn_upcall_mask.offset)));
    c.xor(o.EDX, o.EDX);
    a.at(next);
    c.cmp(byte(o.RSI), imm(1));
    c.jne(fails);
    c.add(o.RSI, imm(xenVcpuInfo.size));
    c.inc(o.EDX);
    c.cmp(o.EDX, imm(VCPUS));
    c.jb(next);
    c.jmp(holds);
  });

  // Xen's version by way of the page, and without.
  routine(a, 'check_pv_hypercall_page', ({ holds, fails }) => {
    c.mov(o.RDX, qword(label('hypercall_page', numbers.xen_version * HYPERCALL_STUB_SIZE)));
    c.test(o.RDX, o.RDX);
    c.je(fails);
    c.xor(o.EDI, o.EDI);
    c.xor(o.ESI, o.ESI);
    c.call(label('hypercall_page', numbers.xen_version * HYPERCALL_STUB_SIZE));
    c.push(o.RAX);
    c.xor(o.EDI, o.EDI);
    c.xor(o.ESI, o.ESI);
    hypercall(a, 'xen_version');
    c.pop(o.RDX);
    c.cmp(o.RAX, o.RDX);
    c.jne(fails);
    c.jmp(holds);
  });
}

/** The page that the shared information is mapped over. */
export function writeXenPvSpace(a: Assembler): void {
  a.align(PAGE_SIZE);
  a.label('xen_shared_info');
  a.space(PAGE_SIZE);
}
