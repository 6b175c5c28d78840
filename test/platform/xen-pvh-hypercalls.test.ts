import { beforeEach, describe, expect, test } from 'vitest';
import { XEN_ERRNO } from '../../src/abi/xen.js';
import { chooseWay } from '../../src/boot/choose.js';
import { prepare } from '../../src/boot/prepare.js';
import { openImage } from '../../src/image/open.js';
import type { Machine } from '../../src/machine/machine.js';
import { stateHash } from '../../src/machine/state-hash.js';
import { writeMsr } from '../../src/machine/x86/msr.js';
import type { Arguments } from '../../src/platform/xen/hypercall.js';
import type { PvhDomain } from '../../src/platform/xen-pvh/domain.js';
import type { XenPvhInstance } from '../../src/platform/xen-pvh.js';
import { guestImage } from '../../src/stub/guest/image.js';

const { EFAULT, EINVAL, ENOENT, ENOSYS, EPERM, ESRCH } = XEN_ERRNO;
const SELF = 0x7ff0n;
/** Free memory of the guest; paging is off at the entry, so addresses are physical. */
const AT = 0x800000;
const NOWHERE = 1n << 38n;

const image = openImage(guestImage('elf', ['pvh']).file, { name: 'guest' });
let machine: Machine;
let domain: PvhDomain;
beforeEach(async () => {
  const opened = await image;
  const way = chooseWay(opened, 'pvh');
  if ('verdict' in way) throw new Error(way.reason);
  const prepared = await prepare(opened, way, { memory: 16, platform: 'xen-pvh' }, {});
  machine = prepared.machine;
  domain = (prepared.platform as XenPvhInstance).domain;
});

function call(number: number, ...args: (bigint | number)[]): number {
  const all = [...args.map(BigInt), 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6);
  return Number(domain.hypercall(number, all as unknown as Arguments));
}

function words(...values: (bigint | number)[]): number {
  for (const [i, value] of values.entries())
    machine.memory.guestView.setBigUint64(AT + i * 8, BigInt(value), true);
  return AT;
}

test('what paravirtual kernels ask for is not there', () => {
  for (const number of [0, 1, 2, 14, 23, 26]) expect(call(number)).toBe(-ENOSYS);
  expect(call(12, 12)).toBe(-EPERM);
});

test('features: translated, with a callback vector, no PV page tables', () => {
  expect(call(17, 6, words(0))).toBe(0);
  const features = machine.memory.guestView.getUint32(AT + 4, true);
  expect([2, 5, 8, 9].map((bit) => (features >> bit) & 1)).toEqual([1, 0, 1, 1]);
});

describe('hvm_op', () => {
  const param = (operation: number, index: number, value: bigint | number = 0, id = SELF): number =>
    call(34, operation, words(id | (BigInt(index) << 32n), value));

  test('get_param: where console and store are; numbers that are none', () => {
    expect(param(1, 17)).toBe(0);
    expect(machine.memory.guestView.getBigUint64(AT + 8, true)).toBe(BigInt(domain.pages + 1));
    expect(param(1, 18)).toBe(0);
    expect(machine.memory.guestView.getBigUint64(AT + 8, true)).toBe(2n);
    expect([param(1, 40), param(1, 0xffffffff), param(1, 1, 0, 7n)]).toEqual([-EINVAL, -EINVAL, -ESRCH]);
    expect(call(34, 1, NOWHERE)).toBe(-EFAULT);
  });

  test('set_param: the callback is the guest’s, the rest the toolstack’s', () => {
    expect(param(0, 17, 5)).toBe(-EPERM);
    expect(param(0, 0, (2n << 56n) | 0xf3n)).toBe(0);
    const { interrupts } = machine.chipset;
    expect(interrupts.pending()).toBe(false);
    domain.events.raise(1);
    expect(interrupts.pending()).toBe(true);
    expect(interrupts.acknowledge()).toBe(0xf3);
    expect(interrupts.pending()).toBe(false);
  });
});

describe('memory_op add_to_physmap', () => {
  const add = (space: number, index: bigint | number, frame: bigint | number, id = SELF): number =>
    call(12, 7, words(id | (BigInt(space) << 32n), index, frame));

  test('shared_info goes where the guest wants it, with all it says', () => {
    const wallClock = machine.memory.guestView.getUint32(domain.sharedInfo + 3076, true);
    expect(add(0, 0, 0x900)).toBe(0);
    expect(domain.sharedInfo).toBe(0x900000);
    expect(machine.memory.guestView.getUint32(0x900000 + 3076, true)).toBe(wallClock);
    domain.events.raise(2);
    expect(machine.memory.guestView.getUint8(0x900000 + 2048) & 4).toBe(4);
  });

  test('what cannot be', () => {
    expect(add(0, 1, 0x900)).toBe(-EINVAL);
    expect(add(0, 0, 1n << 27n)).toBe(-EINVAL);
    expect(add(0, 0, 1n << 60n)).toBe(-EINVAL);
    expect(add(1, 32, 0x900)).toBe(-EINVAL);
    expect(add(4, 0, 0x900)).toBe(-EINVAL);
    expect(add(0, 0, 0x900, 3n)).toBe(-ESRCH);
    // The local APIC is there.
    expect(add(1, 0, 0xfee00)).toBe(-EINVAL);
  });

  test('a page of the grant table beyond memory keeps what is written', () => {
    expect(add(1, 0, 0x4000)).toBe(0);
    const { bus } = machine.chipset;
    bus.write(0x4000010, 4, 0xdeadbeef);
    expect(bus.read(0x4000010, 4)).toBe(0xdeadbeef);
  });
});

