import { type bootInformation, bootMemoryRange, bootModule, guestType } from '../../abi/boot-information.js';
import { memoryType } from '../../abi/memory-map.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, imm, type Label, label, mem, qword } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import { routine } from './routine.js';

const range = (name: keyof typeof bootMemoryRange.fields) => at(bootMemoryRange, o.RBX, name);
const module = (name: keyof typeof bootModule.fields) => at(bootModule, o.RBX, name);

/** RBX goes over all items of an array; R11 counts those left. */
function each(
  a: Assembler,
  count: keyof typeof bootInformation.fields,
  first: keyof typeof bootInformation.fields,
  size: number,
  body: (next: Label) => void,
): void {
  const { code: c } = a;
  const [item, next, end] = [a.local('item'), a.local('next'), a.local('end')];
  c.mov(o.R11D, boot(count));
  c.mov(o.RBX, boot(first));
  a.at(item);
  c.test(o.R11D, o.R11D);
  c.je(end);
  body(next);
  a.at(next);
  c.add(o.RBX, imm(size));
  c.dec(o.R11D);
  c.jmp(item);
  a.at(end);
}

const eachRange = (a: Assembler, body: (next: Label) => void): void =>
  each(a, 'memory_map_entries', 'memory_map', bootMemoryRange.size, body);
const eachModule = (a: Assembler, body: (next: Label) => void): void =>
  each(a, 'modules_count', 'modules', bootModule.size, body);

/** RSI, RDI: first byte and end. Jumps when the two ranges have a byte in common. */
function jumpIfInImage(a: Assembler, target: Label): void {
  const { code: c } = a;
  const apart = a.local('apart');
  c.cmp(o.RSI, boot('image_end'));
  c.jae(apart);
  c.cmp(o.RDI, boot('image_start'));
  c.ja(target);
  a.at(apart);
}

