import { FLAG } from '../../abi/x86/flags.js';
import { GPR } from '../../abi/x86/registers.js';
import { hex } from '../../core/errors.js';
import type { PvDomain } from './domain.js';
import { hasArchitecturalIopl, IOPL_SHIFT } from './level.js';

const { RSP, RCX, R11 } = GPR;

/** How a handler of the guest's kernel is entered. */
export interface Bounce {
  readonly address: bigint;
  /** Events are masked when it begins. */
  readonly masks: boolean;
  readonly errorCode?: number;
  /** The segment registers come on top: the failsafe callback. */
  readonly withSegments?: boolean;
  /** The selectors to return to; default: those of the code that ran. */
  readonly from?: { readonly cs: number; readonly ss: number };
  /** For what, should it fail. */
  readonly what: string;
}

/**
 * Enters the guest's kernel at a handler: RCX, R11, [error code], RIP, CS with the saved event mask in its upper half, RFLAGS,
 * RSP, SS on a 16-byte aligned stack (Xen arch/x86/x86_64/entry.S, create_bounce_frame). RIP is that to return to.
 */
export function bounce(
  domain: PvDomain,
  { address, masks, errorCode, withSegments, from, what }: Bounce,
): void {
  const { cpu } = domain.machine;
  if (address === 0n) {
    domain.kill(`the guest has no handler for ${what}, which came at ${hex(BigInt.asUintN(64, cpu.rip))}`);
    return;
  }
  const { cs, ss, ds, es, fs, gs } = cpu.segment;
  const codeSelector = from?.cs ?? cs.selector;
  const fromKernel = domain.kernelMode;
  const saved: bigint[] = [cpu.gpr[RCX]!, cpu.gpr[R11]!];
  if (withSegments) for (const { selector } of [ds, es, fs, gs]) saved.push(BigInt(selector));
  if (errorCode !== undefined) saved.push(BigInt(errorCode));
  const masked = domain.upcallMasked;
  const visible = fromKernel ? codeSelector & ~3 : codeSelector;
  const iopl = hasArchitecturalIopl(domain) ? domain.iopl << IOPL_SHIFT : 0;
  const flags = (cpu.flags & ~(FLAG.IF | FLAG.IOPL)) | iopl;
  saved.push(
    BigInt.asUintN(64, cpu.rip),
    BigInt(visible) | (masked ? 1n << 32n : 0n),
    BigInt((flags | (masked ? 0 : FLAG.IF)) >>> 0),
    cpu.gpr[RSP]!,
    BigInt(from?.ss ?? ss.selector),
  );
  if (!fromKernel) domain.toggleMode();
  const top = (fromKernel ? cpu.gpr[RSP]! : domain.kernelStack) & ~15n;
  const at = BigInt.asUintN(64, top - BigInt(saved.length * 8));
  if (!domain.guest.write(at, new Uint8Array(BigUint64Array.from(saved).buffer))) {
    domain.kill(
      `the guest's kernel stack at ${hex(at)} cannot take the frame of ${what}, which came at ${hex(BigInt.asUintN(64, cpu.rip))}`,
    );
    return;
  }
  cpu.gpr[RSP] = at;
  cpu.systemFlags = cpu.systemFlags & ~(FLAG.TF | FLAG.NT | FLAG.RF | FLAG.VM | FLAG.AC);
  domain.loadKernelSegments();
  cpu.rip = address;
  if (masks) domain.upcallMasked = true;
}
