import { GPR } from '../abi/x86/registers.js';
import { hex } from '../core/errors.js';
import type { Machine } from '../machine/machine.js';
import { exceptionName } from './exception-names.js';
import type { Delivery, FlightRecorder } from './flight-recorder.js';
import type { KernelMap } from './kernel-map.js';

/** A word on the stack that looks like a return address, or the place where an exception struck. */
export interface StackFrame {
  readonly address: bigint;
  readonly name: string;
  /** "#PF": what interrupted the code here, by the frame that the processor pushed. */
  readonly exception?: string;
}

const scannedWords = 1024;
const mostFrames = 24;

/**
 * Return addresses on the stack as it is now, innermost first; none when it is a program's, for which there are no
 * symbols.
 */
export function scanStack(machine: Machine, map: KernelMap, recorder: FlightRecorder): StackFrame[] {
  const { cpu } = machine;
  if (cpu.userMode) return [];
  const word = wordOf(cpu.codeBits);
  const pointer = cpu.readGpr(GPR.RSP, word * 8);
  const read = (index: number): bigint | undefined => {
    const bytes = cpu.linear.peek(pointer + BigInt(index * word), word);
    return bytes && numberOf(bytes);
  };
  return scan(machine, map, recorder.deliveries, read);
}

/** The same for the stack as it was when an exception struck. */
export function scanStackOf(
  delivery: Delivery,
  machine: Machine,
  map: KernelMap,
  recorder: FlightRecorder,
): StackFrame[] {
  const word = wordOf(delivery.codeBits);
  const { bytes } = delivery.stack;
  const read = (index: number): bigint | undefined =>
    (index + 1) * word <= bytes.length
      ? numberOf(bytes.subarray(index * word, (index + 1) * word))
      : undefined;
  const before = recorder.deliveries.slice(0, recorder.deliveries.indexOf(delivery));
  return scan(machine, map, before, read);
}

/**
 * Without frame pointers this is a scan, as for the lines with "?" in the kernel's own traces: every word counts that
 * points into kernel code right behind a call, so a stale one can be among them.
 */
function scan(
  machine: Machine,
  map: KernelMap,
  deliveries: readonly Delivery[],
  read: (index: number) => bigint | undefined,
): StackFrame[] {
  const interrupted = new Map(deliveries.map(({ rip, vector }) => [rip, vector]));
  const kernelCode = BigInt(machine.cpu.segment.cs.selector) & SELECTOR;
  const frames: StackFrame[] = [];
  for (let i = 0; i < scannedWords && frames.length < mostFrames; i++) {
    const value = read(i);
    if (value === undefined) break;
    // An exception's frame has CS behind RIP, and RIP may be anywhere.
    const vector = interrupted.get(value);
    const selector = vector === undefined ? undefined : read(i + 1);
    if (vector !== undefined && selector !== undefined && (selector & SELECTOR) === kernelCode) {
      frames.push({ address: value, name: map.name(value) ?? hex(value), exception: exceptionName(vector) });
    } else if (map.isText(value) && followsCall(machine, map, value)) {
      const name = map.caller(value);
      if (name) frames.push({ address: value, name });
    }
  }
  return frames;
}

/** A selector without its level, which Xen's frames have without its two bits and with something else above. */
const SELECTOR = 0xfffcn;

const wordOf = (codeBits: number): 4 | 8 => (codeBits === 64 ? 8 : 4);

const numberOf = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** CALL rel32 into kernel code five bytes before, or an indirect CALL two to seven before. */
function followsCall(machine: Machine, map: KernelMap, address: bigint): boolean {
  const before = machine.cpu.linear.peek(address - 7n, 7);
  if (!before) return false;
  if (before[2] === 0xe8) {
    const distance = new DataView(before.buffer, before.byteOffset).getInt32(3, true);
    if (map.isText(BigInt.asUintN(machine.cpu.codeBits === 64 ? 64 : 32, address + BigInt(distance))))
      return true;
  }
  return [2, 3, 4, 6, 7].some((length) => {
    const at = 7 - length;
    return before[at] === 0xff && ((before[at + 1]! >> 3) & 7) === 2;
  });
}
