import { DOMID, VIRQ } from '../../../abi/xen.js';
import type { XenDomain } from '../domain.js';
import { CHANNELS } from '../event-channels.js';
import { type Arguments, fail, type Hypercall, implemented, type Result, refused } from '../hypercall.js';

/** Reads a structure of `size` bytes at the second argument, and writes a u32 back where `change` says so. */
function withStruct(
  size: number,
  run: (domain: XenDomain, view: DataView) => Result | { readonly at: number; readonly value: number },
) {
  return (domain: XenDomain, [, address]: Arguments): Result => {
    const view = domain.guest.read(address, size);
    if (!view) return fail('EFAULT');
    // The answer is written back: what cannot be written is found out before anything happens.
    const result = run(domain, view);
    if (typeof result !== 'object') return result;
    return domain.guest.writeU32(address + BigInt(result.at), result.value) ? 0 : fail('EFAULT');
  };
}

const isSelf = (domid: number): boolean => domid === DOMID.self || domid === 1;

function status(domain: XenDomain, address: bigint): Result {
  const view = domain.guest.read(address, 24);
  if (!view) return fail('EFAULT');
  if (!isSelf(view.getUint16(0, true))) return fail('ESRCH');
  const port = view.getUint32(4, true);
  if (port >= CHANNELS) return fail('EINVAL');
  const binding = domain.events.binding(port);
  const kinds = { unbound: 1, interdomain: 2, virq: 4, ipi: 5 } as const;
  view.setUint32(8, binding ? kinds[binding.kind] : 0, true);
  view.setUint32(12, 0, true);
  if (binding?.kind === 'unbound') view.setUint16(16, binding.remote, true);
  if (binding?.kind === 'interdomain') {
    view.setUint16(16, 0, true);
    view.setUint32(20, binding.remote, true);
  }
  if (binding?.kind === 'virq') view.setUint32(16, binding.virq, true);
  return domain.guest.write(address, new Uint8Array(view.buffer)) ? 0 : fail('EFAULT');
}

/** event_channel_op (Xen public/event_channel.h). */
export const eventChannelOp: Hypercall = {
  number: 32,
  name: 'event_channel_op',
  operations: [
    implemented(
      0,
      'bind_interdomain',
      withStruct(12, (_, view) => (isSelf(view.getUint16(0, true)) ? fail('EINVAL') : fail('ESRCH'))),
    ),
    implemented(
      1,
      'bind_virq',
      withStruct(12, (domain, view) => {
        const virq = view.getUint32(0, true);
        if (virq >= VIRQ.count) return fail('EINVAL');
        if (view.getUint32(4, true) !== 0) return fail('ENOENT');
        // The rest is for the privileged domain.
        if (virq > 2 && virq !== 13) return fail(virq < 16 ? 'EPERM' : 'EINVAL');
        if (domain.events.portOf(virq) !== undefined) return fail('EEXIST');
        const port = domain.events.allocate({ kind: 'virq', virq });
        if (port === undefined) return fail('ENOSPC');
        if (virq === VIRQ.timer) domain.time.timerBound();
        return { at: 8, value: port };
      }),
    ),
    refused(2, 'bind_pirq', 'EPERM'),
    implemented(
      3,
      'close',
      withStruct(4, ({ events }, view) => (events.close(view.getUint32(0, true)) ? 0 : fail('EINVAL'))),
    ),
    implemented(
      4,
      'send',
      withStruct(4, ({ events }, view) => {
        const port = view.getUint32(0, true);
        const binding = events.binding(port);
        if (!binding) return fail('EINVAL');
        if (binding.kind === 'virq') return fail('EINVAL');
        if (binding.kind === 'ipi') events.raise(port);
        else if (binding.kind === 'interdomain') binding.notify();
        return 0;
      }),
    ),
    implemented(5, 'status', (domain, [, at]) => status(domain, at)),
    implemented(
      6,
      'alloc_unbound',
      withStruct(8, ({ events }, view) => {
        if (!isSelf(view.getUint16(0, true))) return fail('ESRCH');
        const port = events.allocate({ kind: 'unbound', remote: view.getUint16(2, true) });
        return port === undefined ? fail('ENOSPC') : { at: 4, value: port };
      }),
    ),
    implemented(
      7,
      'bind_ipi',
      withStruct(8, ({ events }, view) => {
        if (view.getUint32(0, true) !== 0) return fail('ENOENT');
        const port = events.allocate({ kind: 'ipi' });
        return port === undefined ? fail('ENOSPC') : { at: 4, value: port };
      }),
    ),
    implemented(
      8,
      'bind_vcpu',
      withStruct(8, ({ events }, view) => {
        const binding = events.binding(view.getUint32(0, true));
        if (view.getUint32(4, true) !== 0) return fail('ENOENT');
        return binding && binding.kind !== 'ipi' ? 0 : fail('EINVAL');
      }),
    ),
    implemented(
      9,
      'unmask',
      withStruct(4, ({ events }, view) => {
        const port = view.getUint32(0, true);
        if (port >= CHANNELS || !events.binding(port)) return fail('EINVAL');
        events.unmask(port);
        return 0;
      }),
    ),
    implemented(
      10,
      'reset',
      withStruct(2, ({ events }, view) => {
        if (!isSelf(view.getUint16(0, true))) return fail('ESRCH');
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
