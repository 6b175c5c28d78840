import {
  callbackRegister,
  callbackUnregister,
  trapInfo,
  xennmiCallback,
} from '../../../abi/xen-structures.js';
import { GuestFault } from '../../../machine/x86/exceptions/fault.js';
import { Descriptor, readDescriptor } from '../../../machine/x86/segments/descriptor.js';
import {
  type Arguments,
  fail,
  type Hypercall,
  implemented,
  type Result,
  refused,
} from '../../xen/hypercall.js';
import { isCanonical, isXens } from '../address.js';
import type { CallbackKind, PvDomain } from '../domain.js';
import { debugRegister, setDebugRegister } from '../emulation/debug-registers.js';
import { interruptReturn } from '../return.js';

/** An address where a guest may have code: not in Xen's part (guest_handle checks, access_ok). */
function isGuestAddress(address: bigint): boolean {
  return isCanonical(address) && !isXens(address);
}

/** set_trap_table: entries of 16 bytes {vector, flags, CS, address}, up to one without an address. NULL clears all. */
function setTrapTable(domain: PvDomain, [table]: Arguments): Result {
  if (table === 0n) {
    domain.traps.fill(undefined);
    return 0;
  }
  // Longer tables than there are vectors only say something twice, but Xen reads them.
  for (let i = 0; i < 4096; i++) {
    const entry = domain.guest.readStruct(trapInfo, table + BigInt(i * trapInfo.size));
    if (!entry) return fail('EFAULT');
    const { vector, flags, cs, address } = entry;
    if (address === 0n) return 0;
    if (!isCanonical(address)) return fail('EINVAL');
    domain.traps[vector] = {
      dpl: flags & 3,
      masks: (flags & 4) !== 0,
      selector: cs,
      address,
    };
  }
  return 0;
}

/** stack_switch: SS and RSP for traps from programs. */
function stackSwitch(domain: PvDomain, [, pointer]: Arguments): Result {
  domain.kernelStack = pointer;
  return 0;
}

const kinds: readonly (CallbackKind | undefined)[] = [
  'event',
  'failsafe',
  'syscall',
  undefined,
  'nmi',
  'sysenter',
  undefined,
  'syscall32',
];

function registerCallback(domain: PvDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(callbackRegister, at);
  if (!wanted) return fail('EFAULT');
  const { type, flags, address } = wanted;
  const kind = kinds[type];
  if (!kind) return fail('ENOSYS');
  if (!isCanonical(address)) return fail('EINVAL');
  domain.callbacks.set(kind, { address, masks: (flags & 1) !== 0 });
  return 0;
}

function unregisterCallback(domain: PvDomain, [, at]: Arguments): Result {
  const wanted = domain.guest.readStruct(callbackUnregister, at);
  if (!wanted) return fail('EFAULT');
  const kind = kinds[wanted.type];
  if (!kind) return fail('ENOSYS');
  if (kind !== 'nmi') return fail('EINVAL');
  domain.callbacks.delete(kind);
  return 0;
}

const descriptor = new Descriptor();

/** set_segment_base: which, base; or the selector that programs are to find in GS. */
function setSegmentBase(domain: PvDomain, [which, base]: Arguments): Result {
  const { cpu } = domain.machine;
  switch (BigInt.asUintN(32, which)) {
    case 0n:
      if (!isCanonical(base)) return fail('EINVAL');
      cpu.segment.fs.base = base;
      return 0;
    case 1n:
      if (!isCanonical(base)) return fail('EINVAL');
      domain.otherGsBase = base;
      return 0;
    case 2n:
      if (!isCanonical(base)) return fail('EINVAL');
      domain.gsBase = base;
      return 0;
    case 3n:
      return selectUserGs(domain, Number(BigInt.asUintN(16, base)));
    default:
      return fail('EINVAL');
  }
}

/** Loads GS for programs; a selector that cannot be loaded becomes 0. */
function selectUserGs(domain: PvDomain, selector: number): Result {
  const { cpu } = domain.machine;
  let chosen = 0;
  let base = 0;
  if ((selector & 0xfffc) !== 0) {
    try {
      readDescriptor(cpu, selector | 3, descriptor);
      if (descriptor.isReadable && descriptor.isPresent && descriptor.dpl === 3) {
        chosen = selector | 3;
        ({ base } = descriptor);
      }
    } catch (thrown) {
      if (!(thrown instanceof GuestFault)) throw thrown;
    }
  }
  cpu.segment.gs.selector = chosen;
  domain.otherGsBase = BigInt(base);
  return 0;
}

export const processorOperations: readonly Hypercall<PvDomain>[] = [
  { number: 0, name: 'set_trap_table', run: setTrapTable },
  { number: 3, name: 'stack_switch', run: stackSwitch },
  {
    number: 4,
    name: 'set_callbacks',
    run: (domain, [event, failsafe, syscall]) => {
      if (![event, failsafe, syscall].every(isCanonical)) return fail('EINVAL');
      domain.callbacks.set('event', { address: event, masks: true });
      domain.callbacks.set('failsafe', { address: failsafe, masks: false });
      domain.callbacks.set('syscall', { address: syscall, masks: false });
      return 0;
    },
  },
  {
    number: 5,
    name: 'fpu_taskswitch',
    run: (domain, [set]) => {
      domain.monitor.setTaskSwitched(BigInt.asUintN(32, set) !== 0n);
      return 0;
    },
  },
  {
    number: 8,
    name: 'set_debugreg',
    run: (domain, [number, value]) => setDebugRegister(domain, Number(BigInt.asUintN(32, number)), value),
  },
  {
    number: 9,
    name: 'get_debugreg',
    run: (domain, [number]) => debugRegister(domain, Number(BigInt.asUintN(32, number))) ?? fail('ENODEV'),
  },
  { number: 23, name: 'iret', run: interruptReturn },
  { number: 25, name: 'set_segment_base', run: setSegmentBase },
  {
    number: 28,
    name: 'nmi_op',
    operations: [
      implemented(0, 'register_callback', (domain, [, at]) => {
        const address = domain.guest.readStruct(xennmiCallback, at)?.handler_address;
        if (address === undefined) return fail('EFAULT');
        if (!isGuestAddress(address)) return fail('EINVAL');
        domain.callbacks.set('nmi', { address, masks: false });
        return 0;
      }),
      implemented(1, 'unregister_callback', (domain) => {
        domain.callbacks.delete('nmi');
        return 0;
      }),
    ],
  },
  {
    number: 30,
    name: 'callback_op',
    operations: [
      implemented(0, 'register', registerCallback),
      implemented(1, 'unregister', unregisterCallback),
      refused(2, 'poll', 'ENOSYS'),
    ],
  },
];
