import { beforeEach, describe, expect, test } from 'vitest';
import { FLAT } from '../../src/abi/x86/descriptors.js';
import { XEN_ERRNO } from '../../src/abi/xen.js';
import { type PvGuest, pvGuest } from './pv-guest.js';

const { EBUSY, EEXIST, EFAULT, EINVAL, ENODEV, ENOENT, ENOSYS, EPERM, ESRCH, ETIME } = XEN_ERRNO;
const SELF = 0x7ff0n;
/** An address that nothing is mapped at, and one of Xen's own. */
const NOWHERE = 0x7000_0000_0000n;
const XENS = 0xffff_8200_0000_0000n;
const [PRESENT, WRITABLE] = [1n, 2n];

let guest: PvGuest;
beforeEach(async () => {
  guest = await pvGuest();
});

describe('numbers', () => {
  test('one that Xen does not have: ENOSYS, and noted as unknown', () => {
    expect(guest.call(200)).toBe(-ENOSYS);
    expect(guest.call(29, 99)).toBe(-ENOSYS);
    const { refusals } = guest.domain.monitor.hypercalls;
    expect(refusals.map(({ name, unknown }) => [name, unknown])).toEqual([
      ['hypercall 200', true],
      ['sched_op 99', true],
    ]);
  });

  test('what only a privileged domain may: EPERM', () => {
    for (const number of [7, 35, 36, 37, 41]) expect(guest.call(number)).toBe(-EPERM);
    expect(guest.call(12, 10)).toBe(-EPERM);
    expect(guest.call(18, 1)).toBe(-EPERM);
  });
});

describe('mmu_update', () => {
  const update = (...words: (bigint | number)[]): bigint => guest.words(0, ...words);
  const done = (): bigint => guest.page(1);

  test('of another domain, or at addresses that cannot be read', () => {
    expect(guest.call(1, update(0, 0), 1, 0, 7)).toBe(-ESRCH);
    expect(guest.call(1, NOWHERE, 1, done(), SELF)).toBe(-EFAULT);
    expect(guest.call(1, XENS, 1, done(), SELF)).toBe(-EFAULT);
    expect(guest.read(done(), 4).getUint32(0, true)).toBe(0);
    expect(guest.call(1, update(0, 0), 0, NOWHERE, SELF)).toBe(-EFAULT);
  });

  test('a count of millions ends where memory does', () => {
    expect(guest.call(1, NOWHERE, 0x7fffffff, 0, SELF)).toBe(-EFAULT);
    expect(guest.call(1, 0, 0x80000000, 0, SELF)).toBe(0);
  });

  test('stops at the first error and says how many were done', () => {
    const at = BigInt(guest.entryOf(guest.page(9)));
    const good = guest.entry(guest.page(9));
    expect(guest.call(1, update(at, good, at, good, 0, 0, at, good), 4, done(), SELF)).toBe(-EINVAL);
    expect(guest.read(done(), 4).getUint32(0, true)).toBe(2);
  });

  const refusedEntries: readonly (readonly [string, (of: PvGuest) => number, bigint, number])[] = [
    ['a page table mapped writable', ({ domain }) => domain.kernelRoot / 4096, 3n, EBUSY],
    ['a page of Xen', ({ domain }) => domain.heap.gdtTable / 4096, 1n, EBUSY],
    ['the machine-to-physical table, writable', ({ domain }) => domain.heap.m2p / 4096, 3n, EBUSY],
    ['a frame beyond all memory', () => 0x8000000, 1n, EPERM],
    ['a large page or PAT', (of) => Number(of.frame(of.page(9))), 0x81n, EINVAL],
    ['no caching', (of) => Number(of.frame(of.page(9))), 0x11n, EINVAL],
  ];
  test.each(refusedEntries)('%s', (_, frame, flags, errno) => {
    const at = BigInt(guest.entryOf(guest.page(9)));
    const before = guest.entry(guest.page(9));
    expect(guest.call(1, update(at, (BigInt(frame(guest)) << 12n) | flags), 1, 0, SELF)).toBe(-errno);
    expect(guest.entry(guest.page(9))).toBe(before);
  });

  test('what Xen shares may be mapped', () => {
    const at = BigInt(guest.entryOf(guest.page(9)));
    expect(guest.call(1, update(at, BigInt(guest.domain.sharedInfo) | 3n), 1, 0, SELF)).toBe(0);
    expect(guest.read(guest.page(9) + 1n, 1).getUint8(0)).toBe(1);
  });

  test('PRESERVE_AD keeps what the processor has set', () => {
    const at = BigInt(guest.entryOf(guest.page(9)));
    const frame = guest.frame(guest.page(9)) << 12n;
    const value = frame | PRESENT | WRITABLE;
    guest.call(1, update(at, value | 0x60n), 1, 0, SELF);
    expect(guest.call(1, update(at | 2n, value), 1, 0, SELF)).toBe(0);
    expect(guest.entry(guest.page(9)) & 0x60n).toBe(0x60n);
    expect(guest.call(1, update(at, value), 1, 0, SELF)).toBe(0);
    expect(guest.entry(guest.page(9)) & 0x60n).toBe(0n);
  });

  test('misaligned, to a frame that is not the guest’s, to Xen’s slots of the root', () => {
    const at = BigInt(guest.entryOf(guest.page(9)));
    expect(guest.call(1, update(at + 4n, 0), 1, 0, SELF)).toBe(-EINVAL);
    expect(guest.call(1, update(BigInt(guest.domain.heap.gdtTable), 0), 1, 0, SELF)).toBe(-EINVAL);
    expect(guest.call(1, update(1n << 60n, 0), 1, 0, SELF)).toBe(-EINVAL);
    const root = BigInt(guest.domain.kernelRoot);
    for (const slot of [256n, 260n, 271n]) {
      expect(guest.call(1, update(root + slot * 8n, 0), 1, 0, SELF)).toBe(-EINVAL);
    }
  });

  test('MACHPHYS_UPDATE of a frame of one’s own shows in the table', () => {
    const frame = guest.frame(guest.page(9));
    expect(guest.call(1, update((frame << 12n) | 1n, 0x1234), 1, 0, SELF)).toBe(0);
    expect(guest.read(0xffff800000000000n + frame * 8n).getBigUint64(0, true)).toBe(0x1234n);
    expect(guest.call(1, update(1n, 0x1234), 1, 0, SELF)).toBe(-EINVAL);
  });
});

