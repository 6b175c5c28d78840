import { efiMemoryDescriptor, efiMemoryType } from '../../abi/efi.js';
import { PAGE_ENTRY } from '../../abi/x86/paging.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, type Label, label, mem, qword } from '../assembler/operands.js';
import { at, boot, state } from '../common/fields.js';
import { probed } from './efi-probe.js';
import { routine } from './routine.js';

const STACK = 0x20000;
const PAGE_ADDRESS = 0x000ffffffffff000n;
const { PRESENT } = PAGE_ENTRY;
const LARGE = 7;
/** Base 0 and limit 0xfffff in pages; not looked at: type, DPL, L, D, AVL. */
const FLAT_MASK = 0xff8f0000ffffffffn;
const FLAT = 0x008f00000000ffffn;
const LONG = 53;

const descriptor = (name: keyof typeof efiMemoryDescriptor.fields) => at(efiMemoryDescriptor, o.RBX, name);

/** RBX goes over the memory map with which boot services were left; R10 and R11 are the bounds of its memory. */
function eachDescriptor(a: Assembler, body: (next: Label) => void): void {
  const { code: c } = a;
  const [item, next, end] = [a.local('item'), a.local('next'), a.local('end')];
  c.mov(o.RBX, qword(label('efi_map')));
  a.at(item);
  c.mov(o.RAX, qword(label('efi_map')));
  c.add(o.RAX, qword(label('efi_map_size')));
  c.cmp(o.RBX, o.RAX);
  c.jae(end);
  c.mov(o.R10, descriptor('PhysicalStart'));
  c.mov(o.R11, descriptor('NumberOfPages'));
  c.shl(o.R11, imm(12));
  c.add(o.R11, o.R10);
  body(next);
  a.at(next);
  c.add(o.RBX, qword(label('efi_descriptor_size')));
  c.jmp(item);
  a.at(end);
}

