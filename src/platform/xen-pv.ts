import { memoryType } from '../abi/memory-map.js';
import {
  defaultWallClock,
  emulated,
  hypercall,
  type PlatformDefinition,
  type PlatformInstance,
  sharedMemory,
} from './platform.js';
import { HypercallTable, listHypercalls } from './xen/hypercall.js';
import { PvDomain } from './xen-pv/domain.js';
import { seenCr4 } from './xen-pv/emulation/control-registers.js';
import { heapSize } from './xen-pv/heap.js';
import { pvHypercalls } from './xen-pv/hypercalls.js';
import { PvMonitor } from './xen-pv/monitor.js';

const MEBIBYTE = 0x100000;

/** A machine with a paravirtual domain on it, which the domain builder fills (entry/start/xen-pv.ts). */
export interface XenPvInstance extends PlatformInstance {
  readonly id: 'xen-pv';
  readonly domain: PvDomain;
}

/** Xen under a guest whose kernel runs at level 3. */
export const xenPv: PlatformDefinition = {
  id: 'xen-pv',
  title: 'Xen, paravirtual domain',
  order: 2,
  operations: {
    'privileged instructions': emulated('on #GP: RDMSR, WRMSR, MOV CR and DR, CLTS, WBINVD, CLI, STI'),
    'page tables': hypercall('mmu_update, update_va_mapping, mmuext_op; L1 entries also by writing'),
    'descriptor tables': hypercall('set_gdt, update_descriptor, mmuext_op set_ldt, set_segment_base'),
    exceptions: hypercall('set_trap_table; stack_switch, iret'),
    'system calls': hypercall('callback_op syscall, syscall32; iret'),
    interrupts: sharedMemory('event channels, callback_op event'),
    timer: hypercall('vcpu_op set_singleshot_timer, set_timer_op'),
    clock: sharedMemory('vcpu_info.time; TSC'),
    'wall clock': sharedMemory('shared_info.wc_sec'),
    CPUID: emulated('UD2 "xen" CPUID; plain CPUID is native'),
    MSRs: emulated('on #GP'),
    ports: emulated('42h, 43h, 61h; all others read ones'),
    idle: hypercall('sched_op block'),
    console: sharedMemory('console ring (hvc0); console_io'),
    store: sharedMemory('xenstore ring'),
    'power off': hypercall('sched_op shutdown'),
  },
  hypercalls: listHypercalls(pvHypercalls),
  commandLine: 'console=hvc0 earlyprintk=xen panic=-1',
  machine: (cpu, memory) => ({ extraMemory: heapSize(memory * MEBIBYTE) / MEBIBYTE, cpu }),
  attach(machine, memory, wires): XenPvInstance {
    const domain = new PvDomain(machine, memory * MEBIBYTE, {
      onConsoleByte: wires.onConsoleByte,
      wallClockStart: wires.wallClockStart ?? defaultWallClock,
    });
    const { end } = domain.heap;
    // In machine addresses; the guest asks for its own by memory_op memory_map.
    machine.platformMemoryMap = [
      { start: 0, size: end, type: memoryType.reserved },
      { start: end, size: memory * MEBIBYTE, type: memoryType.ram },
    ];
    const hypercalls = new HypercallTable(pvHypercalls);
    domain.monitor = new PvMonitor(domain, hypercalls);
    machine.cpu.monitor = domain.monitor;
    // A domain without devices hears nothing of the chipset's interrupts.
    machine.chipset.interrupts.onChange = () => {};
    machine.chipset.interrupts.onNmi = () => {};
    return {
      id: 'xen-pv',
      domain,
      hypercalls,
      receive: (byte) => domain.console?.receive(byte),
      registers: () => ({
        cr3: BigInt(domain.kernelRoot),
        cr4: seenCr4(domain),
        'kernel gs.base': domain.kernelMode ? domain.gsBase : domain.otherGsBase,
      }),
    };
  },
};