describe('memory_op: frames come and go', () => {
  const LIST = AT + 0x100;
  const FRAME = 0x400;
  /** 0 increase, 1 decrease, 6 populate: a list of frames. */
  const extents = (operation: number, frames: number[], order = 0): number => {
    for (const [i, frame] of frames.entries())
      machine.memory.guestView.setBigUint64(LIST + i * 8, BigInt(frame), true);
    return call(12, operation, words(LIST, frames.length, order, SELF));
  };
  const reserved = (): number => call(12, 3, words(SELF));
  const read = (): number => machine.memory.read32(FRAME * 4096 + 8);

  test('given back it is a hole, and cannot be given back again', () => {
    machine.memory.write32(FRAME * 4096 + 8, 0x1234);
    expect([extents(1, [FRAME]), extents(1, [FRAME])]).toEqual([1, 0]);
    expect(reserved()).toBe(domain.pages - 1);
    expect(read()).toBe(0xffffffff);
    machine.memory.write32(FRAME * 4096 + 8, 0x1234);
    expect(read()).toBe(0xffffffff);
    expect(call(17, 6, FRAME * 4096)).toBe(-EFAULT);
    expect(writeMsr(machine.cpu, 0x40000000, BigInt(FRAME * 4096))).toBe(false);
  });

  test('populate puts memory there again, zeroed, as much as was given back', () => {
    machine.memory.write32(FRAME * 4096 + 8, 0x1234);
    expect(extents(6, [FRAME])).toBe(0);
    expect(extents(1, [FRAME, FRAME + 1, FRAME, FRAME + 2])).toBe(2);
    expect(extents(6, [FRAME, domain.pages])).toBe(1);
    expect(read()).toBe(0);
    machine.memory.write32(FRAME * 4096 + 8, 0x55);
    expect(read()).toBe(0x55);
    expect(extents(6, [FRAME + 1, FRAME + 2])).toBe(1);
    expect(reserved()).toBe(domain.pages);
  });

  test('extents of several frames; too large ones', () => {
    expect(extents(1, [FRAME], 4)).toBe(1);
    expect(reserved()).toBe(domain.pages - 16);
    expect(extents(6, [FRAME], 5)).toBe(0);
    expect(extents(6, [FRAME], 4)).toBe(1);
    expect(extents(1, [FRAME], 10)).toBe(0);
  });

  test('increase_reservation takes of what there is', () => {
    expect(extents(0, [0])).toBe(0);
    extents(1, [FRAME, FRAME + 1]);
    expect(extents(0, [0, 0, 0])).toBe(2);
    expect(read()).toBe(0xffffffff);
  });

  test('remove_from_physmap: a hole too, but the page stays the domain’s', () => {
    const remove = (frame: number, id = SELF): number => call(12, 15, words(id, frame));
    expect([remove(FRAME, 5n), remove(FRAME), remove(FRAME), remove(1 << 30)]).toEqual([
      -ESRCH,
      0,
      -ENOENT,
      -ENOENT,
    ]);
    expect(call(12, 15, NOWHERE)).toBe(-EFAULT);
    expect([read(), reserved(), extents(6, [FRAME])]).toEqual([0xffffffff, domain.pages, 0]);
  });

  test('shared_info fills a hole; what it leaves becomes one', () => {
    const share = (frame: number): number => call(12, 7, words(SELF, 0, frame));
    extents(1, [FRAME]);
    expect(share(FRAME)).toBe(0);
    expect(reserved()).toBe(domain.pages - 1);
    expect(machine.memory.isRam(FRAME * 4096)).toBe(true);
    expect(share(FRAME + 1)).toBe(0);
    expect(reserved()).toBe(domain.pages - 2);
    expect(machine.memory.isRam(FRAME * 4096)).toBe(false);
  });

  test('the state hash tells', () => {
    const before = stateHash(machine);
    extents(1, [FRAME]);
    const after = stateHash(machine);
    expect(after).not.toBe(before);
    extents(6, [FRAME]);
    expect(stateHash(machine)).not.toBe(after);
  });
});

test('the hypercall page is written where the MSR says; a bad place is refused', () => {
  expect(writeMsr(machine.cpu, 0x40000000, 0x900000n)).toBe(true);
  // MOV EAX, 17; VMMCALL; RET.
  expect([...machine.memory.ram(0x900000 + 17 * 32, 9)]).toEqual([0xb8, 17, 0, 0, 0, 0x0f, 0x01, 0xd9, 0xc3]);
  expect(writeMsr(machine.cpu, 0x40000000, 1n << 40n)).toBe(false);
  expect(writeMsr(machine.cpu, 0x40000000, 0x900800n)).toBe(false);
});

test('the memory map says that Xen’s pages are not the guest’s', () => {
  expect(machine.memoryMap()).toContainEqual({ start: 16 << 20, size: 0x10000, type: 2 });
});
