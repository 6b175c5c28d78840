import { bootFlag } from '../../abi/boot-information.js';
import { XEN_M2P_START, xenConsoleRing, xenStartInfo } from '../../abi/xen.js';
import { CONSOLEIO_WRITE, EVTCHNOP_SEND, schedop } from '../../abi/xen-hypercalls.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { byte, dword, imm, label, mem, qword } from '../assembler/operands.js';
import { at, boot } from '../common/fields.js';
import { hypercall } from './hypercall.js';

const OUT = xenConsoleRing.fields.out;
/** How often a full ring is offered before a byte is given up: nobody may be listening. */
const PATIENCE = 0x10000;
const LINE = 128;
const NEW_LINE = '\n'.charCodeAt(0);
const kept = [o.RCX, o.RDX, o.RSI, o.RDI, o.R8, o.R9, o.R10, o.R11];

const start = (name: keyof typeof xenStartInfo.fields) => at(xenStartInfo, o.R9, name);
const ring = (name: keyof typeof xenConsoleRing.fields) => at(xenConsoleRing, o.R8, name);

/**
 * Parts `xen_put_byte` (AL) and `xen_flush_console`, for a PV guest: console_io of the initial domain, the console ring of any other.
 * They keep every register but RAX.
 */
export function writeXenConsole(a: Assembler): void {
  const { code: c } = a;
  const keep = (body: () => void): void => {
    for (const register of kept) c.push(register);
    body();
    for (const register of [...kept].reverse()) c.pop(register);
    c.ret();
  };
  a.part('xen_put_byte', () =>
    keep(() => {
      const [unprivileged, full, room, wait, end] = ['unprivileged', 'full', 'room', 'wait', 'end'].map(
        (name) => a.local(name),
      ) as [o.Label, o.Label, o.Label, o.Label, o.Label];
      c.mov(byte(label('xen_console_byte')), o.AL);
      c.test(boot('flags'), imm(bootFlag['initial-domain']));
      c.je(unprivileged);
      c.mov(o.ECX, dword(label('xen_console_used')));
      c.lea(o.RDX, mem(label('xen_console_line')));
      c.mov(byte(o.RDX, 0, o.RCX), o.AL);
      c.inc(o.ECX);
      c.mov(dword(label('xen_console_used')), o.ECX);
      c.cmp(o.ECX, imm(LINE));
      c.je(full);
      c.cmp(o.AL, imm(NEW_LINE));
      c.jne(end);
      a.at(full);
      c.call(label('xen_console_write'));
      c.jmp(end);

      a.at(unprivileged);
      c.call(label('xen_console_ring'));
      c.je(end);
      c.mov(dword(label('xen_console_patience')), imm(PATIENCE));
      a.at(wait);
      c.mov(o.EDX, ring('out_prod'));
      c.mov(o.EAX, o.EDX);
      c.sub(o.EAX, ring('out_cons'));
      c.cmp(o.EAX, imm(OUT.type.bytes));
      c.jb(room);
      c.call(label('xen_console_notify'));
      c.dec(dword(label('xen_console_patience')));
      c.jne(wait);
      c.jmp(end);
      a.at(room);
      c.mov(o.AL, byte(label('xen_console_byte')));
      c.mov(o.ECX, o.EDX);
      c.and(o.ECX, imm(OUT.type.bytes - 1));
      c.mov(byte(o.R8, OUT.offset, o.RCX), o.AL);
      c.inc(o.EDX);
      c.mov(ring('out_prod'), o.EDX);
      c.cmp(o.AL, imm(NEW_LINE));
      c.jne(end);
      c.call(label('xen_console_notify'));
      a.at(end);
    }),
  );

  a.part('xen_flush_console', () =>
    keep(() => {
      const [unprivileged, wait, end] = [a.local('unprivileged'), a.local('wait'), a.local('end')];
      c.test(boot('flags'), imm(bootFlag['initial-domain']));
      c.je(unprivileged);
      c.call(label('xen_console_write'));
      c.jmp(end);
      a.at(unprivileged);
      c.call(label('xen_console_ring'));
      c.je(end);
      c.mov(dword(label('xen_console_patience')), imm(PATIENCE));
      a.at(wait);
      c.mov(o.EAX, ring('out_prod'));
      c.cmp(o.EAX, ring('out_cons'));
      c.je(end);
      c.call(label('xen_console_notify'));
      c.dec(dword(label('xen_console_patience')));
      c.jne(wait);
      a.at(end);
    }),
  );

  // What there is of a line, at once: Xen's own messages come between two calls.
  a.part('xen_console_write', () => {
    c.mov(o.EDI, imm(CONSOLEIO_WRITE));
    c.mov(o.ESI, dword(label('xen_console_used')));
    c.lea(o.RDX, mem(label('xen_console_line')));
    hypercall(a, 'console_io');
    c.mov(dword(label('xen_console_used')), imm(0));
    c.ret();
  });

  // R8: the ring; flags: zero when there is none. Virtual and pseudo-physical addresses are the same, and the latter Xen's table of
  // machine frames tells.
  a.part('xen_console_ring', () => {
    const [found, none] = [a.local('found'), a.local('none')];
    c.mov(o.R8, qword(label('xen_console_address')));
    c.test(o.R8, o.R8);
    c.jne(found);
    c.mov(o.R9, boot('data'));
    c.mov(o.RAX, start('console_mfn'));
    c.test(o.RAX, o.RAX);
    c.je(none);
    c.mov(o.RCX, imm(XEN_M2P_START));
    c.mov(o.R8, qword(o.RCX, 0, o.RAX, 8));
    c.shl(o.R8, imm(12));
    c.mov(qword(label('xen_console_address')), o.R8);
    a.at(found);
    c.test(o.R8, o.R8);
    c.ret();
    a.at(none);
    c.xor(o.R8D, o.R8D);
    c.ret();
  });

  // Tells the other end, and lets it run.
  a.part('xen_console_notify', () => {
    c.push(o.R8);
    c.mov(o.R9, boot('data'));
    c.mov(o.EAX, start('console_evtchn'));
    c.mov(dword(label('xen_console_port')), o.EAX);
    c.mov(o.EDI, imm(EVTCHNOP_SEND));
    c.lea(o.RSI, mem(label('xen_console_port')));
    hypercall(a, 'event_channel_op');
    c.mov(o.EDI, imm(schedop.yield));
    c.xor(o.ESI, o.ESI);
    hypercall(a, 'sched_op');
    c.pop(o.R8);
    c.ret();
  });
  a.align(8);
  a.label('xen_console_address');
  a.u64(0);
  for (const name of ['xen_console_port', 'xen_console_patience', 'xen_console_byte', 'xen_console_used']) {
    a.label(name);
    a.u32(0);
  }
  a.label('xen_console_line');
  a.space(LINE);
}
