import { CR4 } from '../../../abi/x86/control-registers.js';
import type { XenErrno } from '../../../abi/xen.js';
import { DR6_ONES, DR6_WRITABLE, DR7_GD, DR7_ONES } from '../../../machine/x86/debug.js';
import type { RegisterOperand } from '../../../machine/x86/operands.js';
import { fail, type Result } from '../../xen/hypercall.js';
import { isCanonical, isXens } from '../address.js';
import type { PvDomain } from '../domain.js';
import { type Emulation, kernelOnly } from './emulation.js';

/** DR7 bits that can be 1 (Xen arch/x86/include/asm/debugreg.h, DR_CONTROL_RESERVED_ZERO). */
const DR7_KNOWN = 0xffff27ffn;
/** L0–L3 and G0–G3. */
const DR7_ACTIVE = 0xffn;
/** R/W of a breakpoint on a port. */
const ON_PORT = 2n;

/** DR4 and DR5 are names of DR6 and DR7 unless the guest has set DE; undefined: there is none of that number. */
function debugNumber({ cr4 }: PvDomain, number: number): number | undefined {
  if (number > 7) return undefined;
  if (number !== 4 && number !== 5) return number;
  return cr4 & CR4.DE ? undefined : number + 2;
}

/** get_debugreg and MOV from DR, fixed bits included (Xen arch/x86/pv/misc-hypercalls.c). */
export function debugRegister(domain: PvDomain, number: number): bigint | undefined {
  const index = debugNumber(domain, number);
  if (index === undefined) return undefined;
  const stored = domain.machine.cpu.debug[index]!;
  if (index === 6) return stored | DR6_ONES;
  return index === 7 ? stored | DR7_ONES : stored;
}

/** set_debugreg and MOV to DR: breakpoints at the guest's own addresses, on ports where it has set DE (the same file). */
export function setDebugRegister(domain: PvDomain, number: number, value: bigint): Result {
  const { cpu } = domain.machine;
  const index = debugNumber(domain, number);
  const error = index === undefined ? 'ENODEV' : refusal(domain, index, value);
  if (error) return fail(error);
  if (index === 6) cpu.debug[6] = value & DR6_WRITABLE;
  else cpu.debug[index!] = index === 7 ? value & DR7_KNOWN & ~DR7_ONES : value;
  cpu.breakpoints.update();
  return 0;
}

function refusal({ cr4 }: PvDomain, index: number, value: bigint): XenErrno | undefined {
  if (index < 4) return isCanonical(value) && !isXens(value) ? undefined : 'EPERM';
  if (value >> 32n) return 'EINVAL';
  if (index === 6) return undefined;
  if (value & DR7_GD) return 'EPERM';
  const onPorts = [16n, 20n, 24n, 28n].some((at) => ((value >> at) & 3n) === ON_PORT);
  return value & DR7_ACTIVE && onPorts && !(cr4 & CR4.DE) ? 'EPERM' : undefined;
}

export const debugRegisterEmulations: Readonly<Record<string, Emulation>> = {
  movfd: kernelOnly((domain, { operands }) => {
    const [to, from] = operands as [RegisterOperand, RegisterOperand];
    const value = debugRegister(domain, from.number);
    if (value !== undefined) domain.machine.cpu.writeGpr(to.number, value, 64);
    return value !== undefined;
  }),
  movtd: kernelOnly((domain, { operands }) => {
    const [to, from] = operands as [RegisterOperand, RegisterOperand];
    return setDebugRegister(domain, to.number, domain.machine.cpu.readGpr(from.number, 64)) === 0;
  }),
};
