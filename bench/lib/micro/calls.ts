import * as o from '../../../src/stub/assembler/operands.js';
import { imm, label, mem, qword } from '../../../src/stub/assembler/operands.js';
import { type Benchmark, loadGenerator, nextRandom } from './benchmark.js';

/** Indirect calls, whose target depends on random numbers, and returns. */
export const calls: Benchmark = {
  name: 'calls',
  iteration: 'a random number and a call through a table of four functions',
  iterations: 10e6,
  write(a, { checksum }) {
    const { code: c } = a;
    const loop = a.local('loop');
    loadGenerator(a);
    c.lea(o.RBP, mem(label('calls.table')));
    c.xor(o.ESI, o.ESI);
    a.at(loop);
    nextRandom(a);
    c.mov(o.RDX, o.RAX);
    c.shr(o.RDX, imm(62));
    c.call(qword(o.RBP, 0, o.RDX, 8));
    c.dec(o.EDI);
    c.jne(loop);
    c.mov(qword(checksum), o.RSI);
    c.ret();

    const functions: readonly (() => void)[] = [
      () => c.add(o.RSI, imm(3)),
      () => c.xor(o.RSI, o.RAX),
      () => c.rol(o.RSI, imm(5)),
      () => c.sub(o.RSI, o.RDX),
    ];
    for (const [index, body] of functions.entries()) {
      a.align(16, 0xcc);
      a.label(`calls.${index}`);
      body();
      c.ret();
    }
    a.align(8);
    a.label('calls.table');
    for (const index of functions.keys()) a.u64(label(`calls.${index}`));
  },
};