/** Routines of the checks on what EFI firmware hands over, after boot services were left. */
export function writeEfiChecks(a: Assembler): void {
  const { code: c } = a;

  routine(a, 'check_efi_crc32_after', ({ holds, fails }) => {
    c.mov(o.RSI, boot('data'));
    c.call(label('efi_crc32'));
    c.mov(o.EDX, o.EAX);
    c.test(o.EAX, o.EAX);
    c.je(fails);
    c.jmp(holds);
  });

  routine(a, 'check_efi_entry_in_image', ({ holds, fails }) => {
    c.mov(o.RDX, state('rip'));
    c.sub(o.RDX, probed('image_base'));
    c.cmp(o.RDX, probed('image_size'));
    c.jae(fails);
    c.jmp(holds);
  });

  routine(a, 'check_efi_own_system_table', ({ holds, fails }) => {
    c.mov(o.RDX, probed('image_system_table'));
    c.cmp(o.RDX, boot('data'));
    c.jne(fails);
    c.jmp(holds);
  });

  // RDX: bytes of the image that no descriptor of code or data of a loader covers.
  routine(a, 'check_efi_image_covered', ({ holds, fails }) => {
    c.mov(o.RSI, probed('image_base'));
    c.mov(o.RDI, probed('image_size'));
    c.mov(o.RDX, o.RDI);
    c.add(o.RDI, o.RSI);
    eachDescriptor(a, (next) => {
      const [lower, upper] = [a.local('lower'), a.local('upper')];
      c.mov(o.EAX, descriptor('Type'));
      c.sub(o.EAX, imm(efiMemoryType.EfiLoaderCode));
      c.cmp(o.EAX, imm(efiMemoryType.EfiLoaderData - efiMemoryType.EfiLoaderCode));
      c.ja(next);
      c.cmp(o.R10, o.RSI);
      c.jae(lower);
      c.mov(o.R10, o.RSI);
      a.at(lower);
      c.cmp(o.R11, o.RDI);
      c.jbe(upper);
      c.mov(o.R11, o.RDI);
      a.at(upper);
      c.sub(o.R11, o.R10);
      c.jbe(next);
      c.sub(o.RDX, o.R11);
    });
    c.test(o.RDX, o.RDX);
    c.jne(fails);
    c.jmp(holds);
  });

  // RDX: bytes below RSP in memory that boot services keep for themselves.
  routine(a, 'check_efi_stack', ({ holds, fails }) => {
    c.xor(o.EDX, o.EDX);
    c.mov(o.RSI, state('rsp'));
    eachDescriptor(a, (next) => {
      c.cmp(o.RSI, o.R10);
      c.jb(next);
      c.cmp(o.RSI, o.R11);
      c.ja(next);
      c.cmp(descriptor('Type'), imm(efiMemoryType.EfiBootServicesData));
      c.jne(next);
      c.mov(o.RDX, o.RSI);
      c.sub(o.RDX, o.R10);
      c.cmp(o.RDX, imm(STACK));
      c.jae(holds);
    });
    c.jmp(fails);
  });

  routine(a, 'check_efi_descriptors', ({ holds, fails }) => {
    eachDescriptor(a, () => {
      c.mov(o.RDX, descriptor('PhysicalStart'));
      c.test(o.EDX, imm(0xfff));
      c.jne(fails);
      c.cmp(descriptor('NumberOfPages'), imm(0));
      c.je(fails);
    });
    c.jmp(holds);
  });

  routine(a, 'check_efi_descriptor_size', ({ holds, fails }) => {
    c.mov(o.RDX, qword(label('efi_descriptor_size')));
    c.cmp(o.RDX, imm(efiMemoryDescriptor.size));
    c.jb(fails);
    c.test(o.EDX, imm(7));
    c.jne(fails);
    c.jmp(holds);
  });

  routine(a, 'check_efi_descriptor_version', ({ holds, fails }) => {
    c.mov(o.EDX, o.dword(label('efi_descriptor_version')));
    c.cmp(o.EDX, imm(1));
    c.jne(fails);
    c.jmp(holds);
  });

  // What is not mapped at all was taken away for protection, which the specification grants.
  routine(a, 'check_efi_identity', ({ holds, fails }) => {
    const page = a.local('page');
    eachDescriptor(a, (next) => {
      a.at(page);
      c.call(label('translate_at_entry'));
      const advance = a.local('advance');
      c.jae(advance);
      c.mov(o.RDX, o.R10);
      c.cmp(o.RAX, o.R10);
      c.jne(fails);
      a.at(advance);
      // On to the next page, whatever its size.
      c.dec(o.RCX);
      c.or(o.R10, o.RCX);
      c.inc(o.R10);
      c.cmp(o.R10, o.R11);
      c.jb(page);
      c.jmp(next);
    });
    c.jmp(holds);
  });

  // R10: an address; RCX: the size of its page, CF: there is one, RAX: where it leads by the page tables at the entry.
  a.part('translate_at_entry', () => {
    const absent = a.local('absent');
    const leaf = a.local('leaf');
    c.mov(o.R9, imm(PAGE_ADDRESS));
    c.mov(o.RAX, state('cr3'));
    for (const shift of [39, 30, 21, 12]) {
      c.and(o.RAX, o.R9);
      c.mov(o.RCX, o.R10);
      c.shr(o.RCX, imm(shift));
      c.and(o.ECX, imm(0x1ff));
      c.mov(o.RAX, qword(o.RAX, 0, o.RCX, 8));
      c.mov(o.RCX, imm(1n << BigInt(shift)));
      c.test(o.AL, imm(PRESENT));
      c.je(absent);
      if (shift === 39) continue;
      if (shift > 12) {
        c.bt(o.EAX, imm(LARGE));
        c.jb(leaf);
      }
    }
    a.at(leaf);
    c.and(o.RAX, o.R9);
    c.lea(o.R8, mem(o.RCX, -1));
    c.not(o.R8);
    c.and(o.RAX, o.R8);
    c.not(o.R8);
    c.and(o.R8, o.R10);
    c.or(o.RAX, o.R8);
    c.stc();
    c.ret();
    a.at(absent);
    c.clc();
    c.ret();
  });

  // A null selector says nothing in 64-bit mode.
  routine(a, 'check_efi_selectors', ({ holds, fails }) => {
    c.mov(o.RSI, state('gdt_base'));
    c.mov(o.R8, imm(FLAT_MASK));
    c.mov(o.R9, imm(FLAT));
    for (const name of ['cs', 'ds', 'es', 'ss'] as const) {
      const none = a.local('none');
      c.movzx(o.EDX, state(name));
      c.and(o.EDX, imm(0xfff8));
      c.je(none);
      c.mov(o.RCX, qword(o.RSI, 0, o.RDX));
      c.mov(o.RDX, o.RCX);
      c.and(o.RCX, o.R8);
      c.cmp(o.RCX, o.R9);
      c.jne(fails);
      if (name === 'cs') {
        c.bt(o.RDX, imm(LONG));
        c.jae(fails);
      }
      a.at(none);
    }
    c.jmp(holds);
  });
}
