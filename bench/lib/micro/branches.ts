import * as o from '../../../src/stub/assembler/operands.js';
import { imm, qword } from '../../../src/stub/assembler/operands.js';
import { type Benchmark, loadGenerator, nextRandom } from './benchmark.js';

/** Conditional branches that nothing can predict: they depend on bits of random numbers. */
export const branches: Benchmark = {
  name: 'branches',
  iteration: 'a random number and four conditional branches on it',
  iterations: 15e6,
  write(a, { checksum }) {
    const { code: c } = a;
    const [loop, even, second, low, next] = ['loop', 'even', 'second', 'low', 'next'].map((name) =>
      a.local(name),
    ) as [o.Label, o.Label, o.Label, o.Label, o.Label];
    loadGenerator(a);
    c.xor(o.ESI, o.ESI);
    a.at(loop);
    nextRandom(a);
    c.mov(o.RDX, o.RAX);
    c.shr(o.RDX, imm(60));
    c.test(o.DL, imm(1));
    c.je(even);
    c.add(o.RSI, imm(3));
    a.at(even);
    c.test(o.DL, imm(2));
    c.je(second);
    c.xor(o.RSI, o.RAX);
    a.at(second);
    c.cmp(o.EDX, imm(8));
    c.jb(low);
    c.rol(o.RSI, imm(5));
    c.jmp(next);
    a.at(low);
    c.sub(o.RSI, o.RDX);
    a.at(next);
    c.dec(o.EDI);
    c.jne(loop);
    c.mov(qword(checksum), o.RSI);
    c.ret();
  },
};
