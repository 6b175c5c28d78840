import { SEGMENT_ACCESS } from '../../../abi/x86/descriptors.js';
import { VECTOR } from '../../../abi/x86/vectors.js';
import { ACCESS } from '../../engine/architecture.js';
import { raise } from '../exceptions/fault.js';
import type { Processor } from '../processor.js';
import { segment, segmentIndex, segmentOffset } from '../state.js';
import { selectorError } from './descriptor.js';

/** Fields of the current TSS (Intel SDM vol. 3, §9.2.1, §9.6, §9.7). */

const tr = segmentOffset(segmentIndex.tr);

/** Place in linear memory of `bytes` at `distance` in the current TSS; raises #TS with TR's selector beyond the limit. */
function place(cpu: Processor, distance: number, bytes: number, ext: number): number {
  const { i32, u32 } = cpu.memory;
  if (distance + bytes - 1 > u32[(tr + segment.limit) >> 2]!)
    raise(VECTOR.TS, selectorError(i32[(tr + segment.selector) >> 2]!, ext));
  const low = u32[(tr + segment.base) >> 2]!;
  const at = (low & 4095) + distance;
  const page = i32[(tr + segment.base + 4) >> 2]! * 0x100000 + (low >>> 12);
  return cpu.linear.placeAt(page + (at >>> 12), at & 4095, bytes, ACCESS.READ, true);
}

/** Is the current TSS a 16-bit one? */
export function isTss16(cpu: Processor): boolean {
  return (cpu.memory.i32[(tr + segment.access) >> 2]! & 8) === 0;
}

/** SS and ESP of an inner privilege level, outside long mode. */
export function innerStack(
  cpu: Processor,
  level: number,
  ext: number,
): { selector: number; pointer: number } {
  const { view } = cpu.memory;
  if (isTss16(cpu)) {
    const at = place(cpu, 2 + level * 4, 4, ext);
    return { pointer: view.getUint16(at, true), selector: view.getUint16(at + 2, true) };
  }
  const at = place(cpu, 4 + level * 8, 6, ext);
  return { pointer: view.getUint32(at, true), selector: view.getUint16(at + 4, true) };
}

/** Place in linear memory of RSP0–2 (`index` 0–2) or IST1–7 (`index` 4–10) of a 64-bit TSS. */
export function stackPointer64(cpu: Processor, index: number, ext: number): number {
  return place(cpu, 4 + index * 8, 8, ext);
}

/** Does the I/O permission bitmap allow an access of `bytes` at `port`? */
export function portAllowed(cpu: Processor, port: number, bytes: number): boolean {
  const { i32, u32, view } = cpu.memory;
  const access = i32[(tr + segment.access) >> 2]!;
  const limit = u32[(tr + segment.limit) >> 2]!;
  if (!(access & SEGMENT_ACCESS.PRESENT) || !(access & 8) || limit < 103) return false;
  const map = view.getUint16(place(cpu, 102, 2, 0), true) + (port >> 3);
  // Two bytes are read, always: the map ends with a byte of ones (Intel SDM vol. 1, §19.5.2).
  if (map + 1 > limit) return false;
  const bits = view.getUint16(place(cpu, map, 2, 0), true) >> (port & 7);
  return (bits & ((1 << bytes) - 1)) === 0;
}

/** Selector of the task that the current one is nested in. */
export function backLink(cpu: Processor): number {
  return cpu.memory.view.getUint16(place(cpu, 0, 2, 0), true);
}