/** Routines of the checks on memory. */
export function writeMemoryChecks(a: Assembler): void {
  const { code: c } = a;

  // RSI first byte, RDI end: EAX = 1 when all of it is RAM, through adjacent ranges if need be.
  a.part('in_ram', () => {
    const covered = a.local('covered');
    c.push(o.RBX);
    c.push(o.R11);
    c.mov(o.RCX, o.RSI);
    c.xor(o.EAX, o.EAX);
    eachRange(a, (next) => {
      c.cmp(range('type'), imm(memoryType.ram));
      c.jne(next);
      c.mov(o.R8, range('addr'));
      c.cmp(o.RCX, o.R8);
      c.jb(next);
      c.add(o.R8, range('size'));
      c.cmp(o.RCX, o.R8);
      c.jae(next);
      c.mov(o.RCX, o.R8);
      c.cmp(o.RCX, o.RDI);
      c.jae(covered);
    });
    const out = a.local('out');
    c.jmp(out);
    a.at(covered);
    c.inc(o.EAX);
    a.at(out);
    c.pop(o.R11);
    c.pop(o.RBX);
    c.ret();
  });

  routine(a, 'check_some_ram', ({ holds, fails }) => {
    c.mov(o.EDX, boot('memory_map_entries'));
    eachRange(a, () => {
      c.cmp(range('type'), imm(memoryType.ram));
      c.je(holds);
    });
    c.jmp(fails);
  });

  routine(a, 'check_range_sizes', ({ holds, fails }) => {
    eachRange(a, () => {
      c.mov(o.RDX, range('addr'));
      c.mov(o.RAX, range('size'));
      // The last byte, so that a range up to the end of the address space is in order.
      c.dec(o.RAX);
      c.add(o.RAX, o.RDX);
      c.jb(fails);
    });
    c.jmp(holds);
  });

  // The map is sorted: it is enough to look at the furthest end so far, of RAM and of all else.
  routine(a, 'check_overlaps', ({ holds, fails }) => {
    c.xor(o.R8D, o.R8D);
    c.xor(o.R9D, o.R9D);
    eachRange(a, (next) => {
      const [other, furtherRam, furtherOther] = [a.local('other'), a.local('ram'), a.local('further')];
      c.mov(o.RDX, range('addr'));
      c.mov(o.RAX, range('size'));
      c.add(o.RAX, o.RDX);
      // RAM reaches into this one, whatever it is.
      c.cmp(o.RDX, o.R8);
      c.jb(fails);
      c.cmp(range('type'), imm(memoryType.ram));
      c.jne(other);
      c.cmp(o.RDX, o.R9);
      c.jb(fails);
      a.at(furtherRam);
      c.mov(o.R8, o.RAX);
      c.jmp(next);
      a.at(other);
      c.cmp(o.RAX, o.R9);
      c.jbe(next);
      a.at(furtherOther);
      c.mov(o.R9, o.RAX);
    });
    c.jmp(holds);
  });

  routine(a, 'check_image_in_ram', ({ holds, fails }) => {
    c.mov(o.RSI, boot('image_start'));
    c.mov(o.RDI, boot('image_end'));
    c.call(label('in_ram'));
    c.mov(o.RDX, boot('image_start'));
    c.test(o.EAX, o.EAX);
    c.je(fails);
    c.jmp(holds);
  });

  routine(a, 'check_data_place', ({ holds, fails }) => {
    c.mov(o.RSI, boot('data'));
    c.mov(o.RDX, o.RSI);
    c.lea(o.RDI, mem(o.RSI, 8));
    jumpIfInImage(a, fails);
    eachRange(a, (next) => {
      c.mov(o.RAX, range('addr'));
      c.cmp(o.RSI, o.RAX);
      c.jb(next);
      c.add(o.RAX, range('size'));
      c.cmp(o.RDI, o.RAX);
      c.jbe(holds);
    });
    c.jmp(fails);
  });

  routine(a, 'check_command_line', ({ holds, fails }) => {
    const next = a.local('next');
    c.mov(o.RSI, boot('command_line'));
    c.mov(o.RDX, o.RSI);
    c.mov(o.ECX, imm(0x10000));
    a.at(next);
    c.lodsb();
    c.test(o.AL, o.AL);
    c.je(holds);
    c.dec(o.ECX);
    c.jne(next);
    c.jmp(fails);
  });

  routine(a, 'check_module_places', ({ holds, fails, skip }) => {
    c.cmp(boot('modules_count'), imm(0));
    c.je(skip);
    eachModule(a, () => {
      c.mov(o.RSI, module('paddr'));
      c.mov(o.RDX, o.RSI);
      c.mov(o.RDI, module('size'));
      c.add(o.RDI, o.RSI);
      jumpIfInImage(a, fails);
      c.call(label('in_ram'));
      c.test(o.EAX, o.EAX);
      c.je(fails);
    });
    c.jmp(holds);
  });

  routine(a, 'check_module_overlaps', ({ holds, fails, skip }) => {
    c.cmp(boot('modules_count'), imm(2));
    c.jb(skip);
    eachModule(a, (next) => {
      c.mov(o.RSI, module('paddr'));
      c.mov(o.RDX, o.RSI);
      c.mov(o.RDI, module('size'));
      c.add(o.RDI, o.RSI);
      // Against each of those behind it.
      const [other, apart] = [a.local('other'), a.local('apart')];
      c.mov(o.R8, o.RBX);
      c.mov(o.R9D, o.R11D);
      a.at(other);
      c.dec(o.R9D);
      c.je(next);
      c.add(o.R8, imm(bootModule.size));
      c.mov(o.RAX, at(bootModule, o.R8, 'paddr'));
      c.cmp(o.RDI, o.RAX);
      c.jbe(apart);
      c.add(o.RAX, at(bootModule, o.R8, 'size'));
      c.cmp(o.RSI, o.RAX);
      c.jb(fails);
      a.at(apart);
      c.jmp(other);
    });
    c.jmp(holds);
  });

  routine(a, 'check_modules_aligned', ({ holds, fails, skip }) => {
    c.cmp(boot('modules_count'), imm(0));
    c.je(skip);
    eachModule(a, () => {
      c.mov(o.RDX, module('paddr'));
      c.test(o.EDX, imm(0xfff));
      c.jne(fails);
    });
    c.jmp(holds);
  });

  // The last eight bytes of every range of RAM that is mapped, and back as they were.
  routine(a, 'check_writable', ({ holds, fails, skip }) => {
    // A PV guest has not all of its memory mapped, and page tables are read-only.
    c.cmp(boot('guest'), imm(guestType.pv));
    c.je(skip);
    eachRange(a, (next) => {
      c.cmp(range('type'), imm(memoryType.ram));
      c.jne(next);
      c.cmp(range('size'), imm(8));
      c.jb(next);
      c.mov(o.RDX, range('addr'));
      c.add(o.RDX, range('size'));
      c.mov(o.RAX, o.RDX);
      c.shr(o.RAX, imm(32));
      c.jne(next);
      c.sub(o.RDX, imm(8));
      c.mov(o.RCX, qword(o.RDX));
      c.not(qword(o.RDX));
      c.mov(o.RAX, qword(o.RDX));
      c.mov(qword(o.RDX), o.RCX);
      c.not(o.RAX);
      c.cmp(o.RAX, o.RCX);
      c.jne(fails);
      // Memory that is not there can read as all ones, and so does its complement.
      c.cmp(qword(o.RDX), o.RCX);
      c.jne(fails);
    });
    c.jmp(holds);
  });

  // With line 20 off, two addresses 1 MiB apart are the same byte.
  routine(a, 'check_a20', ({ holds, fails, skip }) => {
    c.cmp(boot('guest'), imm(guestType.pv));
    c.je(skip);
    c.lea(o.RSI, mem(label('a20_probe')));
    c.mov(o.RDI, o.RSI);
    c.xor(o.RDI, imm(0x100000));
    c.mov(o.RDX, qword(o.RDI));
    c.mov(qword(o.RSI), o.RDX);
    c.not(qword(o.RSI));
    c.cmp(qword(o.RDI), o.RDX);
    c.jne(fails);
    c.jmp(holds);
  });
  a.align(8);
  a.label('a20_probe');
  a.u64(0);

  routine(a, 'check_rsdp', ({ holds, fails, skip }) => {
    c.mov(o.RSI, boot('rsdp'));
    c.mov(o.RDX, o.RSI);
    c.test(o.RSI, o.RSI);
    c.je(skip);
    c.mov(o.RAX, imm(0x2052545020445352n));
    c.cmp(qword(o.RSI), o.RAX);
    c.jne(fails);
    for (const [size, revision] of [
      [20, 0],
      [36, 2],
    ] as const) {
      c.cmp(byte(o.RSI, 15), imm(revision));
      c.jb(holds);
      const next = a.local('next');
      c.xor(o.EAX, o.EAX);
      c.mov(o.ECX, imm(size));
      a.at(next);
      c.add(o.AL, byte(o.RSI, -1, o.RCX));
      c.dec(o.ECX);
      c.jne(next);
      c.test(o.AL, o.AL);
      c.jne(fails);
    }
    c.jmp(holds);
  });
}
