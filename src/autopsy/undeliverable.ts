import { CR0 } from '../abi/x86/control-registers.js';
import { SEGMENT_ACCESS, SYSTEM_TYPE } from '../abi/x86/descriptors.js';
import { GPR } from '../abi/x86/registers.js';
import { VECTOR } from '../abi/x86/vectors.js';
import { hex } from '../core/errors.js';
import type { Machine } from '../machine/machine.js';
import { exceptionName } from './exception-names.js';

/** Types of IDT entries that lead to a handler; 16-bit ones and task gates are for legacy mode only. */
const longGates: ReadonlySet<number> = new Set([SYSTEM_TYPE.INTERRUPT_GATE, SYSTEM_TYPE.TRAP_GATE]);
const legacyGates: ReadonlySet<number> = new Set([
  ...longGates,
  SYSTEM_TYPE.INTERRUPT_GATE16,
  SYSTEM_TYPE.TRAP_GATE16,
  SYSTEM_TYPE.TASK_GATE,
]);

/**
 * Why an exception cannot reach a handler, in a clause: "there is no IDT yet". Undefined where nothing speaks against
 * it. Follows the processor (Intel SDM vol. 3, §6.12 and §6.14) as far as diagnosis needs, and changes nothing.
 */
export function undeliverable(machine: Machine, vector: number): string | undefined {
  const { cpu } = machine;
  const { base, limit } = cpu.idtr;
  const name = exceptionName(vector);
  if (!(cpu.cr0 & CR0.PE)) {
    return vector * 4 + 3 > limit ? `the real-mode vector table ends before ${name}` : undefined;
  }
  const long = cpu.longMode;
  const width = long ? 16 : 8;
  if (limit < width * VECTOR.PF) return `there is no IDT: its limit is ${hex(limit)}`;
  if (vector * width + width - 1 > limit) return `the IDT ends before ${name}: its limit is ${hex(limit)}`;
  const entry = cpu.linear.peek(base + BigInt(vector * width), width);
  if (!entry) return `the IDT at ${hex(base)} is not mapped`;
  if (entry.every((byte) => byte === 0)) {
    return base === 0n ? 'no IDT was loaded yet' : `the IDT at ${hex(base)} has no entry for ${name}`;
  }
  const gates = long ? longGates : legacyGates;
  if (!gates.has(entry[5]! & 0x1f)) return `the IDT entry of ${name} at ${hex(base)} is no gate`;
  if (!(entry[5]! & 0x80)) return `the IDT entry of ${name} at ${hex(base)} is not present`;
  if ((entry[5]! & 0x1f) === SYSTEM_TYPE.TASK_GATE) return undefined;
  const problem = codeSegment(machine, entry[2]! | (entry[3]! << 8));
  return problem ?? (long ? stack64(machine, entry[4]! & 7) : undefined);
}

function codeSegment({ cpu }: Machine, selector: number): string | undefined {
  const where = `the handler's code segment ${hex(selector)}`;
  if ((selector & ~3) === 0) return `${where} is the null selector`;
  // Nobody keeps handlers in an LDT.
  if (selector & 4) return undefined;
  if ((selector | 7) > cpu.gdtr.limit)
    return `${where} lies outside the GDT, whose limit is ${hex(cpu.gdtr.limit)}`;
  const bytes = cpu.linear.peek(cpu.gdtr.base + BigInt(selector & ~7), 8);
  if (!bytes) return `the GDT at ${hex(cpu.gdtr.base)} is not mapped`;
  const access = bytes[5]!;
  if (!(access & 0x10) || !(access & SEGMENT_ACCESS.CODE)) return `${where} is no code segment in the GDT`;
  return access & 0x80 ? undefined : `${where} is not present`;
}

/** The frame is pushed on the current stack, that of the TSS when the privilege changes, or one of the IST's. */
function stack64(machine: Machine, ist: number): string | undefined {
  const { cpu } = machine;
  let pointer = cpu.readGpr(GPR.RSP, 64);
  let which = 'the stack';
  if (ist || cpu.cpl === 3) {
    const base = cpu.segment.tr.base;
    const at = base + BigInt(4 + (ist ? ist + 3 : 0) * 8);
    const bytes = cpu.linear.peek(at, 8);
    if (!bytes) return `the TSS at ${hex(base)} is not mapped`;
    pointer = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    which = ist ? `the handler's stack (IST ${ist})` : "the kernel's stack (RSP0)";
  }
  const top = (pointer & ~15n) - 1n;
  if (BigInt.asIntN(48, top) !== BigInt.asIntN(64, top))
    return `${which} at ${hex(pointer)} is no canonical address`;
  return cpu.linear.peek(BigInt.asUintN(64, top), 1)
    ? undefined
    : `${which} at ${hex(pointer)} is not mapped`;
}
