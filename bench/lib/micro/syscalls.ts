import * as o from '../../../src/stub/assembler/operands.js';
import { qword } from '../../../src/stub/assembler/operands.js';
import type { Benchmark } from './benchmark.js';
import { systemCall } from './linux.js';

/** A system call that does next to nothing. The checksum is how often it returned the same. */
export const syscalls: Benchmark = {
  name: 'syscalls',
  iteration: 'getpid',
  iterations: 400e3,
  write(a, { checksum }) {
    const { code: c } = a;
    const [loop, different] = [a.local('loop'), a.local('different')];
    c.mov(o.R12D, o.EDI);
    c.xor(o.R13D, o.R13D);
    systemCall(c, 'getpid');
    c.mov(o.EBX, o.EAX);
    a.at(loop);
    systemCall(c, 'getpid');
    c.cmp(o.EAX, o.EBX);
    c.jne(different);
    c.inc(o.R13);
    a.at(different);
    c.dec(o.R12D);
    c.jne(loop);
    c.mov(qword(checksum), o.R13);
    c.ret();
  },
};
