import * as o from '../../../src/stub/assembler/operands.js';
import { byte, dword, imm, type Label, mem, qword } from '../../../src/stub/assembler/operands.js';
import type { Benchmark } from './benchmark.js';
import { systemCall } from './linux.js';

/** Two processes that wait for each other: a byte goes to a child through a pipe, and another comes back. */
export const contextSwitches: Benchmark = {
  name: 'context-switches',
  iteration: 'a byte to another process and one back: two switches, four system calls',
  iterations: 2000,
  write(a, { checksum, scratch }) {
    const { code: c } = a;
    const at = (plus: number): Label => ({ ...scratch, plus: scratch.plus + plus });
    // Each pipe is a file descriptor to read from and one to write to.
    const [there, back, data] = [0, 8, 16];
    const [parent, serve, loop, done] = [
      a.local('parent'),
      a.local('serve'),
      a.local('loop'),
      a.local('done'),
    ];
    const descriptor = (pipe: number, end: 'read' | 'write'): { register: o.Register } => {
      c.mov(o.EDI, dword(at(pipe + (end === 'read' ? 0 : 4))));
      return { register: o.RDI };
    };
    const close = (pipe: number, end: 'read' | 'write'): void =>
      systemCall(c, 'close', descriptor(pipe, end));

    c.mov(o.R12D, o.EDI);
    c.xor(o.R13D, o.R13D);
    systemCall(c, 'pipe', at(there));
    systemCall(c, 'pipe', at(back));
    systemCall(c, 'fork');
    c.test(o.EAX, o.EAX);
    c.jne(parent);

    // The child answers until the other end is closed.
    close(there, 'write');
    a.at(serve);
    systemCall(c, 'read', descriptor(there, 'read'), at(data), 1);
    c.cmp(o.EAX, imm(1));
    c.jne(done);
    c.movzx(o.EAX, byte(at(data)));
    c.lea(o.EAX, mem(o.RAX, 1, o.RAX, 4));
    c.mov(byte(at(data)), o.AL);
    systemCall(c, 'write', descriptor(back, 'write'), at(data), 1);
    c.jmp(serve);
    a.at(done);
    systemCall(c, 'exit', 0);

    a.at(parent);
    c.mov(byte(at(data)), imm(0));
    a.at(loop);
    systemCall(c, 'write', descriptor(there, 'write'), at(data), 1);
    systemCall(c, 'read', descriptor(back, 'read'), at(data), 1);
    c.movzx(o.EAX, byte(at(data)));
    c.rol(o.R13, imm(7));
    c.add(o.R13, o.RAX);
    c.dec(o.R12D);
    c.jne(loop);
    close(there, 'write');
    systemCall(c, 'wait4', -1, 0, 0, 0);
    close(there, 'read');
    close(back, 'read');
    close(back, 'write');
    c.mov(qword(checksum), o.R13);
    c.ret();
  },
};
