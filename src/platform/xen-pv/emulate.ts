import { CR4 } from '../../machine/cpu/control-registers.js';
import type { Cpu } from '../../machine/cpu/cpu.js';
import type { Decoded, RegisterOperand } from '../../machine/cpu/instruction.js';
import { MSR } from '../../machine/cpu/msr.js';
import { segment, segmentIndex, segmentOffset } from '../../machine/cpu/state.js';
import { pvCpuid } from './cpuid.js';
import type { PvDomain } from './domain.js';

const FS_BASE = segmentOffset(segmentIndex.fs) + segment.base;

const RAX = 0;
const RBX = 3;
const RCX = 1;
const RDX = 2;

/** UD2 and "xen": what follows is CPUID as the domain is to see it (Xen public/arch-x86/xen.h, XEN_EMULATE_PREFIX). */
const PREFIX = [0x0f, 0x0b, 0x78, 0x65, 0x6e] as const;
const CPUID = [0x0f, 0xa2] as const;

/** CR4 bits a guest may have, beside those that Xen has set (Xen arch/x86/pv/domain.c, PV_CR4_GUEST_MASK). */
const CR4_GUEST = CR4.TSD | CR4.DE | CR4.FSGSBASE | CR4.OSXSAVE;
const CR4_XEN = CR4.PAE | CR4.MCE | CR4.OSFXSR | CR4.OSXMMEXCPT;

/** #UD on the prefixed CPUID: answers it. False: a #UD like any other. */
export function emulatePrefixed(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  const code = domain.guest.read(cpu.rip, PREFIX.length + CPUID.length);
  if (!code) return false;
  const wanted = [...PREFIX, ...CPUID];
  if (!wanted.every((byte, i) => code.getUint8(i) === byte)) return false;
  const leaf = Number(BigInt.asUintN(32, cpu.gpr[RAX]!));
  const subleaf = Number(BigInt.asUintN(32, cpu.gpr[RCX]!));
  const { eax, ebx, ecx, edx } = pvCpuid(domain, leaf, subleaf);
  cpu.gpr[RAX] = BigInt(eax >>> 0);
  cpu.gpr[RBX] = BigInt(ebx >>> 0);
  cpu.gpr[RCX] = BigInt(ecx >>> 0);
  cpu.gpr[RDX] = BigInt(edx >>> 0);
  cpu.rip += BigInt(wanted.length);
  return true;
}

/**
 * #GP(0) of the guest's kernel: emulates what needs level 0 (Xen arch/x86/pv/emul-priv-op.c). False: it is the guest's
 * fault after all.
 */
export function emulatePrivileged(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  const instruction = cpu.currentInstruction();
  if (!instruction) return false;
  const emulation = emulations[instruction.description.name];
  if (!emulation?.(domain, instruction)) return false;
  cpu.rip = instruction.next;
  return true;
}

type Emulation = (domain: PvDomain, instruction: Decoded) => boolean;

const emulations: Readonly<Record<string, Emulation>> = {
  rdmsr: kernelOnly(readMsr),
  wrmsr: kernelOnly(writeMsr),
  movfc: kernelOnly(readControl),
  movtc: kernelOnly(writeControl),
  movfd: kernelOnly((domain, instruction) => {
    const [to, from] = instruction.operands as [RegisterOperand, RegisterOperand];
    const { cpu } = domain.machine;
    cpu.writeGpr(to.number, cpu.debug[from.number] ?? 0n, 64);
    return from.number < 8;
  }),
  movtd: kernelOnly((domain, instruction) => {
    const [to, from] = instruction.operands as [RegisterOperand, RegisterOperand];
    return setDebugRegister(domain.machine.cpu, to.number, domain.machine.cpu.readGpr(from.number, 64));
  }),
  clts: kernelOnly((domain) => {
    domain.monitor.setTaskSwitched(false);
    return true;
  }),
  wbinvd: kernelOnly(() => true),
  invd: kernelOnly(() => true),
  cli: ioPrivileged,
  sti: ioPrivileged,
  in: (domain, instruction) => hasPorts(domain) && input(domain, instruction),
  out: (domain, instruction) => hasPorts(domain) && output(domain, instruction),
};

