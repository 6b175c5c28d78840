import { SHUTDOWN_POWEROFF, schedop } from '../../abi/xen-hypercalls.js';
import type { Assembler } from '../assembler/assembler.js';
import * as o from '../assembler/operands.js';
import { imm, label, mem } from '../assembler/operands.js';
import { hypercall } from './hypercall.js';

/** Part `xen_power_off`, for a PV guest. Does not return. */
export function writeXenPowerOff(a: Assembler): void {
  const { code: c } = a;
  a.part('xen_power_off', () => {
    c.mov(o.EDI, imm(schedop.shutdown));
    c.lea(o.RSI, mem(label('xen_shutdown_reason')));
    hypercall(a, 'sched_op');
    c.jmp(label('xen_power_off'));
  });
  a.align(4);
  a.label('xen_shutdown_reason');
  a.u32(SHUTDOWN_POWEROFF);
}
