import { PAGE_SIZE } from '../../../abi/x86/paging.js';
import { DOMID } from '../../../abi/xen.js';
import { mmuextOp, mmuUpdate as mmuUpdateLayout } from '../../../abi/xen-structures.js';
import {
  type Arguments,
  fail,
  type Hypercall,
  implemented,
  type Operation,
  type Result,
  refused,
} from '../../xen/hypercall.js';
import type { PvDomain } from '../domain.js';
import { FRAME, type FrameType } from '../frames.js';
import { kernelRoot, userRoot } from '../root.js';

const PAGE_N = 4096n;

/** MMU_UPDATE_PREEMPTED: Xen's own mark of a call that it went on with. */
const PREEMPTED = 0x80000000;

/** The frame a u64 names; -1 when no frame has such a number. */
function frameNumber(domain: PvDomain, frame: bigint): number {
  return frame < BigInt(domain.frames.count) ? Number(frame) : -1;
}

const isSelf = (domain: bigint): boolean => {
  const id = Number(BigInt.asUintN(16, domain));
  return id === DOMID.self || id === 1;
};

/** MMU_NORMAL_PT_UPDATE and its likes: one checked write to a page table, or to memory that is none. */
function updateEntry(domain: PvDomain, address: bigint, value: bigint, keep: boolean): number {
  const { frames, tables, machine } = domain;
  const frame = frameNumber(domain, address / PAGE_N);
  if (frame < 0 || !frames.isGuests(frame) || address & 7n) return fail('EINVAL');
  const at = Number(address);
  const low = Number(value & 0xffffffffn) | 0;
  const high = Number(value >> 32n) | 0;
  if (frames.uses[frame]! > 0 && frames.validated[frame] && isTable(frames.type[frame]!)) {
    return tables.update(at, low, high, keep);
  }
  if (!frames.getWritable(frame)) return fail('EINVAL');
  machine.cpu.blocks.invalidate(frame, at & 4095, (at & 4095) + 8);
  machine.memory.guestView.setBigUint64(at, value, true);
  frames.putWritable(frame);
  return 0;
}

const isTable = (type: number): boolean => type >= FRAME.l1 && type <= FRAME.l4;

/** mmu_update: array of {pointer | command, value}, count, where to say how many were done, domain. */
function mmuUpdate(domain: PvDomain, [array, count, done, owner]: Arguments): Result {
  const length = Number(BigInt.asUintN(32, count));
  // Xen's own continuation without requests: nothing is left to do.
  if (length === PREEMPTED && array === 0n) return 0;
  const total = length & ~PREEMPTED;
  if (!isSelf(owner)) return fail('ESRCH');
  let result = 0;
  let i = 0;
  for (; i < total >>> 0; i++) {
    const request = domain.guest.readStruct(mmuUpdateLayout, array + BigInt(i * mmuUpdateLayout.size));
    if (!request) {
      result = fail('EFAULT');
      break;
    }
    const { ptr: pointer, val: value } = request;
    const command = Number(pointer & 3n);
    if (command === 1) result = setPfn(domain, pointer, value);
    else result = updateEntry(domain, pointer & ~3n, value, command === 2);
    if (result) break;
  }
  if (done !== 0n && !domain.guest.writeU32(done, i)) return fail('EFAULT');
  return result;
}

/** MMU_MACHPHYS_UPDATE: which pseudo-physical frame a machine frame is, as far as that is written down. */
function setPfn(domain: PvDomain, pointer: bigint, pfn: bigint): number {
  const frame = frameNumber(domain, pointer / PAGE_N);
  if (frame < 0 || !domain.frames.isGuests(frame)) return fail('EINVAL');
  domain.heap.setM2p(frame, pfn);
  return 0;
}

const FLUSH = { none: 0n, all: 1n, page: 2n } as const;

/** update_va_mapping: address, entry, what to flush. */
function updateVaMapping(domain: PvDomain, [address, value, flags]: Arguments): Result {
  const { cpu } = domain.machine;
  const { frames, tables } = domain;
  const at = tables.entryOf(domain.kernelRoot, Number(BigInt.asIntN(64, address) >> 12n));
  if (at < 0) return fail('EINVAL');
  const frame = Math.floor(at / PAGE_SIZE);
  if (frames.type[frame] !== FRAME.l1 || !frames.validated[frame] || !frames.isGuests(frame))
    return fail('EINVAL');
  const result = tables.update(
    at,
    Number(value & 0xffffffffn) | 0,
    Number(BigInt.asUintN(64, value) >> 32n) | 0,
  );
  const kind = flags & 3n;
  if (kind === FLUSH.all) frames.flush();
  else if (kind === FLUSH.page) cpu.invalidatePage(address);
  else if (kind !== FLUSH.none) return fail('EINVAL');
  return result;
}

/** An operation of mmuext_op: its frame, its address or number. */
type Extended = (domain: PvDomain, arg1: bigint, arg2: bigint) => number;

const pin =
  (type: FrameType): Extended =>
  (domain, mfn) => {
    const { frames, tables } = domain;
    const frame = frameNumber(domain, mfn);
    if (frame < 0) return fail('EINVAL');
    const error = tables.get(frame, type);
    if (error) return error;
    if (frames.pinned[frame]) {
      tables.put(frame);
      return fail('EINVAL');
    }
    frames.pinned[frame] = 1;
    return 0;
  };