function kernelOnly(emulation: Emulation): Emulation {
  return (domain, instruction) => domain.kernelMode && emulation(domain, instruction);
}

/** CLI and STI of a kernel that asked for I/O privilege do nothing: events are masked in vcpu_info. */
function ioPrivileged(domain: PvDomain): boolean {
  return hasPorts(domain);
}

/** The guest's virtual IOPL lets its kernel (which counts as level 1), or its programs too, use ports. */
function hasPorts({ iopl, kernelMode }: PvDomain): boolean {
  return iopl >= (kernelMode ? 1 : 3);
}

function readControl(domain: PvDomain, instruction: Decoded): boolean {
  const { cpu } = domain.machine;
  const [to, from] = instruction.operands as [RegisterOperand, RegisterOperand];
  switch (from.number) {
    case 0:
      cpu.writeGpr(to.number, BigInt(cpu.cr0 >>> 0), 64);
      return true;
    case 2:
      cpu.writeGpr(to.number, cpu.cr2, 64);
      return true;
    case 3:
      cpu.writeGpr(to.number, BigInt(domain.kernelRoot), 64);
      return true;
    case 4:
      cpu.writeGpr(to.number, BigInt((domain.cr4 | CR4_XEN) >>> 0), 64);
      return true;
    default:
      return false;
  }
}

function writeControl(domain: PvDomain, instruction: Decoded): boolean {
  const { cpu } = domain.machine;
  const [to, from] = instruction.operands as [RegisterOperand, RegisterOperand];
  const value = cpu.readGpr(from.number, 64);
  switch (to.number) {
    case 0:
      // Nothing but TS may change.
      if ((value ^ BigInt(cpu.cr0 >>> 0)) & ~8n) return false;
      domain.monitor.setTaskSwitched((value & 8n) !== 0n);
      return true;
    case 2:
      cpu.cr2 = value;
      return true;
    case 4:
      domain.cr4 = Number(value & BigInt(CR4_GUEST));
      return true;
    default:
      return false;
  }
}

/** MSRs that a guest may read: what it has of its own, and those that say what is not there. */
function readMsr(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  const index = Number(BigInt.asUintN(32, cpu.gpr[RCX]!));
  const value = msrValue(domain, index);
  cpu.lastMsrs.push({ index, write: false, value: value ?? 0n, refused: value === undefined, rip: cpu.rip });
  if (cpu.lastMsrs.length > KEPT_MSRS) cpu.lastMsrs.shift();
  if (value === undefined) return false;
  cpu.gpr[RAX] = value & 0xffffffffn;
  cpu.gpr[RDX] = value >> 32n;
  return true;
}

const KEPT_MSRS = 32;
/** The PAT that Xen has set for itself (Xen arch/x86/include/asm/processor.h, XEN_MSR_PAT). */
const XEN_PAT = 0x050100070406n;
const MICROCODE_LEVEL = 0x8b;
const APIC_BASE = 0x1b;

function msrValue(domain: PvDomain, index: number): bigint | undefined {
  const { cpu } = domain.machine;
  switch (index) {
    case MSR.FS_BASE:
      return fsBase(cpu);
    case MSR.GS_BASE:
      return domain.gsBase;
    case MSR.KERNEL_GS_BASE:
      return domain.otherGsBase;
    case MSR.EFER:
      // LMA and LME show, as the guest is a 64-bit one.
      return BigInt(cpu.efer >>> 0);
    case MSR.PAT:
      return XEN_PAT;
    case APIC_BASE:
      // Enabled, this is the boot processor.
      return 0xfee00900n;
    case MICROCODE_LEVEL:
    case MSR.PLATFORM_ID:
    case MSR.MCG_CAP:
    case MSR.MCG_STATUS:
    case MSR.MISC_ENABLE:
      return 0n;
    default:
      return undefined;
  }
}

