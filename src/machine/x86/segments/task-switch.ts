import { CR0 } from '../../../abi/x86/control-registers.js';
import { SYSTEM_TYPE } from '../../../abi/x86/descriptors.js';
import { FLAG } from '../../../abi/x86/flags.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { ACCESS } from '../../engine/architecture.js';
import { scratch } from '../../engine/layout.js';
import { DR6, DR7_LOCAL } from '../debug.js';
import { GuestFault, raise } from '../exceptions/fault.js';
import type { Processor } from '../processor.js';
import { gprOffset, segment, segmentIndex, segmentOffset, state } from '../state.js';
import {
  changeType,
  Descriptor,
  fetchDescriptor,
  markAccessed,
  readDescriptor,
  selectorError,
} from './descriptor.js';
import {
  commitSegment,
  commitSystem,
  loadLdt,
  loadNull,
  loadVirtualSegment,
  readDataSegment,
  readStackSegment,
  selectorOf,
} from './segments.js';

/** How a task is left: JMP leaves nothing behind, CALL and interrupts nest, IRET goes back. */
export type SwitchReason = 'jump' | 'call' | 'interrupt' | 'return';

/** Fields of a TSS (Intel SDM vol. 3, figures 9-2 and 9-8). */
interface Layout {
  readonly bytes: 2 | 4;
  readonly size: number;
  readonly cr3?: number;
  readonly ip: number;
  readonly flags: number;
  /** EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI. */
  readonly gpr: number;
  /** ES, CS, SS, DS (and FS, GS). */
  readonly segments: number;
  readonly segmentCount: 4 | 6;
  readonly ldt: number;
  /** The T flag: #DB after the switch. */
  readonly trap?: number;
}

const tss32: Layout = {
  bytes: 4,
  size: 104,
  cr3: 0x1c,
  ip: 0x20,
  flags: 0x24,
  gpr: 0x28,
  segments: 0x48,
  segmentCount: 6,
  ldt: 0x60,
  trap: 0x64,
};
const tss16: Layout = {
  bytes: 2,
  size: 44,
  ip: 0x0e,
  flags: 0x10,
  gpr: 0x12,
  segments: 0x22,
  segmentCount: 4,
  ldt: 0x2a,
};

const layoutOf = (type: number): Layout => (type & 8 ? tss32 : tss16);

const target = new Descriptor();
const old = new Descriptor();
const part = new Descriptor();

function read(cpu: Processor, linear: number, bytes: 2 | 4): number {
  const at = cpu.linear.placeAt(linear >>> 12, linear & 4095, bytes, ACCESS.READ, true);
  return bytes === 2 ? cpu.memory.view.getUint16(at, true) : cpu.memory.view.getUint32(at, true);
}

function write(cpu: Processor, linear: number, bytes: 2 | 4, value: number): void {
  const at = cpu.linear.placeAt(linear >>> 12, linear & 4095, bytes, ACCESS.WRITE, true);
  if (bytes === 2) cpu.memory.view.setUint16(at, value & 0xffff, true);
  else cpu.memory.view.setInt32(at, value | 0, true);
  if (at < scratch.end) cpu.engine.linear.finishWrite();
}

/** Reads and checks the TSS descriptor of the task to go to, into `target`. */
function readTarget(cpu: Processor, selector: number, reason: SwitchReason, ext: number): void {
  const bad = reason === 'return' ? VECTOR.TS : VECTOR.GP;
  const error = selectorError(selector, ext);
  if ((selector & 0xfffc) === 0 || selector & 4) raise(bad, error);
  readDescriptor(cpu, selector, target, ext, bad);
  const { TSS, TSS_BUSY, TSS16, TSS16_BUSY } = SYSTEM_TYPE;
  const wanted = reason === 'return' ? [TSS_BUSY, TSS16_BUSY] : [TSS, TSS16];
  if (target.isSegment || !(wanted as number[]).includes(target.type)) raise(bad, error);
  if (!target.isPresent) raise(VECTOR.NP, error);
  if (target.limit < layoutOf(target.type).size - 1) raise(VECTOR.TS, error);
}

interface TaskState {
  readonly cr3: number | undefined;
  readonly ip: number;
  readonly flags: number;
  readonly gpr: readonly number[];
  readonly segments: readonly number[];
  readonly ldt: number;
  readonly trap: boolean;
}

function readState(cpu: Processor, base: number, layout: Layout): TaskState {
  const { bytes } = layout;
  const field = (offset: number, width: 2 | 4 = bytes): number => read(cpu, (base + offset) >>> 0, width);
  return {
    cr3: layout.cr3 === undefined ? undefined : field(layout.cr3),
    ip: field(layout.ip),
    flags: field(layout.flags),
    gpr: Array.from({ length: 8 }, (_, n) => field(layout.gpr + n * bytes)),
    segments: Array.from({ length: layout.segmentCount }, (_, n) => field(layout.segments + n * bytes, 2)),
    ldt: field(layout.ldt, 2),
    trap: layout.trap !== undefined && (field(layout.trap, 2) & 1) !== 0,
  };
}

function writeState(cpu: Processor, base: number, layout: Layout, ip: number, flags: number): void {
  const { bytes } = layout;
  const field = (offset: number, value: number, width: 2 | 4 = bytes): void =>
    write(cpu, (base + offset) >>> 0, width, value);
  field(layout.ip, ip);
  field(layout.flags, flags);
  for (let n = 0; n < 8; n++) field(layout.gpr + n * bytes, cpu.memory.u32[gprOffset(n) >> 2]!);
  for (let n = 0; n < layout.segmentCount; n++) field(layout.segments + n * bytes, selectorOf(cpu, n), 2);
}

