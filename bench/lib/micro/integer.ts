import * as o from '../../../src/stub/assembler/operands.js';
import { imm, mem, qword } from '../../../src/stub/assembler/operands.js';
import { type Benchmark, generator } from './benchmark.js';

/** Arithmetic in registers. */
export const integer: Benchmark = {
  name: 'integer',
  iteration: '11 instructions: multiply, add, subtract, rotate, shift, exclusive or',
  iterations: 60e6,
  write(a, { checksum }) {
    const { code: c } = a;
    const loop = a.local('loop');
    c.mov(o.RAX, imm(generator.seed));
    c.mov(o.RCX, imm(generator.factor));
    c.mov(o.RDX, imm(generator.addend));
    a.at(loop);
    c.imul(o.RAX, o.RCX);
    c.add(o.RAX, o.RDX);
    c.rol(o.RAX, imm(13));
    c.xor(o.RDX, o.RAX);
    c.lea(o.RDX, mem(o.RDX, 7, o.RDX, 4));
    c.mov(o.RSI, o.RDX);
    c.shr(o.RSI, imm(29));
    c.xor(o.RAX, o.RSI);
    c.sub(o.RDX, o.RAX);
    c.dec(o.EDI);
    c.jne(loop);
    c.xor(o.RAX, o.RDX);
    c.mov(qword(checksum), o.RAX);
    c.ret();
  },
};
