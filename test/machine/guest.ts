import { CR0, CR4, EFER } from '../../src/abi/x86/control-registers.js';
import { FLAT } from '../../src/abi/x86/descriptors.js';
import type { TranslatorOptions } from '../../src/machine/engine/translator/translator.js';
import { PhysicalMemory } from '../../src/machine/memory.js';
import { Cpu } from '../../src/machine/x86/cpu.js';
import { type CpuidOptions, createCpuid } from '../../src/machine/x86/cpuid.js';
import { instructionSet } from '../../src/machine/x86/instructions/index.js';
import type { Outside } from '../../src/machine/x86/outside.js';
import { setFlatSegments, setSegment } from '../../src/machine/x86/segments/segments.js';
import { segmentIndex } from '../../src/machine/x86/state.js';

/** Where the fixture puts its tables; code and data are the test's. */
export const place = {
  gdt: 0x1000,
  idt: 0x2000,
  tss: 0x3000,
  ldt: 0x3800,
  code: 0x8000,
  /** Handler of vector n: a HLT at `handlers + n * 16`. */
  handlers: 0xa000,
  stack0: 0x20000,
  stack3: 0x24000,
  ist1: 0x28000,
  tables: 0x30000,
} as const;

/** Selectors in the fixture's GDT. */
export const selector = {
  code32: 0x08,
  data32: 0x10,
  code64: 0x18,
  user32: 0x23,
  userData: 0x2b,
  user64: 0x33,
  tss: 0x40,
  ldt: 0x50,
  notPresent: 0x60,
  conforming: 0x68,
  readOnly: 0x70,
  code16: 0x78,
  data16: 0x80,
  gate: 0x88,
  tss2: 0x98,
} as const;

const DESCRIPTORS: readonly (readonly [number, bigint])[] = [
  [selector.code32, FLAT.code32],
  [selector.data32, FLAT.data],
  [selector.code64, FLAT.code64],
  [selector.user32 & ~7, 0x00cffb000000ffffn],
  [selector.userData & ~7, 0x00cff3000000ffffn],
  [selector.user64 & ~7, 0x00affb000000ffffn],
  [selector.notPresent, 0x00cf13000000ffffn],
  [selector.conforming, 0x00cf9f000000ffffn],
  [selector.readOnly, 0x00cf91000000ffffn],
  [selector.code16, 0x000f9b000000ffffn],
  [selector.data16, 0x000093000000ffffn],
];

export type Mode = 'real' | 'protected' | 'long';

/** A processor with 2 MiB of RAM, tables and one HLT as the handler of every vector. */
export class Guest {
  readonly memory = new PhysicalMemory(0x200000);
  readonly cpu: Cpu;
  /** What was written to ports, and what reads answer. */
  readonly ports: { port: number; size: number; value: number }[] = [];
  portValue = 0;
  pending: number | undefined;
  readonly delivered: { vector: number; errorCode: number | undefined; kind: string }[] = [];
  readonly outside: Outside;

  constructor(
    readonly mode: Mode,
    options: CpuidOptions = {},
    translate: TranslatorOptions | false = false,
  ) {
    this.outside = {
      portIn: () => this.portValue,
      portOut: (port, size, value) => void this.ports.push({ port, size, value }),
      acknowledgeInterrupt: () => {
        this.cpu.interruptLine = false;
        return this.pending!;
      },
      readMsr: () => undefined,
      writeMsr: () => false,
      cpuid: createCpuid(options),
      taskPriority: 0,
      synchronize: () => {},
    };
    this.cpu = new Cpu(this.memory, this.outside, instructionSet, translate);
    this.cpu.onDeliver.push((vector, errorCode, kind) => this.delivered.push({ vector, errorCode, kind }));
    this.memory.ram(place.handlers, 4096).fill(0xf4);
    const { cpu } = this;
    if (mode === 'real') {
      for (let v = 0; v < 256; v++) this.write32(v * 4, place.handlers + v * 16);
      for (const index of [0, 1, 2, 3, 4, 5])
        setSegment(cpu, index, { selector: 0, base: 0n, limit: 0xffff, access: 0x93 });
      cpu.idtr.limit = 0x3ff;
    } else {
      for (const [at, value] of DESCRIPTORS) this.write64(place.gdt + at, value);
      cpu.gdtr.base = BigInt(place.gdt);
      cpu.gdtr.limit = 0xff;
      cpu.idtr.base = BigInt(place.idt);
      cpu.idtr.limit = 0xfff;
      this.#system(selector.tss, 0x89, place.tss, 0x67 + 0x20);
      this.#system(selector.ldt, 0x82, place.ldt, 0xff);
      // No I/O permission bitmap.
      this.write32(place.tss + 0x64, 0xffff << 16);
      if (mode === 'long') this.#enterLong();
      else this.#enterProtected();
      setSegment(cpu, segmentIndex.tr, {
        selector: selector.tss,
        base: BigInt(place.tss),
        limit: 0x87,
        access: 0x8b,
      });
    }
    cpu.gpr[4] = BigInt(place.stack0);
    if (mode === 'real') cpu.gpr[4] = 0x7000n;
    cpu.rip = BigInt(place.code);
  }