describe('update_va_mapping', () => {
  test('an address without a page table, bad flags', () => {
    expect(guest.call(14, NOWHERE, 0, 0)).toBe(-EINVAL);
    expect(guest.call(14, XENS, 0, 0)).toBe(-EINVAL);
    expect(guest.call(14, guest.page(9), guest.entry(guest.page(9)), 3)).toBe(-EINVAL);
  });

  test('takes effect after a flush', () => {
    expect(guest.call(14, guest.page(9), 0, 2)).toBe(0);
    expect(guest.domain.guest.read(guest.page(9), 8)).toBeUndefined();
  });
});

describe('mmuext_op', () => {
  const op = (command: number, arg1: bigint | number = 0, arg2: bigint | number = 0): number =>
    guest.call(26, guest.words(0, command, arg1, arg2), 1, 0, SELF);
  /** A scratch page that is mapped read-only now, and holds `entries`. */
  const table = (n: number, ...entries: bigint[]): bigint => {
    guest.words(n, ...entries);
    const frame = guest.frame(guest.page(n));
    expect(guest.call(14, guest.page(n), guest.entry(guest.page(n)) & ~WRITABLE, 2)).toBe(0);
    return frame;
  };

  test('a table that is mapped writable cannot be pinned, one that is not can, once', () => {
    expect(op(0, guest.frame(guest.page(5)))).toBe(-EINVAL);
    const frame = table(5);
    expect(op(0, frame)).toBe(0);
    expect(op(0, frame)).toBe(-EINVAL);
    expect(op(1, frame)).toBe(-EINVAL);
    expect(op(4, frame)).toBe(0);
    expect(op(4, frame)).toBe(-EINVAL);
  });

  test('a pinned table cannot be mapped writable; unpinned it can', () => {
    const frame = table(5);
    op(0, frame);
    const writable = guest.entry(guest.page(5)) | WRITABLE;
    expect(guest.call(14, guest.page(5), writable, 2)).toBe(-EBUSY);
    op(4, frame);
    expect(guest.call(14, guest.page(5), writable, 2)).toBe(0);
  });

  test('tables with what they must not hold, and what they held before is let go', () => {
    const data = (guest.frame(guest.page(9)) << 12n) | 3n;
    const root = (BigInt(guest.domain.kernelRoot / 4096) << 12n) | 3n;
    const frame = table(5, data, root);
    const uses = guest.domain.frames.uses[Number(guest.frame(guest.page(9)))];
    expect(op(0, frame)).toBe(-EBUSY);
    expect(guest.domain.frames.uses[Number(guest.frame(guest.page(9)))]).toBe(uses);
  });

  test('a table that leads to itself', () => {
    const own = guest.frame(guest.page(5));
    const frame = table(5, (own << 12n) | 7n);
    expect(op(3, frame)).toBe(-EINVAL);
    expect(op(1, frame)).toBe(-EINVAL);
  });

  test('frames that are not there', () => {
    for (const command of [0, 1, 2, 3, 4, 5, 15, 16]) expect(op(command, 1n << 50n)).toBe(-EINVAL);
    expect(op(17, guest.frame(guest.page(9)), 1n << 50n)).toBe(-EINVAL);
    expect(op(77)).toBe(-ENOSYS);
    expect(op(13, 1)).toBe(-EINVAL);
    expect(op(13, 0, 8193)).toBe(-EINVAL);
  });

  test('clears and copies pages that can be written', () => {
    guest.words(8, 0x1122334455667788n);
    expect(op(17, guest.frame(guest.page(9)), guest.frame(guest.page(8)))).toBe(0);
    expect(guest.read(guest.page(9)).getBigUint64(0, true)).toBe(0x1122334455667788n);
    expect(op(16, guest.frame(guest.page(9)))).toBe(0);
    expect(guest.read(guest.page(9)).getBigUint64(0, true)).toBe(0n);
    expect(op(16, guest.domain.kernelRoot / 4096)).toBe(-EINVAL);
  });
});

