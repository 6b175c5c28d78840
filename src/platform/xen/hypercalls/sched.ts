import { schedPoll, schedShutdown } from '../../../abi/xen-structures.js';
import { SHUTDOWN, type XenDomain } from '../domain.js';
import { CHANNELS } from '../event-channels.js';
import {
  type Arguments,
  fail,
  forbidden,
  type Hypercall,
  implemented,
  type Result,
  refused,
} from '../hypercall.js';
import { account } from '../runstate.js';

function shutdown(domain: XenDomain, reason: number): Result {
  const { machine } = domain;
  domain.shutdownCode = reason;
  switch (reason) {
    case SHUTDOWN.poweroff:
      machine.end('power-off');
      return 0;
    case SHUTDOWN.reboot:
    case SHUTDOWN.softReset:
      machine.end('reset');
      return 0;
    case SHUTDOWN.crash:
    case SHUTDOWN.watchdog:
      machine.end('crash');
      return 0;
    case SHUTDOWN.suspend:
      domain.kill('the guest suspended itself, and nobody will resume it');
      return 0;
    default:
      // Whatever number it is: the toolstack would see it.
      machine.end('power-off');
      return 0;
  }
}

function block(domain: XenDomain): Result {
  domain.upcallMasked = false;
  if (!domain.upcallPending) {
    account(domain, 'running');
    domain.machine.cpu.halted = true;
  }
  return 0;
}

/** SCHEDOP_poll: halts until one of some ports is pending. */
function poll(domain: XenDomain, address: bigint): Result {
  const wanted = domain.guest.readStruct(schedPoll, address);
  if (!wanted) return fail('EFAULT');
  const count = wanted.nr_ports;
  if (count > 128) return fail('EINVAL');
  const list = domain.guest.read(wanted.ports, count * 4);
  if (!list) return fail('EFAULT');
  const ports = Array.from({ length: count }, (_, i) => list.getUint32(i * 4, true));
  if (ports.some((port) => port >= CHANNELS)) return fail('EINVAL');
  if (ports.some((port) => domain.events.isPending(port))) return 0;
  if (domain.upcallPending && !domain.upcallMasked) return 0;
  const timeout = Number(wanted.timeout);
  const { clock, cpu } = domain.machine;
  if (timeout !== 0) {
    if (timeout <= clock.now) return 0;
    clock.schedule(timeout, () => domain.polled && domain.wake(), 'xen poll');
  }
  domain.polled = new Set(ports);
  cpu.halted = true;
  return 0;
}

const reasonOf = ({ guest }: XenDomain, [, at]: Arguments): number | undefined =>
  guest.readStruct(schedShutdown, at)?.reason;

/** sched_op (Xen public/sched.h). */
export const schedOp: Hypercall = {
  number: 29,
  name: 'sched_op',
  operations: [
    implemented(0, 'yield', () => 0),
    implemented(1, 'block', block),
    implemented(2, 'shutdown', (domain, args) => {
      const reason = reasonOf(domain, args);
      return reason === undefined ? fail('EFAULT') : shutdown(domain, reason);
    }),
    implemented(3, 'poll', (domain, [, at]) => poll(domain, at)),
    forbidden(4, 'remote_shutdown'),
    implemented(5, 'shutdown_code', (domain, args) => {
      const reason = reasonOf(domain, args);
      if (reason === undefined) return fail('EFAULT');
      domain.shutdownCode = reason;
      return 0;
    }),
    refused(6, 'watchdog', 'ENOSYS'),
    forbidden(7, 'pin_override'),
  ],
};

/** sched_op_compat: the reason is the second argument itself. */
export const schedOpCompat: Hypercall = {
  number: 6,
  name: 'sched_op_compat',
  operations: [
    implemented(0, 'yield', () => 0),
    implemented(1, 'block', block),
    implemented(2, 'shutdown', (domain, [, reason]) => shutdown(domain, Number(BigInt.asUintN(32, reason)))),
  ],
};

/** set_timer_op: one shot at a system time, 0 to stop it. */
export const setTimerOp: Hypercall = {
  number: 15,
  name: 'set_timer_op',
  run: ({ time }, [at]) => {
    time.setTimer(Number(at));
    return 0;
  },
};
