import { absent, native, type PlatformDefinition, type PlatformOperations } from './platform.js';

/** The bare machine's ways, which other platforms name where they leave something as it is. */
export const nativeOperations: PlatformOperations = {
  'privileged instructions': native('level 0'),
  'page tables': native('CR3, INVLPG'),
  'descriptor tables': native('LGDT, LIDT, LLDT, LTR'),
  exceptions: native('IDT'),
  'system calls': native('SYSCALL, SYSENTER, INT 80h'),
  interrupts: native('local APIC, I/O APIC, 8259'),
  timer: native('local APIC timer, PIT, HPET'),
  clock: native('TSC, PM timer'),
  'wall clock': native('RTC'),
  CPUID: native('CPUID'),
  MSRs: native('RDMSR, WRMSR'),
  ports: native('IN, OUT'),
  idle: native('HLT'),
  console: native('16550 at 3F8h'),
  store: absent('no store'),
  'power off': native('ACPI PM1'),
};

/** Nothing underneath: a PC. */
export const bare: PlatformDefinition = {
  id: 'bare',
  title: 'bare machine',
  order: 0,
  operations: nativeOperations,
  attach: (machine) => ({ id: 'bare', receive: (byte) => machine.chipset.serial.receive(byte) }),
};
