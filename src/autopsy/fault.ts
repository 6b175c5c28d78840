import { EFER } from '../abi/x86/control-registers.js';
import { MSR } from '../abi/x86/msr.js';
import { VECTOR } from '../abi/x86/vectors.js';
import { hexBytes } from '../core/bytes.js';
import { hex } from '../core/errors.js';
import type { Machine } from '../machine/machine.js';
import type { Cpu } from '../machine/x86/cpu.js';
import { advertises, type CpuidFeature } from '../machine/x86/cpuid.js';
import type { DecodedWithEncoding } from '../machine/x86/decoder/decoder.js';
import { isKnownMsr } from '../machine/x86/msr.js';
import { attSyntax } from './att-syntax.js';
import { decodeAt, longestInstruction } from './decode.js';
import { exceptionName } from './exception-names.js';
import { type Delivery, type FlightRecorder, peekUpTo } from './flight-recorder.js';
import type { KernelMap } from './kernel-map.js';
import { missingInstruction } from './missing-instruction.js';
import { msrName } from './msr-names.js';
import { pageFaultReason, type WalkStep, walkEntries, walkSteps } from './page-walk.js';
import { refusedControl } from './refused-control.js';
import { type StackFrame, scanStackOf } from './stack.js';

/** An instruction as it is shown. */
export interface CodeLine {
  /** AT&T syntax; "(bad)" where the bytes are no instruction of this machine. */
  readonly text: string;
  readonly bytes: string;
}

/** An exception, explained. Addresses are 0x-hex strings. */
export interface Fault {
  /** Instructions retired before it. */
  readonly instruction: number;
  /** "#PF". */
  readonly name: string;
  readonly errorCode: string | null;
  readonly rip: string;
  readonly function: string | null;
  /** A program raised it, not the kernel. */
  readonly user: boolean;
  readonly code: CodeLine | null;
  /** The address that could not be accessed. */
  readonly address: string | null;
  /** What that address is in the kernel: a symbol. */
  readonly addressName: string | null;
  /** Why the processor raised it, in a clause. */
  readonly reason: string | null;
  /** Page-table walk of the address. */
  readonly walk: readonly WalkStep[];
  /** The kernel's stack as it was then, innermost first. */
  readonly stack: readonly StackEntry[];
}

/** A return address on the stack, or the place where an exception struck. */
export interface StackEntry {
  readonly address: string;
  readonly function: string;
  readonly exception: string | null;
}

/** The same for people and programs. */
export function stackEntries(frames: readonly StackFrame[]): StackEntry[] {
  return frames.map(({ address, name, exception }) => ({
    address: hex(address),
    function: name,
    exception: exception ?? null,
  }));
}

/** An instruction in text; null where nothing can be read. */
export function codeLine(
  bytes: Uint8Array,
  instruction: DecodedWithEncoding | undefined,
  map: KernelMap,
): CodeLine | null {
  if (bytes.length === 0) return null;
  if (!instruction) return { text: '(bad)', bytes: hexBytes(bytes, 8) };
  return {
    text: attSyntax(instruction, (address) => map.name(address)),
    bytes: hexBytes(bytes.subarray(0, instruction.length)),
  };
}

/** Explains an exception from what was recorded, the machine's memory and its tables. Changes nothing. */
export function explainFault(
  machine: Machine,
  delivery: Delivery,
  map: KernelMap,
  recorder: FlightRecorder,
): Fault {
  const { vector, errorCode, rip, cr2, cr3, codeBits, user } = delivery;
  const { cpu } = machine;
  const bytes = delivery.bytes.length ? delivery.bytes : peekUpTo(cpu, rip, longestInstruction);
  const instruction = decodeAt(machine, bytes, rip, codeBits);
  const base = {
    instruction: delivery.instruction,
    name: exceptionName(vector),
    errorCode: errorCode === undefined ? null : hex(errorCode),
    rip: hex(rip),
    function: map.name(rip) ?? null,
    user,
    code: codeLine(bytes, instruction, map),
    address: null,
    addressName: null,
    walk: [],
    stack: stackEntries(scanStackOf(delivery, machine, map, recorder)),
  };
  if (vector === VECTOR.PF) {
    const address = cpu.longMode ? cr2 : BigInt.asUintN(32, cr2);
    const entries = walkEntries(machine, address, cr3);
    // Without NX and SMEP the error code does not tell fetches from reads.
    const inside = address >= rip && address < rip + BigInt(longestInstruction);
    const { access, text, at } = pageFaultReason(machine, entries, errorCode ?? 0, inside);
    const name = address < 4096n ? 'near NULL' : map.name(address);
    return {
      ...base,
      address: hex(address),
      addressName: name ?? null,
      reason: `${access} ${hex(address)}${name ? ` <${name}>` : ''}: ${text}`,
      walk: walkSteps(entries, at === undefined ? undefined : { at, text }),
    };
  }
  return { ...base, reason: otherReason(machine, delivery, bytes, instruction) ?? null };
}

