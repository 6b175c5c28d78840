import type { Assembler } from '../../../src/stub/assembler/assembler.js';
import * as o from '../../../src/stub/assembler/operands.js';
import { imm, mem, qword, Register } from '../../../src/stub/assembler/operands.js';
import { type Benchmark, copySize } from './benchmark.js';

/** Writes code that copies `copySize` bytes from RSI to RDI; it may not change RBX and RBP. */
type Copy = (a: Assembler) => void;

const loopOver = (bytes: number, body: (c: Assembler['code']) => void): Copy => {
  return (a) => {
    const { code: c } = a;
    const loop = a.local('loop');
    c.xor(o.ECX, o.ECX);
    a.at(loop);
    body(c);
    c.add(o.RCX, imm(bytes));
    c.cmp(o.RCX, imm(copySize));
    c.jb(loop);
  };
};

const ways: readonly { readonly name: string; readonly by: string; iterations: number; copy: Copy }[] = [
  {
    name: 'copy-movsb',
    by: 'REP MOVSB',
    iterations: 100,
    copy: ({ code: c }) => {
      c.mov(o.ECX, imm(copySize));
      c.rep_movsb();
    },
  },
  {
    name: 'copy-movsq',
    by: 'REP MOVSQ',
    iterations: 600,
    copy: ({ code: c }) => {
      c.mov(o.ECX, imm(copySize / 8));
      c.rep_movsq();
    },
  },
  {
    name: 'copy-integer',
    by: 'a loop of 8 bytes',
    iterations: 800,
    copy: loopOver(8, (c) => {
      c.mov(o.RAX, qword(o.RSI, 0, o.RCX));
      c.mov(qword(o.RDI, 0, o.RCX), o.RAX);
    }),
  },
  {
    name: 'copy-sse',
    by: 'a loop of four times MOVDQA',
    iterations: 400,
    copy: loopOver(64, (c) => {
      const xmm = [Register.XMM0, Register.XMM1, Register.XMM2, Register.XMM3];
      for (const [index, register] of xmm.entries()) c.movdqa(register, mem(o.RSI, 16 * index, o.RCX));
      for (const [index, register] of xmm.entries()) c.movdqa(mem(o.RDI, 16 * index, o.RCX), register);
    }),
  },
];

/** Memory copied within the second-level cache of most processors. */
export const copies: readonly Benchmark[] = ways.map(({ name, by, iterations, copy }) => ({
  name,
  iteration: `1 MiB copied by ${by}`,
  iterations,
  write(a, { checksum, source, target }) {
    const { code: c } = a;
    const [loop, add] = [a.local('loop'), a.local('add')];
    c.mov(o.EBX, o.EDI);
    a.at(loop);
    // Something to copy that is not there yet.
    c.lea(o.RSI, mem(source));
    c.mov(o.EAX, o.EBX);
    c.and(o.EAX, imm(copySize / 8 - 1));
    c.add(qword(o.RSI, 0, o.RAX, 8), o.RBX);
    c.lea(o.RDI, mem(target));
    copy(a);
    c.dec(o.EBX);
    c.jne(loop);

    c.lea(o.RDI, mem(target));
    c.xor(o.EAX, o.EAX);
    c.xor(o.ECX, o.ECX);
    a.at(add);
    c.rol(o.RAX, imm(1));
    c.add(o.RAX, qword(o.RDI, 0, o.RCX, 8));
    c.inc(o.ECX);
    c.cmp(o.ECX, imm(copySize / 8));
    c.jb(add);
    c.mov(qword(checksum), o.RAX);
    c.ret();
  },
}));
