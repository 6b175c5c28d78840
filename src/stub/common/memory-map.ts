import { bootMemoryRange, bootModule } from '../../abi/boot-information.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem, qword } from '../assembler/operands.js';
import { at, boot } from './fields.js';

export const MAXIMAL_RANGES = 256;
export const MAXIMAL_MODULES = 64;

/**
 * Part `add_memory_range`: RAX first byte, RDX size in bytes, ECX type; empty ranges and those for which there is no room are left
 * out. Changes R8 and R9.
 */
export function writeAddMemoryRange(a: Assembler): void {
  const { code: c } = a;
  a.part('add_memory_range', () => {
    const done = a.local('done');
    c.test(o.RDX, o.RDX);
    c.je(done);
    c.mov(o.R8D, boot('memory_map_entries'));
    c.cmp(o.R8D, imm(MAXIMAL_RANGES));
    c.jae(done);
    c.inc(boot('memory_map_entries'));
    c.imul(o.R8D, o.R8D, imm(bootMemoryRange.size));
    c.lea(o.R9, mem(label('memory_map')));
    c.add(o.R9, o.R8);
    c.mov(at(bootMemoryRange, o.R9, 'addr'), o.RAX);
    c.mov(at(bootMemoryRange, o.R9, 'size'), o.RDX);
    c.mov(at(bootMemoryRange, o.R9, 'type'), o.ECX);
    a.at(done);
    c.ret();
  });
}

/** Part `add_module`: RAX address, RDX size in bytes, RCX its command line or 0. Changes R8 and R9. */
export function writeAddModule(a: Assembler): void {
  const { code: c } = a;
  a.part('add_module', () => {
    const done = a.local('done');
    c.mov(o.R8D, boot('modules_count'));
    c.cmp(o.R8D, imm(MAXIMAL_MODULES));
    c.jae(done);
    c.inc(boot('modules_count'));
    c.imul(o.R8D, o.R8D, imm(bootModule.size));
    c.lea(o.R9, mem(label('modules')));
    c.add(o.R9, o.R8);
    c.mov(at(bootModule, o.R9, 'paddr'), o.RAX);
    c.mov(at(bootModule, o.R9, 'size'), o.RDX);
    c.mov(at(bootModule, o.R9, 'cmdline_paddr'), o.RCX);
    a.at(done);
    c.ret();
  });
}

/** Part `sort_memory_map`: ascending by address, by insertion, since loaders nearly always sort it. */
export function writeSortMemoryMap(a: Assembler): void {
  const { code: c } = a;
  const size = bootMemoryRange.size;
  a.part('sort_memory_map', () => {
    const outer = a.local('outer');
    const inner = a.local('inner');
    const done = a.local('done');
    const next = a.local('next');
    c.lea(o.RSI, mem(label('memory_map')));
    c.mov(o.ECX, boot('memory_map_entries'));
    c.imul(o.ECX, o.ECX, imm(size));
    c.add(o.RCX, o.RSI);
    c.mov(o.RDI, o.RSI);
    a.at(outer);
    c.add(o.RDI, imm(size));
    c.cmp(o.RDI, o.RCX);
    c.jae(done);
    c.mov(o.RDX, o.RDI);
    a.at(inner);
    c.cmp(o.RDX, o.RSI);
    c.jbe(next);
    c.mov(o.RAX, qword(o.RDX, -size));
    c.cmp(o.RAX, qword(o.RDX));
    c.jbe(next);
    for (let offset = 0; offset < size; offset += 8) {
      c.mov(o.RAX, qword(o.RDX, offset));
      c.xchg(qword(o.RDX, offset - size), o.RAX);
      c.mov(qword(o.RDX, offset), o.RAX);
    }
    c.sub(o.RDX, imm(size));
    c.jmp(inner);
    a.at(next);
    c.jmp(outer);
    a.at(done);
    c.ret();
  });
}