describe('descriptors', () => {
  const readOnly = (n: number): void => {
    guest.call(14, guest.page(n), guest.entry(guest.page(n)) & ~WRITABLE, 2);
  };

  test('set_gdt: too many entries, no such frames, what is no descriptor of a guest', () => {
    expect(guest.call(2, guest.page(0), 14 * 512 + 1)).toBe(-EINVAL);
    expect(guest.call(2, NOWHERE, 512)).toBe(-EFAULT);
    expect(guest.call(2, guest.words(0, 1n << 40n), 512)).toBe(-EINVAL);
    // A call gate to level 0.
    guest.words(5, 0x0000ec0000080000n);
    readOnly(5);
    expect(guest.call(2, guest.words(0, guest.frame(guest.page(5))), 512)).toBe(-EINVAL);
  });

  test('set_gdt raises privilege levels to the guest’s', () => {
    guest.words(5, 0n, FLAT.code64);
    readOnly(5);
    expect(guest.call(2, guest.words(0, guest.frame(guest.page(5))), 512)).toBe(0);
    expect(guest.read(guest.page(5) + 8n).getBigUint64(0, true)).toBe(0x00affb000000ffffn);
    expect(guest.call(14, guest.page(5), guest.entry(guest.page(5)) | WRITABLE, 2)).toBe(-EBUSY);
  });

  test('update_descriptor: misaligned, not the guest’s, a gate', () => {
    const at = guest.frame(guest.page(5)) << 12n;
    expect(guest.call(10, at + 4n, 0)).toBe(-EINVAL);
    expect(guest.call(10, guest.domain.heap.reservedGdt, 0)).toBe(-EINVAL);
    expect(guest.call(10, at, 0x0000ec0000080000n)).toBe(-EINVAL);
    expect(guest.call(10, at, FLAT.data)).toBe(0);
  });
});

