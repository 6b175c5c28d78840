import { memoryType } from '../abi/memory-map.js';
import { PAGE_SIZE } from '../abi/x86/paging.js';
import type { Cpu } from '../machine/x86/cpu.js';
import { nativeOperations } from './bare.js';
import {
  defaultWallClock,
  emulated,
  hypercall,
  type PlatformDefinition,
  type PlatformInstance,
  sharedMemory,
} from './platform.js';
import { HYPERCALL_PAGE_MSR, xenLeaves } from './xen/cpuid.js';
import { type Arguments, fail, HypercallTable, listHypercalls } from './xen/hypercall.js';
import { PvhDomain, SPECIAL_PAGES } from './xen-pvh/domain.js';
import { hvmHypercallPage } from './xen-pvh/hypercall-page.js';
import { pvhHypercalls } from './xen-pvh/hypercalls.js';

const MEBIBYTE = 0x100000;
const SPECIAL_BYTES = SPECIAL_PAGES * PAGE_SIZE;
const [RAX, RDX, RSI, RDI, R8, R9, R10] = [0, 2, 6, 7, 8, 9, 10] as const;

/** A machine with Xen's interfaces for a hardware-virtualised guest. */
export interface XenPvhInstance extends PlatformInstance {
  readonly id: 'xen-pvh';
  readonly domain: PvhDomain;
}

/** Xen under a guest that has the processor to itself: the PVH entry takes Linux's Xen branch. */
export const xenPvh: PlatformDefinition = {
  id: 'xen-pvh',
  title: 'Xen, PVH domain',
  order: 3,
  operations: {
    ...nativeOperations,
    interrupts: sharedMemory('event channels, callback vector; local APIC'),
    timer: hypercall('vcpu_op set_singleshot_timer; local APIC timer'),
    clock: sharedMemory('vcpu_info.time; TSC'),
    'wall clock': sharedMemory('shared_info.wc_sec'),
    CPUID: emulated('leaves 40000000h–40000005h; the rest is native'),
    MSRs: emulated('40000000h makes the hypercall page; the rest is native'),
    console: sharedMemory('console ring (hvc0); console_io; 16550 too'),
    store: sharedMemory('xenstore ring'),
    'power off': hypercall('sched_op shutdown; ACPI'),
  },
  hypercalls: listHypercalls(pvhHypercalls),
  commandLine: 'console=hvc0 earlyprintk=xen panic=-1',
  machine: (cpu) => ({
    extraMemory: SPECIAL_BYTES / MEBIBYTE,
    cpu: { ...cpu, hypervisor: xenLeaves('hvm') },
    chipset: 'reduced',
  }),
  attach(machine, memory, wires): XenPvhInstance {
    const bytes = memory * MEBIBYTE;
    const { cpu } = machine;
    machine.platformReserved = [{ start: bytes, size: SPECIAL_BYTES, type: memoryType.reserved }];
    const domain = new PvhDomain(machine, bytes, {
      onConsoleByte: wires.onConsoleByte,
      wallClockStart: wires.wallClockStart ?? defaultWallClock,
    });
    const hypercalls = new HypercallTable(pvhHypercalls);
    domain.hypercalls = hypercalls;
    cpu.onHypercall = () => call(cpu, domain);
    machine.platformMsrs = {
      read: (index) => (index === HYPERCALL_PAGE_MSR ? 0n : undefined),
      write(index, value) {
        if (index !== HYPERCALL_PAGE_MSR) return false;
        const frame = domain.writableFrame(value >> 12n);
        if (frame === undefined || value & 0xfffn) return false;
        const { ebx } = cpu.outside.cpuid(0, 0);
        cpu.blocks.invalidate(frame / PAGE_SIZE, 0, PAGE_SIZE);
        machine.memory.ram(frame, PAGE_SIZE).set(hvmHypercallPage(ebx === GENU ? 'intel' : 'amd'));
        return true;
      },
    };
    return { id: 'xen-pvh', domain, hypercalls, receive: (byte) => domain.console?.receive(byte) };
  },
};

/** "Genu", the beginning of GenuineIntel. */
const GENU = 0x756e6547;

/** VMCALL or VMMCALL: the number in RAX, arguments as 64-bit code has them. The first call of other code ends the guest. */
function call(cpu: Cpu, domain: PvhDomain): void {
  const { gpr } = cpu;
  cpu.outside.synchronize(cpu.now);
  const number = Number(cpu.codeBits === 64 ? gpr[RAX]! : gpr[RAX]! & 0xffffffffn);
  if (cpu.cpl > 0) gpr[RAX] = BigInt.asUintN(cpu.codeBits === 64 ? 64 : 32, BigInt(fail('EPERM')));
  else if (cpu.codeBits !== 64) {
    const name = pvhHypercalls.find((hypercall) => hypercall.number === number)?.name ?? 'unknown';
    domain.lack(
      `the guest made hypercall ${number} (${name}) from ${cpu.codeBits}-bit code: arguments and structures are others there, which this platform does not have yet`,
    );
  } else {
    const args: Arguments = [gpr[RDI]!, gpr[RSI]!, gpr[RDX]!, gpr[R10]!, gpr[R8]!, gpr[R9]!];
    const result = domain.hypercall(number, args);
    gpr[RAX] = BigInt.asUintN(64, BigInt(result));
  }
}