function otherReason(
  machine: Machine,
  delivery: Delivery,
  bytes: Uint8Array,
  instruction: DecodedWithEncoding | undefined,
): string | undefined {
  const { cpu } = machine;
  const { vector, rip, errorCode = 0 } = delivery;
  const name = instruction?.description.name;
  switch (vector) {
    case VECTOR.UD: {
      if (name === 'ud2') return 'which stands for a BUG or WARN of the code itself';
      if (name === 'ud1') return 'which stands for a check that the compiler put in';
      const why = missingInstruction(cpu, bytes, instruction, delivery.codeBits);
      return why && `the instruction ${why}`;
    }
    case VECTOR.GP:
    case VECTOR.SS: {
      if (name === 'rdmsr' || name === 'wrmsr') {
        // The record of the access has the address of its block.
        const access = cpu.lastMsrs.findLast(
          (msr) =>
            msr.refused &&
            msr.write === (name === 'wrmsr') &&
            rip - BigInt.asUintN(64, msr.rip) >= 0n &&
            rip - BigInt.asUintN(64, msr.rip) < mostBlock,
        );
        if (access) return refusedMsr(cpu, access.index, access.write, access.value);
      }
      if (errorCode) return `selector ${hex(errorCode & 0xfff8)}${tableOf(errorCode)} is to blame`;
      if (name === 'movtc' && rip === BigInt.asUintN(64, cpu.rip))
        return refusedControl(machine, instruction);
      return notCanonical(machine, delivery, instruction);
    }
    case VECTOR.NP:
    case VECTOR.TS:
      return `selector ${hex(errorCode & 0xfff8)}${tableOf(errorCode)} is to blame`;
    default:
      return undefined;
  }
}

/** Bytes of code that are decoded in one piece at most. */
const mostBlock = 4096n;

/** Bits of EFER that need a feature of the processor. */
const eferBits: readonly (readonly [bit: number, name: string, feature: CpuidFeature])[] = [
  [EFER.LME, 'LME', 'lm'],
  [EFER.NXE, 'NXE', 'nx'],
  [EFER.SCE, 'SCE', 'syscall'],
];

function refusedMsr(cpu: Cpu, index: number, write: boolean, value: bigint): string {
  const name = msrName(index);
  const register = `MSR ${hex(index)}${name ? ` (${name})` : ''}`;
  if (!isKnownMsr(index, cpu.vendor) && cpu.outside.readMsr(index) === undefined)
    return `this processor has no ${register}`;
  if (!write) return `${register} cannot be read`;
  const lacking = eferBits.find(
    ([bit, , feature]) =>
      index === MSR.EFER && value & BigInt(bit) && !advertises(cpu.outside.cpuid, feature),
  );
  const why = lacking
    ? `: ${lacking[1]} needs the CPU feature ${lacking[2]}, which this processor profile does not have`
    : '';
  return `${register} does not take ${hex(value)}${why}`;
}

const tableOf = (errorCode: number): string =>
  errorCode & 2 ? ' (an IDT entry)' : errorCode & 4 ? ' of the LDT' : ' of the GDT';

/** Only while the registers are still those of the fault. */
function notCanonical(
  { cpu }: Machine,
  { rip, codeBits }: Delivery,
  instruction: DecodedWithEncoding | undefined,
): string | undefined {
  if (codeBits !== 64 || rip !== BigInt.asUintN(64, cpu.rip)) return undefined;
  const operand = instruction?.operands.find(({ kind }) => kind === 'memory');
  if (operand?.kind !== 'memory') return undefined;
  const { base, index, scale, displacement } = operand;
  const sum =
    (base === undefined ? 0n : cpu.gpr[base]!) +
    (index === undefined ? 0n : cpu.gpr[index]! << BigInt(scale)) +
    displacement;
  const address = BigInt.asUintN(64, sum);
  const bits = cpu.cr4 & (1 << 12) ? 57 : 48;
  if (BigInt.asUintN(64, BigInt.asIntN(bits, address)) === address) return undefined;
  return `the address ${hex(address)} is not canonical`;
}