describe('traps, callbacks, segments', () => {
  test('set_trap_table', () => {
    expect(guest.call(0, NOWHERE)).toBe(-EFAULT);
    expect(guest.call(0, guest.words(0, 14, 1n << 63n))).toBe(-EINVAL);
    expect(guest.call(0, guest.words(0, 0x10040eaan << 8n, 0x1000, 0, 0))).toBe(0);
    expect(guest.call(0, 0)).toBe(0);
    expect(guest.domain.traps.every((trap) => trap === undefined)).toBe(true);
  });

  test('callback_op', () => {
    expect(guest.call(30, 0, NOWHERE)).toBe(-EFAULT);
    expect(guest.call(30, 0, guest.words(0, 9, 0))).toBe(-ENOSYS);
    expect(guest.call(30, 0, guest.words(0, 0, 1n << 63n))).toBe(-EINVAL);
    expect(guest.call(30, 0, guest.words(0, 0x10000, 0x4000))).toBe(0);
    expect(guest.domain.callbacks.get('event')).toEqual({ address: 0x4000n, masks: true });
    expect(guest.call(30, 1, guest.words(0, 0))).toBe(-EINVAL);
  });

  test('set_segment_base', () => {
    expect(guest.call(25, 0, 1n << 63n)).toBe(-EINVAL);
    expect(guest.call(25, 9, 0)).toBe(-EINVAL);
    expect(guest.call(25, 2, 0x5000)).toBe(0);
    expect(guest.domain.gsBase).toBe(0x5000n);
  });

  test('set_debugreg', () => {
    expect(guest.call(8, 8, 0)).toBe(-ENODEV);
    expect(guest.call(8, 7, 1n << 40n)).toBe(-EINVAL);
    expect(guest.call(8, 0, XENS)).toBe(-EPERM);
    expect(guest.call(8, 0, 0x1234)).toBe(0);
    expect(guest.call(9, 0)).toBe(0x1234);
  });
});

describe('multicall', () => {
  test('results stand in the entries', () => {
    const at = guest.words(0, 17, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0);
    expect(guest.call(13, at, 2)).toBe(0);
    expect(guest.read(at + 8n).getBigUint64(0, true)).toBe(0x40011n);
    expect(guest.read(at + 64n + 8n).getBigInt64(0, true)).toBe(BigInt(-ENOSYS));
  });

  test('one within another is refused, pointers to nowhere too', () => {
    const inner = guest.words(1, 17, 0);
    const at = guest.words(0, 13, 0, inner, 1);
    expect(guest.call(13, at, 1)).toBe(0);
    expect(guest.read(at + 8n).getBigInt64(0, true)).toBe(BigInt(-EINVAL));
    expect(guest.call(13, NOWHERE, 1)).toBe(-EFAULT);
    expect(guest.call(13, at, 0xffffffff)).toBe(-EFAULT);
    expect(guest.domain.inMulticall).toBe(false);
  });
});

describe('event channels', () => {
  const bindVirq = (virq: number, vcpu = 0): number => guest.call(32, 1, guest.halves(0, virq, vcpu, 0));

  test('bind_virq: the first time only, on a processor that is there', () => {
    expect(bindVirq(0)).toBe(0);
    const port = guest.read(guest.page(0) + 8n, 4).getUint32(0, true);
    expect(port).toBeGreaterThan(2);
    expect(bindVirq(0)).toBe(-EEXIST);
    expect(bindVirq(1, 1)).toBe(-ENOENT);
    expect(bindVirq(24)).toBe(-EINVAL);
    expect(bindVirq(3)).toBe(-EPERM);
    expect(guest.call(32, 3, guest.halves(0, port))).toBe(0);
    expect(guest.call(32, 3, guest.halves(0, port))).toBe(-EINVAL);
    expect(bindVirq(0)).toBe(0);
  });

  test('an event is pending, and tells the processor unless it is masked', () => {
    expect(guest.call(32, 7, guest.halves(0, 0, 0))).toBe(0);
    const port = guest.read(guest.page(0) + 4n, 4).getUint32(0, true);
    const { events, sharedInfo, machine } = guest.domain;
    machine.memory.guestView.setUint8(sharedInfo + 2560 + (port >> 3), 1 << (port & 7));
    expect(guest.call(32, 4, guest.halves(0, port))).toBe(0);
    expect([events.isPending(port), guest.domain.upcallPending]).toEqual([true, false]);
    expect(guest.call(32, 9, guest.halves(0, port))).toBe(0);
    expect(guest.domain.upcallPending).toBe(true);
    expect(machine.cpu.interruptLine).toBe(false);
    guest.domain.upcallMasked = false;
    guest.domain.upcallChanged();
    expect(machine.cpu.interruptLine).toBe(true);
  });

  test('status of each kind; numbers that are none', () => {
    const status = (port: number): number => {
      expect(guest.call(32, 5, guest.halves(0, 0x7ff0, port, 0, 0, 0, 0))).toBe(0);
      return guest.read(guest.page(0) + 8n, 4).getUint32(0, true);
    };
    expect([status(1), status(2), status(3)]).toEqual([2, 2, 0]);
    expect(guest.call(32, 5, guest.halves(0, 0x7ff0, 4096, 0, 0, 0, 0))).toBe(-EINVAL);
    expect(guest.call(32, 4, guest.halves(0, 0xffffffff))).toBe(-EINVAL);
    expect(guest.call(32, 9, guest.halves(0, 3))).toBe(-EINVAL);
    expect(guest.call(32, 4, NOWHERE)).toBe(-EFAULT);
    expect(guest.call(32, 11)).toBe(-ENOSYS);
  });
});

