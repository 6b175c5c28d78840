import { GPR } from '../../abi/x86/registers.js';
import { hasErrorCode, VECTOR } from '../../abi/x86/vectors.js';
import { XEN_SELECTOR, xenVcpuInfo } from '../../abi/xen.js';
import type { EventKind } from '../../machine/x86/exceptions/event-kind.js';
import type { Monitor } from '../../machine/x86/monitor.js';
import type { Arguments, HypercallTable } from '../xen/hypercall.js';
import { bounce } from './bounce.js';
import type { PvDomain } from './domain.js';
import { emulatePrefixed, emulatePrivileged } from './emulate.js';
import { privilegeLevel } from './level.js';
import { finishTableWrite, writeThroughPageTables } from './page-table-write.js';

const { RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11 } = GPR;

/** Xen as the processor sees it: takes exceptions, events and SYSCALL of a guest that runs at level 3 throughout. */
export class PvMonitor implements Monitor {
  constructor(
    readonly domain: PvDomain,
    readonly hypercalls: HypercallTable<PvDomain>,
  ) {}

  get userMode(): boolean {
    return !this.domain.kernelMode;
  }

  intercept(vector: number, errorCode: number | undefined, kind: EventKind): boolean {
    const { domain } = this;
    const { cpu, clock } = domain.machine;
    // An entry is 8 bytes, aligned: what writes to a table does not fault on another one.
    const isWithin = domain.tableWrite !== undefined;
    finishTableWrite(domain);
    if (kind === 'interrupt') {
      // What was due may have been masked meanwhile.
      if (domain.upcallPending && !domain.upcallMasked) return false;
      domain.upcallChanged();
      return true;
    }
    if (kind === 'software') return false;
    clock.advanceTo(cpu.now);
    let done = false;
    if (vector === VECTOR.PF && !isWithin) done = writeThroughPageTables(domain, errorCode ?? 0);
    else if (vector === VECTOR.GP && errorCode === 0) done = emulatePrivileged(domain);
    else if (vector === VECTOR.UD) done = emulatePrefixed(domain);
    else if (vector === VECTOR.NM && !domain.taskSwitched) done = true;
    if (done) domain.upcallChanged();
    return done;
  }

  deliver(vector: number, errorCode: number | undefined, kind: EventKind, restart: bigint): void {
    const { domain } = this;
    const { cpu } = domain.machine;
    if (kind === 'interrupt') {
      const event = domain.callbacks.get('event');
      // Until it has a handler, the guest is not disturbed.
      if (event) bounce(domain, { address: event.address, masks: true, what: 'an event' });
      else cpu.interruptLine = false;
      if (event) domain.upcallChanged();
      return;
    }
    let trap = domain.traps[vector];
    let code = errorCode;
    let number = vector;
    if (kind === 'software') {
      if (!trap || trap.dpl < privilegeLevel(domain)) {
        cpu.rip = restart;
        number = VECTOR.GP;
        code = vector * 8 + 2;
        trap = domain.traps[number];
      }
    }
    if (number === VECTOR.PF) {
      const { cr2 } = xenVcpuInfo.fields;
      domain.machine.memory.guestView.setBigUint64(domain.vcpuInfo + cr2.offset, cpu.cr2, true);
      code = (code! & ~4) | (domain.kernelMode ? 0 : 4);
    }
    if (number === VECTOR.NM && domain.taskSwitched) this.setTaskSwitched(false);
    bounce(domain, {
      address: trap?.address ?? 0n,
      masks: trap?.masks ?? false,
      errorCode: hasErrorCode(number) ? (code ?? 0) : undefined,
      what: `exception ${number}`,
    });
    domain.upcallChanged();
  }

  setTaskSwitched(on: boolean): void {
    const { cpu } = this.domain.machine;
    this.domain.taskSwitched = on;
    cpu.setCr0(on ? cpu.cr0 | 8 : cpu.cr0 & ~8);
  }

  systemCall(): void {
    const { domain } = this;
    const { cpu } = domain.machine;
    finishTableWrite(domain);
    cpu.outside.synchronize(cpu.now);
    if (domain.kernelMode) {
      cpu.gpr[RCX] = BigInt.asUintN(64, cpu.rip);
      cpu.gpr[R11] = BigInt(cpu.flags);
      // SYSRET comes back to Xen's flat segments, whatever the guest called from.
      domain.enterKernelSegments();
      const { gpr } = cpu;
      const args: Arguments = [gpr[RDI]!, gpr[RSI]!, gpr[RDX]!, gpr[R10]!, gpr[R8]!, gpr[R9]!];
      const result = this.hypercalls.call(domain, Number(gpr[RAX]!), args);
      gpr[RAX] = BigInt.asUintN(64, BigInt(result));
    } else this.#userCall();
    domain.upcallChanged();
  }

  /** A program's SYSCALL goes to where the guest's kernel has asked for. */
  #userCall(): void {
    const { domain } = this;
    const { cpu } = domain.machine;
    const is64 = cpu.codeBits === 64;
    const callback = domain.callbacks.get(is64 ? 'syscall' : 'syscall32');
    if (!callback || callback.address === 0n) {
      cpu.rip -= 2n;
      this.deliver(VECTOR.UD, undefined, 'exception', cpu.rip);
      return;
    }
    cpu.gpr[RCX] = BigInt.asUintN(64, cpu.rip);
    cpu.gpr[R11] = BigInt(cpu.flags);
    bounce(domain, {
      address: callback.address,
      masks: callback.masks,
      // SYSCALL does not tell what they were (Xen arch/x86/x86_64/entry.S, lstar_enter and cstar_enter).
      from: { cs: is64 ? XEN_SELECTOR.code64 : XEN_SELECTOR.code32, ss: XEN_SELECTOR.data },
      what: 'a system call',
    });
    // Xen clears the direction flag as its own entry does.
    cpu.systemFlags &= ~0x400;
  }
}
