import { GPR } from '../abi/x86/registers.js';
import { nativeOperations } from './bare.js';
import { type HypervisorMsrs, kvmClock } from './kvm/clock.js';
import { defaultWallClock, emulated, type PlatformDefinition, sharedMemory } from './platform.js';

/** Features in leaf 40000001h EAX (Linux arch/x86/include/uapi/asm/kvm_para.h). */
const FEATURES = {
  clockSource: 1 << 0,
  nopIoDelay: 1 << 1,
  clockSource2: 1 << 3,
  clockSourceStable: 1 << 24,
} as const;

/** Hypercalls answer so when there is none of that number (KVM_ENOSYS), or the caller is a program (KVM_EPERM). */
const KVM_ENOSYS = 1000n;
const KVM_EPERM = 1n;
const { RAX } = GPR;

/** A PC under KVM: it says so, and offers its clock. */
export const kvm: PlatformDefinition = {
  id: 'kvm',
  title: 'KVM',
  order: 1,
  operations: {
    ...nativeOperations,
    clock: sharedMemory('kvmclock, MSR 4b564d01h; TSC'),
    'wall clock': sharedMemory('kvmclock, MSR 4b564d00h; RTC'),
    CPUID: emulated('leaves 40000000h and 40000001h; the rest is native'),
    MSRs: emulated('4b564d00h, 4b564d01h, 11h, 12h; the rest is native'),
  },
  machine: (cpu) => ({
    extraMemory: 0,
    cpu: {
      ...cpu,
      hypervisor: {
        signature: 'KVMKVMKVM\0\0\0',
        leaves: {
          0x40000001: {
            eax:
              FEATURES.clockSource | FEATURES.nopIoDelay | FEATURES.clockSource2 | FEATURES.clockSourceStable,
            ebx: 0,
            ecx: 0,
            edx: 0,
          },
        },
      },
    },
  }),
  attach(machine, _, { wallClockStart = defaultWallClock }) {
    const clock: HypervisorMsrs = kvmClock(machine, wallClockStart);
    machine.platformMsrs = clock;
    machine.underneath = clock;
    machine.cpu.onHypercall = () => {
      const { cpu } = machine;
      cpu.gpr[RAX] = BigInt.asUintN(64, cpu.cpl > 0 ? -KVM_EPERM : -KVM_ENOSYS);
    };
    return { id: 'kvm', receive: (byte) => machine.chipset.serial.receive(byte) };
  },
};