describe('vcpu_op', () => {
  test('there is one processor', () => {
    expect(guest.call(24, 3, 0)).toBe(1);
    for (const id of [1, 31, 8192, -1]) expect(guest.call(24, 3, id)).toBe(-ENOENT);
  });

  test('register_vcpu_info: inside a page, once', () => {
    const frame = guest.frame(guest.page(9));
    expect(guest.call(24, 10, 0, guest.words(0, frame, 4096 - 63))).toBe(-EINVAL);
    expect(guest.call(24, 10, 0, guest.words(0, 1n << 50n, 0))).toBe(-EINVAL);
    expect(guest.call(24, 10, 0, guest.words(0, guest.domain.kernelRoot / 4096, 0))).toBe(-EINVAL);
    expect(guest.call(24, 10, 0, guest.words(0, frame, 64))).toBe(0);
    expect(guest.read(guest.page(9) + 65n, 1).getUint8(0)).toBe(1);
    expect(guest.call(24, 10, 0, guest.words(0, frame, 128))).toBe(-EINVAL);
  });

  test('timers: the past, too short a period', () => {
    guest.machine.clock.advanceTo(1000);
    expect(guest.call(24, 8, 0, guest.words(0, 500, 1))).toBe(-ETIME);
    expect(guest.call(24, 8, 0, guest.words(0, 500, 0))).toBe(0);
    expect(guest.call(24, 6, 0, guest.words(0, 999_999))).toBe(-EINVAL);
    expect(guest.call(24, 6, 0, guest.words(0, 1_000_000))).toBe(0);
    expect(guest.call(24, 8, 0, NOWHERE)).toBe(-EFAULT);
  });
});

test('sched_op: poll wants few ports that exist', () => {
  const poll = (ports: bigint, count: number, timeout: number): number =>
    guest.call(29, 3, guest.words(0, ports, count, timeout));
  expect(poll(guest.page(1), 129, 1)).toBe(-EINVAL);
  expect(poll(NOWHERE, 1, 1)).toBe(-EFAULT);
  guest.halves(1, 4096);
  expect(poll(guest.page(1), 1, 1)).toBe(-EINVAL);
  guest.halves(1, 1);
  expect(poll(guest.page(1), 1, 1000)).toBe(0);
  expect(guest.machine.cpu.halted).toBe(true);
  guest.machine.clock.advanceTo(2000);
  expect(guest.machine.cpu.halted).toBe(false);
});

describe('memory_op', () => {
  test('what a domain has', () => {
    expect(guest.call(12, 3, guest.words(0, SELF))).toBe(4096);
    expect(guest.call(12, 4, guest.words(0, 5))).toBe(-ESRCH);
    expect(guest.call(12, 9, guest.words(0, 0, guest.page(1)))).toBe(-EINVAL);
    expect(guest.call(12, 9, guest.words(0, 8, guest.page(1)))).toBe(0);
    expect(guest.read(guest.page(1) + 8n).getBigUint64(0, true)).toBe(16n << 20n);
    expect(guest.call(12, 9, guest.words(0, 8, NOWHERE))).toBe(-EFAULT);
  });

  test('a frame that is used is not taken back; one that is not comes again', () => {
    const give = (frame: bigint): number => {
      guest.words(1, frame);
      return guest.call(12, 1, guest.words(0, guest.page(1), 1, 0, SELF));
    };
    expect(give(BigInt(guest.domain.kernelRoot / 4096))).toBe(0);
    expect(give(guest.frame(guest.page(9)))).toBe(0);
    expect(give(1n << 40n)).toBe(0);
    const frame = guest.frame(guest.page(9));
    guest.call(14, guest.page(9), 0, 2);
    expect(give(frame)).toBe(1);
    expect(guest.call(12, 3, guest.words(0, SELF))).toBe(4095);
    // Not the guest's any more.
    expect(guest.call(14, guest.page(9), (frame << 12n) | 3n, 2)).toBe(-EBUSY);
    guest.words(1, 0x99);
    expect(guest.call(12, 6, guest.words(0, guest.page(1), 1, 0, SELF))).toBe(1);
    expect(guest.read(guest.page(1)).getBigUint64(0, true)).toBe(frame);
  });

  test('nobody gets more than there is', () => {
    expect(guest.call(12, 6, guest.words(0, guest.page(1), 1n << 40n, 0, SELF))).toBe(0);
    // Xen has no errors there: it says how many were done.
    expect(guest.call(12, 1, guest.words(0, guest.page(1), 1, 60, SELF))).toBe(0);
    for (const operation of [0, 1, 6]) {
      expect(guest.call(12, operation, NOWHERE)).toBe(0);
      expect(guest.call(12, operation, guest.words(0, guest.page(1), 1, 0, 5))).toBe(0);
      expect(guest.call(12, operation | (3 << 6), NOWHERE)).toBe(3);
    }
    expect(guest.call(12, 14, guest.words(0, 5))).toBe(-ESRCH);
  });
});