/**
 * Switches to another task outside long mode (Intel SDM vol. 3, §9.3). `next` is the linear address the current task goes
 * on at. RIP is set when it returns. Faults up to the switch leave the old task untouched; later ones are the new
 * task's.
 */
export function switchTask(
  cpu: Processor,
  selector: number,
  reason: SwitchReason,
  next: bigint,
  ext: number,
): void {
  readTarget(cpu, selector, reason, ext);
  const { i32, u32 } = cpu.memory;
  const tr = segmentOffset(segmentIndex.tr);
  const oldLayout = layoutOf(i32[(tr + segment.access) >> 2]! & 15);
  const oldBase = u32[(tr + segment.base) >> 2]!;
  const oldSelector = selectorOf(cpu, segmentIndex.tr);
  if (u32[(tr + segment.limit) >> 2]! < oldLayout.size - 1) raise(VECTOR.TS, selectorError(oldSelector, ext));
  const layout = layoutOf(target.type);
  const { base } = target;
  const task = readState(cpu, base, layout);
  const nested = reason === 'call' || reason === 'interrupt';

  // Writes to the tables come before any register changes.
  let flags = cpu.flags;
  if (reason === 'return') flags &= ~FLAG.NT;
  writeState(cpu, oldBase, oldLayout, Number(next) - cpu.csBase, flags);
  if (nested) write(cpu, base, 2, oldSelector);
  if (!nested && fetchDescriptor(cpu, oldSelector, old)) changeType(cpu, old, 0, 2);
  if (reason === 'return') target.high |= 0x200;
  else changeType(cpu, target, 2);

  commitSystem(cpu, segmentIndex.tr, selector, target);
  if (cpu.debug[7]! & DR7_LOCAL) {
    cpu.debug[7] = cpu.debug[7]! & ~DR7_LOCAL;
    cpu.breakpoints.update();
  }
  cpu.setCr0(cpu.cr0 | CR0.TS);
  if (task.cr3 !== undefined && cpu.cr0 & CR0.PG) cpu.setCr3(BigInt(task.cr3));
  for (const [n, value] of task.gpr.entries()) {
    if (layout.bytes === 2) cpu.writeGpr(n, BigInt(value), 16);
    else cpu.gpr[n] = BigInt(value);
  }
  const [, code] = task.segments as [number, number];
  const virtual = layout.bytes === 4 && (task.flags & FLAG.VM) !== 0;
  cpu.memory.i32[state.cpl >> 2] = virtual ? 3 : code & 3;
  cpu.flags = (layout.bytes === 2 ? task.flags & 0xffff : task.flags) | (nested ? FLAG.NT : 0);
  for (const [index, value] of task.segments.entries()) loadNull(cpu, index, value);
  for (let index = task.segments.length; index < 6; index++) loadNull(cpu, index, 0);
  loadNull(cpu, segmentIndex.ldtr, task.ldt);
  cpu.modeChanged();
  cpu.rip = BigInt(task.ip);
  try {
    loadTaskSegments(cpu, task, virtual);
  } catch (thrown) {
    if (thrown instanceof GuestFault) thrown.restart = cpu.rip;
    throw thrown;
  }
}

/** The segments of the new task; whatever is wrong with them is its fault. */
function loadTaskSegments(cpu: Processor, task: TaskState, virtual: boolean): void {
  const { cs, ss, es, ds, fs, gs } = segmentIndex;
  loadLdt(cpu, task.ldt, VECTOR.TS);
  if (virtual) {
    for (const [index, value] of task.segments.entries()) loadVirtualSegment(cpu, index, value);
  } else {
    const code = task.segments[cs]!;
    const error = selectorError(code);
    if (error === 0) raise(VECTOR.TS, 0);
    readDescriptor(cpu, code, part, 0, VECTOR.TS);
    if (!part.isCode || (part.isConforming ? part.dpl > (code & 3) : part.dpl !== (code & 3)))
      raise(VECTOR.TS, error);
    if (!part.isPresent) raise(VECTOR.NP, error);
    markAccessed(cpu, part);
    commitSegment(cpu, cs, code, part);
    const { limit } = part;
    cpu.modeChanged();
    cpu.rip = BigInt((cpu.csBase + task.ip) >>> 0);
    readStackSegment(cpu, task.segments[ss]!, cpu.cpl, part, VECTOR.TS);
    markAccessed(cpu, part);
    commitSegment(cpu, ss, task.segments[ss]!, part);
    cpu.modeChanged();
    for (const index of [es, ds, fs, gs]) {
      const selector = task.segments[index] ?? 0;
      if ((selector & 0xfffc) === 0) continue;
      readDataSegment(cpu, selector, cpu.cpl, VECTOR.TS, part);
      markAccessed(cpu, part);
      commitSegment(cpu, index, selector, part);
    }
    if (task.ip > limit) raise(VECTOR.GP, 0);
  }
  cpu.rip = BigInt((cpu.csBase + task.ip) >>> 0);
  if (task.trap) {
    cpu.debug[6] = cpu.debug[6]! | DR6.BT;
    raise(VECTOR.DB);
  }
}