  #system(at: number, access: number, base: number, limit: number): void {
    this.write32(place.gdt + at, ((base & 0xffff) << 16) | limit);
    this.write32(place.gdt + at + 4, ((base >> 16) & 0xff) | (access << 8));
  }

  #enterProtected(): void {
    for (let v = 0; v < 256; v++) this.gate32(v, { offset: place.handlers + v * 16 });
    this.write32(place.tss + 4, place.stack0);
    this.write32(place.tss + 8, selector.data32);
    this.cpu.setCr0(CR0.PE | CR0.ET | CR0.NE);
    setFlatSegments(this.cpu, { bits: 32, code: selector.code32, data: selector.data32 });
  }

  #enterLong(): void {
    for (let v = 0; v < 256; v++) this.gate64(v, { offset: place.handlers + v * 16 });
    this.write64(place.tss + 4, BigInt(place.stack0));
    this.write64(place.tss + 0x24, BigInt(place.ist1));
    // 2 MiB one to one, user-accessible, in 4 KiB pages.
    const { tables } = place;
    this.write64(tables, BigInt(tables + 0x1000) | 7n);
    this.write64(tables + 0x1000, BigInt(tables + 0x2000) | 7n);
    this.write64(tables + 0x2000, BigInt(tables + 0x3000) | 7n);
    for (let i = 0; i < 512; i++) this.write64(tables + 0x3000 + i * 8, BigInt(i * 4096) | 7n);
    const { cpu } = this;
    cpu.setCr4(CR4.PAE);
    cpu.setEfer(EFER.LME | EFER.SCE);
    cpu.setCr3(BigInt(tables));
    cpu.setCr0(CR0.PE | CR0.ET | CR0.NE | CR0.PG | CR0.WP);
    setFlatSegments(cpu, { bits: 64, code: selector.code64, data: selector.data32 });
  }

  /** Page-table entry of a page below 2 MiB. */
  page(address: number, entry: bigint): void {
    this.write64(place.tables + 0x3000 + (address >> 12) * 8, entry);
    this.cpu.flushTlb();
  }

  gate32(vector: number, gate: { offset: number; type?: number; dpl?: number; code?: number }): void {
    const { offset, type = 0x8e, dpl = 0, code = selector.code32 } = gate;
    this.write32(place.idt + vector * 8, (code << 16) | (offset & 0xffff));
    this.write32(place.idt + vector * 8 + 4, (offset & 0xffff0000) | ((type | (dpl << 5)) << 8));
  }

  gate64(
    vector: number,
    gate: { offset: number; type?: number; dpl?: number; code?: number; ist?: number },
  ): void {
    const { offset, type = 0x8e, dpl = 0, code = selector.code64, ist = 0 } = gate;
    this.write32(place.idt + vector * 16, (code << 16) | (offset & 0xffff));
    this.write32(place.idt + vector * 16 + 4, (offset & 0xffff0000) | ((type | (dpl << 5)) << 8) | ist);
    this.write64(place.idt + vector * 16 + 8, 0n);
  }

  write32(address: number, value: number): void {
    this.memory.guestView.setInt32(address, value | 0, true);
  }
  read32(address: number): number {
    return this.memory.guestView.getUint32(address, true);
  }
  write64(address: number, value: bigint): void {
    this.write32(address, Number(value & 0xffffffffn));
    this.write32(address + 4, Number((value >> 32n) & 0xffffffffn));
  }
  read64(address: number): bigint {
    return BigInt(this.read32(address)) | (BigInt(this.read32(address + 4)) << 32n);
  }

  /** Puts machine code, written in hexadecimal, at an address. */
  put(address: number, ...code: string[]): number {
    const bytes = code
      .join(' ')
      .trim()
      .split(/\s+/)
      .map((byte) => Number.parseInt(byte, 16));
    this.memory.ram(address, bytes.length).set(bytes);
    return address + bytes.length;
  }

  /** Runs code put at `place.code` until HLT; at most `most` instructions. Returns why it stopped. */
  run(...code: string[]): string {
    if (code.length) this.put(place.code, ...code);
    return this.cpu.run(this.cpu.now + 1000);
  }

  /** Runs more code after a HLT, at an address where none has been decoded. */
  resume(...code: string[]): string {
    this.#more += 0x100;
    this.put(this.#more, ...code);
    this.cpu.rip = BigInt(this.#more);
    this.cpu.halted = false;
    return this.run();
  }
  #more = 0x9000;

  /** The handler that was halted in: its vector. */
  get haltedIn(): number | undefined {
    const at = Number(this.cpu.rip) - 1 - place.handlers;
    return this.cpu.halted && at >= 0 && at < 4096 && at % 16 === 0 ? at / 16 : undefined;
  }

  /** The doublewords or quadwords on top of the stack. */
  stack(count: number, bytes: 4 | 8 | 2): bigint[] {
    const top = Number(this.cpu.gpr[4]!);
    const view = this.memory.guestView;
    return Array.from({ length: count }, (_, i) => {
      const at = top + i * bytes;
      return bytes === 8
        ? view.getBigUint64(at, true)
        : BigInt(bytes === 4 ? view.getUint32(at, true) : view.getUint16(at, true));
    });
  }
}
