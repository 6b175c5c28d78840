import { CR0, CR4, EFER } from '../../src/abi/x86/control-registers.js';
import { FLAT } from '../../src/abi/x86/descriptors.js';
import { performAutopsy } from '../../src/autopsy/autopsy.js';
import { FlightRecorder } from '../../src/autopsy/flight-recorder.js';
import { openImage } from '../../src/image/open.js';
import { Machine } from '../../src/machine/machine.js';
import type { CpuidOptions } from '../../src/machine/x86/cpuid.js';
import { setFlatSegments } from '../../src/machine/x86/segments/segments.js';
import { craftElf } from '../craft/elf.js';
import { ascii, concat, le } from '../craft/write.js';

/** A kernel of two functions with a symbol table, linked high and loaded low as Linux is. */
export const place = {
  /** Physical. */
  text: 0x200000,
  lift: 0xffffffff80000000n,
  gdt: 0x1000,
  idt: 0x2000,
  pml4: 0x8000,
  pdpt: 0x9000,
  directory: 0xa000,
  table: 0xb000,
  stack: 0x20000,
} as const;

/** Offsets of the functions. */
const start = 0;
const crash = 0x100;
const size = 0x1000;

const names = ['_stext', 'start', 'crash', '_etext'] as const;
const addresses = [0, start, crash, size];

/** An ELF file for x86-64 with `crash` as given, PVH entry at `start`, which calls it. */
export function kernel(code: readonly number[], caller: readonly number[] = []): Uint8Array {
  const text = new Uint8Array(size).fill(0x90);
  text.set(caller.length ? caller : [0xe8, ...le(crash - 5, 4)]);
  text.set(code, crash);
  const virtual = place.lift + BigInt(place.text);
  const strings = ascii(`\0${names.join('\0')}\0`);
  const symbol = (name: string, offset: number): Uint8Array =>
    concat(
      le(ascii(`\0${names.join('\0')}\0`.split(`\0${name}\0`)[0]!).length + 1, 4),
      // A global function of section 1.
      Uint8Array.of(0x12, 0),
      le(1, 2),
      le(virtual + BigInt(offset), 8),
      le(0, 8),
    );
  const symbols = concat(new Uint8Array(24), ...names.map((name, i) => symbol(name, addresses[i]!)));
  return craftElf({
    entry: place.text,
    segments: [{ vaddr: virtual, paddr: place.text, data: text, flags: 5 }],
    notes: [{ owner: 'Xen', type: 18, desc: place.text }],
    sections: [
      { name: '.text', addr: virtual, data: text, raw: { sh_flags: 6 } },
      { name: '.symtab', type: 2, data: symbols, raw: { sh_link: 3, sh_entsize: 24, sh_info: 1 } },
      { name: '.strtab', type: 3, data: strings },
    ],
  });
}

export interface Setting {
  /** Runs in 64-bit mode at the kernel's physical address unless told. */
  readonly bits?: 16 | 32 | 64;
  readonly cr0?: number;
  readonly cr4?: number;
  readonly efer?: number;
  readonly cpl?: number;
  readonly cpu?: CpuidOptions;
  /** Called when all is laid out, before the first instruction. */
  readonly prepare?: (world: World) => void;
  /** Instructions at most. */
  readonly budget?: number;
  /** What the console is said to have shown. */
  readonly console?: string;
  /** Why the machine is said to have stopped, instead of why it did. */
  readonly stop?: string;
  /** Whether the guest is taken for Linux; default: it is. */
  readonly linux?: boolean;
  readonly beforeInit?: boolean;
}

export interface World {
  readonly machine: Machine;
  /** Writes a page-table entry or another quadword. */
  readonly put: (at: number, value: bigint) => void;
}

/**
 * Runs `crash` of such a kernel with the first 4 MiB mapped one to one (4 KiB pages below 2 MiB, a large one above), no
 * IDT, and examines what is left.
 */
export async function crashed(code: readonly number[], setting: Setting = {}) {
  const { bits = 64 } = setting;
  const image = await openImage(kernel(code));
  const machine = new Machine({ memory: 16, cpu: setting.cpu });
  const { memory, cpu } = machine;
  const put = (at: number, value: bigint): void => memory.guestView.setBigUint64(at, value, true);
  memory.ram(place.text, size).set(image.bytes.slice(image.formats.elf!.segments[0]!.offset, size));
  [0n, FLAT.code64, FLAT.data, FLAT.code32].forEach((descriptor, i) => {
    put(place.gdt + i * 8, descriptor);
  });
  put(place.pml4, BigInt(place.pdpt) | 7n);
  put(place.pdpt, BigInt(place.directory) | 7n);
  put(place.directory, BigInt(place.table) | 7n);
  put(place.directory + 8, 0x200000n | 0x87n);
  for (let i = 0; i < 512; i++) put(place.table + i * 8, BigInt(i * 4096) | 7n);
  cpu.gdtr.base = BigInt(place.gdt);
  cpu.gdtr.limit = 0x1f;
  cpu.idtr.base = BigInt(place.idt);
  cpu.idtr.limit = 0;
  if (bits === 64) {
    cpu.setCr4(CR4.PAE | (setting.cr4 ?? 0));
    cpu.setEfer(EFER.LME | (setting.efer ?? 0));
    cpu.setCr3(BigInt(place.pml4));
    cpu.setCr0(CR0.PE | CR0.PG | (setting.cr0 ?? 0));
  } else cpu.setCr0(setting.cr0 ?? (bits === 32 ? CR0.PE : 0));
  setFlatSegments(cpu, { bits, code: bits === 64 ? 8 : 0x18, data: 0x10 });
  cpu.gpr[4] = BigInt(place.stack);
  cpu.rip = BigInt(place.text + crash);
  if (bits === 16) {
    setFlatSegments(cpu, { bits, code: 0, data: 0 });
    cpu.gpr[4] = 0x7000n;
    memory.ram(0x8000, code.length).set(code);
    cpu.rip = 0x8000n;
  }
  setting.prepare?.({ machine, put });
  cpu.flushTlb();
  if (setting.cpl !== undefined) cpu.setCpl(setting.cpl);
  const recorder = new FlightRecorder(machine);
  const ran = machine.run(setting.budget ?? 1000);
  const stop = setting.stop ?? ran;
  const autopsy = performAutopsy(machine, image, recorder, {
    stop,
    console: setting.console ?? '',
    linux: setting.linux ?? true,
    beforeInit: setting.beforeInit,
  });
  return { autopsy, machine, recorder, image, stop };
}