const unpin: Extended = (domain, mfn) => {
  const { frames, tables } = domain;
  const frame = frameNumber(domain, mfn);
  if (frame < 0 || !frames.isGuests(frame) || !frames.pinned[frame]) return fail('EINVAL');
  frames.pinned[frame] = 0;
  tables.put(frame);
  return 0;
};

const flushAll: Extended = ({ frames }) => {
  frames.flush();
  return 0;
};

const flushPage: Extended = ({ machine }, address) => {
  machine.cpu.invalidatePage(address);
  return 0;
};

const setLdt: Extended = (domain, base, count) => {
  const entries = Number(BigInt.asUintN(32, count));
  if (base & 4095n || entries > 8192) return fail('EINVAL');
  domain.ldt = { base, entries };
  domain.loadLdt();
  return 0;
};

/** A page of the guest's for writing: its address, or an errno. */
function writablePage(domain: PvDomain, mfn: bigint, run: (at: number) => number): number {
  const { frames, machine } = domain;
  const frame = frameNumber(domain, mfn);
  if (frame < 0 || !frames.isGuests(frame)) return fail('EINVAL');
  if (!frames.getWritable(frame)) return fail('EINVAL');
  machine.cpu.blocks.invalidate(frame, 0, PAGE_SIZE);
  const result = run(frame * PAGE_SIZE);
  frames.putWritable(frame);
  return result;
}

const clearPage: Extended = (domain, mfn) =>
  writablePage(domain, mfn, (at) => {
    domain.machine.memory.ram(at, PAGE_SIZE).fill(0);
    return 0;
  });

const copyPage: Extended = (domain, mfn, from) => {
  const source = frameNumber(domain, from);
  if (source < 0 || !domain.frames.isGuests(source)) return fail('EINVAL');
  return writablePage(domain, mfn, (at) => {
    domain.machine.memory.ram(at, PAGE_SIZE).set(domain.machine.memory.ram(source * PAGE_SIZE, PAGE_SIZE));
    return 0;
  });
};

const extended: readonly (readonly [number, string, Extended | 'EPERM' | 'EOPNOTSUPP' | 'EACCES'])[] = [
  [0, 'pin_l1_table', pin(FRAME.l1)],
  [1, 'pin_l2_table', pin(FRAME.l2)],
  [2, 'pin_l3_table', pin(FRAME.l3)],
  [3, 'pin_l4_table', pin(FRAME.l4)],
  [4, 'unpin_table', unpin],
  [5, 'new_baseptr', kernelRoot],
  [6, 'tlb_flush_local', flushAll],
  [7, 'invlpg_local', flushPage],
  [8, 'tlb_flush_multi', flushAll],
  [9, 'invlpg_multi', flushPage],
  [10, 'tlb_flush_all', flushAll],
  [11, 'invlpg_all', flushPage],
  // Only domains with devices have a reason to.
  [12, 'flush_cache', 'EACCES'],
  [13, 'set_ldt', setLdt],
  [15, 'new_user_baseptr', userRoot],
  [16, 'clear_page', clearPage],
  [17, 'copy_page', copyPage],
  [18, 'flush_cache_global', 'EACCES'],
  [19, 'mark_super', 'EOPNOTSUPP'],
  [20, 'unmark_super', 'EOPNOTSUPP'],
];

const byNumber = new Map(extended.map((entry) => [entry[0], entry]));

/** mmuext_op: array of {command, frame or address, second argument}, count, how many were done, domain. */
function mmuExtended(domain: PvDomain, [array, count, done, owner]: Arguments): Result {
  const length = Number(BigInt.asUintN(32, count));
  if (length === PREEMPTED && array === 0n) return 0;
  const total = (length & ~PREEMPTED) >>> 0;
  if (!isSelf(owner)) return fail('ESRCH');
  let result = 0;
  let i = 0;
  for (; i < total; i++) {
    const op = domain.guest.readStruct(mmuextOp, array + BigInt(i * mmuextOp.size));
    if (!op) {
      result = fail('EFAULT');
      break;
    }
    const entry = byNumber.get(op.cmd);
    domain.monitor.hypercalls.note(entry ? `mmuext_op ${entry[1]}` : `mmuext_op ${op.cmd}`);
    if (!entry) result = fail('ENOSYS');
    else if (typeof entry[2] === 'string') result = fail(entry[2]);
    else result = entry[2](domain, op['arg1.mfn'], op['arg2.vcpumask.p']);
    if (result) break;
  }
  if (done !== 0n && !domain.guest.writeU32(done, i)) return fail('EFAULT');
  return result;
}

export const mmuOperations: readonly Hypercall<PvDomain>[] = [
  { number: 1, name: 'mmu_update', run: mmuUpdate },
  { number: 14, name: 'update_va_mapping', run: updateVaMapping },
  refused(22, 'update_va_mapping_otherdomain', 'ESRCH'),
  {
    number: 26,
    name: 'mmuext_op',
    run: mmuExtended,
    /** Told apart by each element of the array, not by an argument. */
    listed: extended.map(
      ([number, name, run]): Operation<PvDomain> =>
        typeof run === 'string' ? refused(number, name, run) : implemented(number, name, () => 0),
    ),
  },
];
