import {
  BOOT_INFORMATION_MAGIC,
  type BootInformation,
  bootInformation,
} from '../../src/abi/boot-information.js';
import { segmentType } from '../../src/abi/elf.js';
import { CR0, CR4, EFER } from '../../src/abi/x86/control-registers.js';
import { FLAT } from '../../src/abi/x86/descriptors.js';
import { Bytes } from '../../src/core/bytes.js';
import { parseElf } from '../../src/image/container/elf.js';
import { Machine } from '../../src/machine/machine.js';
import { setFlatSegments } from '../../src/machine/x86/segments/segments.js';
import type { ReadMemory } from '../../src/stub/init/log.js';

/** Physical addresses of what the guest finds. */
const place = { gdt: 0x1000, pml4: 0x2000, pdpt: 0x3000, directory: 0x4000, stack: 0x80000, boot: 0x8000 };
const BUDGET = 10_000_000;

export interface GuestRun {
  readonly machine: Machine;
  readonly read: ReadMemory;
  readonly boot: BootInformation;
  /** RAX when it halted. */
  readonly result: bigint;
  /** What it wrote to the first serial port. */
  readonly console: string;
}

/**
 * Runs a freestanding ELF64 guest, loaded where it is linked (`bias` bytes higher where given), on our machine as the common entry
 * does: 64-bit code, memory mapped one to one, RDI = boot_information. It ends with HLT.
 */
export function runGuest(
  image: Uint8Array,
  values: Partial<BootInformation> = {},
  { bias = 0, prepare }: { bias?: number; prepare?: (machine: Machine) => Partial<BootInformation> } = {},
): GuestRun {
  let console = '';
  const machine = new Machine({
    memory: 16,
    onConsoleByte: (byte) => {
      console += String.fromCharCode(byte);
    },
  });
  const { memory, cpu } = machine;
  const elf = parseElf(new Bytes(image))!;
  for (const { type, vaddr, offset, fileSize } of elf.segments) {
    if (type === segmentType.PT_LOAD) {
      memory.ram(Number(vaddr) + bias, fileSize).set(image.subarray(offset, offset + fileSize));
    }
  }
  const put = (at: number, value: bigint): void => memory.guestView.setBigUint64(at, value, true);
  [0n, FLAT.code64, FLAT.data].forEach((descriptor, i) => {
    put(place.gdt + i * 8, descriptor);
  });
  put(place.pml4, BigInt(place.pdpt) | 3n);
  put(place.pdpt, BigInt(place.directory) | 3n);
  for (let i = 0; i < 8; i++) put(place.directory + i * 8, BigInt(i * 0x200000) | 0x83n);
  cpu.gdtr.base = BigInt(place.gdt);
  cpu.gdtr.limit = 0x17;
  cpu.idtr.limit = 0;
  cpu.setCr4(CR4.PAE);
  cpu.setEfer(EFER.LME);
  cpu.setCr3(BigInt(place.pml4));
  cpu.setCr0(CR0.PE | CR0.PG);
  setFlatSegments(cpu, { bits: 64, code: 8, data: 0x10 });
  bootInformation.write(memory.guestView, place.boot, {
    magic: BOOT_INFORMATION_MAGIC,
    version: 1,
    size: bootInformation.size,
    ...values,
    ...prepare?.(machine),
  });
  // As after a call: 8 bytes off a multiple of 16.
  cpu.gpr[4] = BigInt(place.stack - 8);
  cpu.gpr[7] = BigInt(place.boot);
  cpu.rip = elf.entry + BigInt(bias);
  cpu.flushTlb();
  const stop = machine.run(BUDGET);
  if (stop !== 'dead-halt') throw new Error(`the guest ended with ${stop} at ${cpu.rip.toString(16)}`);
  const read: ReadMemory = (address, size) => memory.ram(Number(address), size);
  return {
    machine,
    read,
    console,
    result: BigInt.asIntN(64, cpu.gpr[0]!),
    boot: bootInformation.read(new Bytes(memory.ram(place.boot, bootInformation.size))),
  };
}