test('grant_table_op: version 1, 32 pages at most', () => {
  expect(guest.call(20, 8, guest.halves(0, 2), 1)).toBe(-ENOSYS);
  expect(guest.call(20, 8, guest.halves(0, 1), 1)).toBe(0);
  const setup = (pages: number): number => {
    expect(guest.call(20, 2, guest.words(0, SELF | (BigInt(pages) << 32n), 0, guest.page(1)), 1)).toBe(0);
    return guest.read(guest.page(0) + 8n, 2).getInt16(0, true);
  };
  expect([setup(1), setup(32), setup(33)]).toEqual([0, 0, -1]);
  expect(guest.call(20, 2, NOWHERE, 1)).toBe(-EFAULT);
  expect(guest.call(20, 2, guest.page(0), 0xffffffff)).toBe(-EINVAL);
});

test('grant_table_op: a status is written where it stands, and nothing beside it', () => {
  // host_addr; flags, ref; dom, status, handle; dev_bus_addr.
  const map = guest.words(0, 0x4000, (8n << 32n) | 2n, 0x77777777_5555_7ff5n, 0, 0x88);
  expect(guest.call(20, 0, map, 1)).toBe(0);
  expect(guest.read(map + 16n).getBigUint64(0, true)).toBe(0x77777777_fffe_7ff5n);
  // host_addr, new_addr, handle, status: 24 bytes, two of them in a row.
  const replace = [0x4000, 0x5000, 0x5555_00001234n] as const;
  const at = guest.words(0, ...replace, ...replace, 0x8888888888888888n);
  expect(guest.call(20, 7, at, 2)).toBe(0);
  const after = [2, 5, 6].map((i) => guest.read(at + BigInt(i * 8)).getBigUint64(0, true));
  expect(after).toEqual([0xfffc_00001234n, 0xfffc_00001234n, 0x8888888888888888n]);
});

test('console_io prints', () => {
  guest.domain.guest.write(guest.page(0), new TextEncoder().encode('hello\n'));
  expect(guest.call(18, 0, 6, guest.page(0))).toBe(0);
  expect(guest.console).toBe('hello\n');
  expect(guest.call(18, 0, -1, guest.page(0))).toBe(-EINVAL);
  expect(guest.call(18, 0, 6, NOWHERE)).toBe(-EFAULT);
});

test('xen_version', () => {
  expect(guest.call(17, 0)).toBe((4 << 16) | 17);
  expect(guest.call(17, 6, guest.halves(0, 1, 0))).toBe(-EINVAL);
  expect(guest.call(17, 6, guest.halves(0, 0, 0))).toBe(0);
  expect(guest.read(guest.page(0) + 4n, 4).getUint32(0, true) & (1 << 5)).toBe(1 << 5);
  expect(guest.call(17, 3, NOWHERE)).toBe(-EFAULT);
});

test('vm_assist: the known ones', () => {
  expect(guest.call(21, 0, 2)).toBe(0);
  expect(guest.call(21, 0, 6)).toBe(-EINVAL);
  expect(guest.call(21, 2, 2)).toBe(-ENOSYS);
});

test('physdev_op: I/O privilege up to 3', () => {
  expect(guest.call(33, 6, guest.halves(0, 1))).toBe(0);
  expect(guest.call(33, 6, guest.halves(0, 4))).toBe(-EINVAL);
  expect(guest.call(33, 6, NOWHERE)).toBe(-EFAULT);
});
