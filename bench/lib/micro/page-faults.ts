import * as o from '../../../src/stub/assembler/operands.js';
import { imm, mem, qword } from '../../../src/stub/assembler/operands.js';
import type { Benchmark } from './benchmark.js';
import { systemCall } from './linux.js';

const PAGE = 4096;
/** Less than what would be one huge page. */
export const faultsEach = 256;
/** PROT_READ | PROT_WRITE and MAP_PRIVATE | MAP_ANONYMOUS (include/uapi/asm-generic/mman-common.h). */
const [READ_WRITE, PRIVATE_ANONYMOUS, NO_FILE] = [3, 0x22, -1];

/** Demand paging: memory mapped, each of its pages written to, and unmapped. */
export const pageFaults: Benchmark = {
  name: 'page-faults',
  iteration: `${faultsEach} pages mapped, written to for the first time, and unmapped`,
  iterations: 40,
  write(a, { checksum }) {
    const { code: c } = a;
    const [loop, touch] = [a.local('loop'), a.local('touch')];
    c.mov(o.R12D, o.EDI);
    c.xor(o.R13D, o.R13D);
    a.at(loop);
    systemCall(c, 'mmap', 0, faultsEach * PAGE, READ_WRITE, PRIVATE_ANONYMOUS, NO_FILE, 0);
    c.mov(o.RDI, o.RAX);
    c.lea(o.RSI, mem(o.RAX, faultsEach * PAGE));
    a.at(touch);
    // What is there must be zero.
    c.add(qword(o.RAX), imm(3));
    c.add(o.R13, qword(o.RAX));
    c.add(o.RAX, imm(PAGE));
    c.cmp(o.RAX, o.RSI);
    c.jb(touch);
    systemCall(c, 'munmap', { register: o.RDI }, faultsEach * PAGE);
    c.dec(o.R12D);
    c.jne(loop);
    c.mov(qword(checksum), o.R13);
    c.ret();
  },
};
