import { DOMID, VIRQ } from '../../../abi/xen.js';
import {
  evtchnAllocUnbound,
  evtchnBindInterdomain,
  evtchnBindIpi,
  evtchnBindVcpu,
  evtchnBindVirq,
  evtchnClose,
  evtchnReset,
  evtchnSend,
  evtchnStatus,
  evtchnUnmask,
} from '../../../abi/xen-structures.js';
import type { Field, Struct, Values, ValuesOf } from '../../../core/struct.js';
import type { XenDomain } from '../domain.js';
import { CHANNELS } from '../event-channels.js';
import { type Arguments, fail, type Hypercall, implemented, type Result, refused } from '../hypercall.js';

/** Reads a structure at the second argument, and writes back what `run` answers with, if that is no result. */
function withStruct<F extends Record<string, Field>>(
  layout: Struct<F>,
  run: (domain: XenDomain, values: Values<F>) => Result | Partial<Values<F>>,
) {
  return (domain: XenDomain, [, address]: Arguments): Result => {
    const values = domain.guest.readStruct(layout, address);
    if (!values) return fail('EFAULT');
    const answer = run(domain, values);
    if (typeof answer !== 'object') return answer;
    return domain.guest.writeFields(layout, address, answer) ? 0 : fail('EFAULT');
  };
}

const isSelf = (domid: number): boolean => domid === DOMID.self || domid === 1;

/** EVTCHNSTAT_*. */
const KIND = { closed: 0, unbound: 1, interdomain: 2, virq: 4, ipi: 5 } as const;

function status(
  { events }: XenDomain,
  { dom, port }: ValuesOf<typeof evtchnStatus>,
): Result | Partial<ValuesOf<typeof evtchnStatus>> {
  if (!isSelf(dom)) return fail('ESRCH');
  if (port >= CHANNELS) return fail('EINVAL');
  const binding = events.binding(port);
  const common = { status: KIND[binding?.kind ?? 'closed'], vcpu: 0 };
  switch (binding?.kind) {
    case 'unbound':
      return { ...common, 'u.unbound.dom': binding.remote };
    case 'interdomain':
      return { ...common, 'u.interdomain.dom': 0, 'u.interdomain.port': binding.remote };
    case 'virq':
      return { ...common, 'u.virq': binding.virq };
    default:
      return common;
  }
}

/** event_channel_op (Xen public/event_channel.h). */
export const eventChannelOp: Hypercall = {
  number: 32,
  name: 'event_channel_op',
  operations: [
    implemented(
      0,
      'bind_interdomain',
      withStruct(evtchnBindInterdomain, (_, { remote_dom }) => fail(isSelf(remote_dom) ? 'EINVAL' : 'ESRCH')),
    ),
    implemented(
      1,
      'bind_virq',
      withStruct(evtchnBindVirq, (domain, { virq, vcpu }) => {
        if (virq >= VIRQ.count) return fail('EINVAL');
        if (vcpu !== 0) return fail('ENOENT');
        // The rest is for the privileged domain.
        if (virq > 2 && virq !== 13) return fail(virq < 16 ? 'EPERM' : 'EINVAL');
        if (domain.events.portOf(virq) !== undefined) return fail('EEXIST');
        const port = domain.events.allocate({ kind: 'virq', virq });
        if (port === undefined) return fail('ENOSPC');
        if (virq === VIRQ.timer) domain.time.timerBound();
        return { port };
      }),
    ),
    refused(2, 'bind_pirq', 'EPERM'),
    implemented(
      3,
      'close',
      withStruct(evtchnClose, ({ events }, { port }) => (events.close(port) ? 0 : fail('EINVAL'))),
    ),
    implemented(
      4,
      'send',
      withStruct(evtchnSend, ({ events }, { port }) => {
        const binding = events.binding(port);
        if (!binding) return fail('EINVAL');
        if (binding.kind === 'virq') return fail('EINVAL');
        if (binding.kind === 'ipi') events.raise(port);
        else if (binding.kind === 'interdomain') binding.notify();
        return 0;
      }),
    ),
    implemented(5, 'status', withStruct(evtchnStatus, status)),
    implemented(
      6,
      'alloc_unbound',
      withStruct(evtchnAllocUnbound, ({ events }, { dom, remote_dom }) => {
        if (!isSelf(dom)) return fail('ESRCH');
        const port = events.allocate({ kind: 'unbound', remote: remote_dom });
        return port === undefined ? fail('ENOSPC') : { port };
      }),
    ),
    implemented(
      7,
      'bind_ipi',
      withStruct(evtchnBindIpi, ({ events }, { vcpu }) => {
        if (vcpu !== 0) return fail('ENOENT');
        const port = events.allocate({ kind: 'ipi' });
        return port === undefined ? fail('ENOSPC') : { port };
      }),
    ),
    implemented(
      8,
      'bind_vcpu',
      withStruct(evtchnBindVcpu, ({ events }, { port, vcpu }) => {
        const binding = events.binding(port);
        if (vcpu !== 0) return fail('ENOENT');
        return binding && binding.kind !== 'ipi' ? 0 : fail('EINVAL');
      }),
    ),
    implemented(
      9,
      'unmask',
      withStruct(evtchnUnmask, ({ events }, { port }) => {
        if (port >= CHANNELS || !events.binding(port)) return fail('EINVAL');
        events.unmask(port);
        return 0;
      }),
    ),
    implemented(
      10,
      'reset',
      withStruct(evtchnReset, ({ events }, { dom }) => {
        if (!isSelf(dom)) return fail('ESRCH');
        for (const port of events.ports) events.close(port);
        return 0;
      }),
    ),
    // Guests go on with the two-level ABI.
    refused(11, 'init_control', 'ENOSYS'),
    refused(12, 'expand_array', 'ENOSYS'),
    refused(13, 'set_priority', 'ENOSYS'),
    refused(14, 'reset_cont', 'ENOSYS'),
  ],
};