function fsBase(cpu: Cpu): bigint {
  return cpu.memory.view.getBigUint64(FS_BASE, true);
}

function writeMsr(domain: PvDomain): boolean {
  const { cpu } = domain.machine;
  const index = Number(BigInt.asUintN(32, cpu.gpr[RCX]!));
  const value = (cpu.gpr[RAX]! & 0xffffffffn) | ((cpu.gpr[RDX]! & 0xffffffffn) << 32n);
  const accepted = setMsr(domain, index, value);
  cpu.lastMsrs.push({ index, write: true, value, refused: !accepted, rip: cpu.rip });
  if (cpu.lastMsrs.length > KEPT_MSRS) cpu.lastMsrs.shift();
  return accepted;
}

function setMsr(domain: PvDomain, index: number, value: bigint): boolean {
  const { cpu } = domain.machine;
  if (index === MSR.FS_BASE || index === MSR.GS_BASE || index === MSR.KERNEL_GS_BASE) {
    if (!isCanonical(value)) return false;
    if (index === MSR.FS_BASE) cpu.memory.view.setBigUint64(FS_BASE, value, true);
    else if (index === MSR.GS_BASE) domain.gsBase = value;
    else domain.otherGsBase = value;
    return true;
  }
  // Written back as read, it is let through (Xen arch/x86/pv/emul-priv-op.c, write_msr).
  return msrValue(domain, index) === value;
}

export function isCanonical(value: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(48, value)) === value;
}

/** Debug registers: addresses of the guest's own, and nothing that is enabled globally for Xen. False: not allowed. */
export function setDebugRegister(cpu: Cpu, number: number, value: bigint): boolean {
  if (number < 4) {
    if (!isCanonical(value)) return false;
    cpu.debug[number] = value;
  } else if (number === 6 || number === 4) cpu.debug[6] = value & 0xe00fn;
  else if (number === 7 || number === 5) {
    if (value >> 32n) return false;
    // GD is Xen's.
    cpu.debug[7] = value & 0xffff03ffn & ~0x2000n;
  } else return false;
  cpu.breakpoints.update();
  return true;
}

/** Ports of the timer and the speaker, which Xen emulates for every guest; all others are nobody's for a domU. */
const TIMER_PORTS: readonly number[] = [0x42, 0x43, 0x61];

function portOf(cpu: Cpu, instruction: Decoded, n: number): number {
  const operand = instruction.operands[n]!;
  return operand.kind === 'immediate' ? Number(operand.value & 0xffn) : Number(cpu.gpr[RDX]! & 0xffffn);
}

function bytesOf(size: number): 1 | 2 | 4 {
  return size === 8 ? 1 : size === 16 ? 2 : 4;
}

function input({ machine }: PvDomain, instruction: Decoded): boolean {
  const { cpu } = machine;
  const port = portOf(cpu, instruction, 1);
  const bytes = bytesOf(instruction.operands[0]!.size);
  const isTimer = bytes === 1 && TIMER_PORTS.includes(port);
  const value = isTimer ? machine.chipset.bus.in(port, 1) : 2 ** (bytes * 8) - 1;
  cpu.writeGpr(RAX, BigInt(value), bytes * 8);
  return true;
}

function output({ machine }: PvDomain, instruction: Decoded): boolean {
  const { cpu } = machine;
  const port = portOf(cpu, instruction, 0);
  const bytes = bytesOf(instruction.operands[1]!.size);
  if (bytes === 1 && TIMER_PORTS.includes(port))
    machine.chipset.bus.out(port, 1, Number(cpu.gpr[RAX]! & 0xffn));
  return true;
}
