import { GPR } from '../../../abi/x86/registers.js';
import type { Cpu } from '../../../machine/x86/cpu.js';
import type { Decoded } from '../../../machine/x86/instruction.js';
import type { PvDomain } from '../domain.js';
import { privilegeLevel } from '../level.js';
import type { Emulation } from './emulation.js';

const { RAX, RDX } = GPR;

/** Ports of the timer and the speaker, which Xen emulates for every guest; all others are nobody's for a domU. */
const TIMER_PORTS: readonly number[] = [0x42, 0x43, 0x61];

/** Whether the virtual IOPL is enough for the guest's kernel or program, whichever runs (iopl_ok). */
const isIoPrivileged = (domain: PvDomain): boolean => domain.iopl >= privilegeLevel(domain);

/** That, or every port's bit is clear in the bitmap of PHYSDEVOP_set_iobitmap; bytes that cannot be read are ones (guest_io_okay). */
function mayUse(domain: PvDomain, port: number, bytes: number): boolean {
  if (isIoPrivileged(domain)) return true;
  const { address, ports } = domain.ioBitmap;
  if (port + bytes > ports) return false;
  const at = address + BigInt(port >> 3);
  const [low = 0xff, high = 0xff] = [0n, 1n].map((i) => domain.readKernelByte(at + i));
  return (((high << 8) | low) & (((1 << bytes) - 1) << (port & 7))) === 0;
}

function portOf(cpu: Cpu, instruction: Decoded, n: number): number {
  const operand = instruction.operands[n]!;
  return operand.kind === 'immediate' ? Number(operand.value & 0xffn) : Number(cpu.gpr[RDX]! & 0xffffn);
}

/** Byte by byte, since each may be another device's (guest_io_read, guest_io_write). */
function input(domain: PvDomain, instruction: Decoded): boolean {
  const { cpu, chipset } = domain.machine;
  const { size } = instruction.operands[0]!;
  const bytes = size / 8;
  const port = portOf(cpu, instruction, 1);
  if (!mayUse(domain, port, bytes)) return false;
  cpu.observer?.port(port, bytes, false);
  let value = 0n;
  for (let i = 0; i < bytes; i++) {
    const byte = TIMER_PORTS.includes(port + i) ? chipset.bus.in(port + i, 1) : 0xff;
    value |= BigInt(byte) << BigInt(i * 8);
  }
  cpu.writeGpr(RAX, value, size);
  return true;
}

function output(domain: PvDomain, instruction: Decoded): boolean {
  const { cpu, chipset } = domain.machine;
  const bytes = instruction.operands[1]!.size / 8;
  const port = portOf(cpu, instruction, 0);
  if (!mayUse(domain, port, bytes)) return false;
  cpu.observer?.port(port, bytes, true);
  for (let i = 0; i < bytes; i++) {
    const byte = Number((cpu.gpr[RAX]! >> BigInt(i * 8)) & 0xffn);
    if (TIMER_PORTS.includes(port + i)) chipset.bus.out(port + i, 1, byte);
  }
  return true;
}

export const portEmulations: Readonly<Record<string, Emulation>> = {
  // With I/O privilege they do nothing: events are masked in vcpu_info.
  cli: isIoPrivileged,
  sti: isIoPrivileged,
  in: input,
  out: output,
};
