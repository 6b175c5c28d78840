import type { Elf } from '../image/container/elf.js';
import { type Image, kernelElf, layers } from '../image/image.js';
import { readSymbols } from '../image/symbols/read.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine } from '../machine/machine.js';
import type { FlightRecorder } from './flight-recorder.js';
import { KernelPlace } from './kernel-place.js';
import { PackedCode } from './packed-code.js';

/** Marks of the linker script at places where a function begins, too. */
const marks = new Set(['_text', '_stext', '_sinittext', '__init_begin', '__inittext_begin', '_einittext']);

/** SHF_ALLOC: the section is in memory. */
const ALLOCATED = 2n;

/** Ranges of code, at link-time addresses. */
interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * Names addresses of a running kernel, wherever it lies: moved by KASLR, still identity-mapped, or not unpacked yet.
 * Works without symbols (section names) and without a kernel (no names at all).
 */
export class KernelMap {
  readonly symbols: SymbolTable | undefined;
  readonly place: KernelPlace | undefined;
  readonly kernel: (Image & { formats: { elf: Elf } }) | undefined;
  readonly #packed: readonly PackedCode[];
  readonly #code: readonly Range[];

  constructor(
    image: Image,
    readonly machine: Machine,
    readonly recorder: FlightRecorder,
  ) {
    this.kernel = kernelElf(image);
    this.symbols = this.kernel && readSymbols(this.kernel).table;
    this.place = this.kernel && new KernelPlace(this.kernel, this.symbols, machine, recorder);
    this.#packed = layers(image)
      .filter(({ formats }) => formats.bzimage)
      .map((layer) => new PackedCode(layer, machine));
    this.#code = this.#codeRanges();
  }

  /** "name+0x12"; undefined where nothing is known at the address. */
  name(address: bigint): string | undefined {
    // The decompressor lies in what will be the kernel's .bss, so only code is surely the kernel's.
    const inText = this.isText(address) ? this.#inKernel(address) : undefined;
    return inText ?? this.#inPacked(address) ?? this.#inKernel(address) ?? this.#wasPacked(address);
  }

  #inKernel(address: bigint): string | undefined {
    const linked = this.place?.linked(address);
    return linked === undefined ? undefined : (this.#symbol(linked) ?? this.#section(linked));
  }

  #inPacked(address: bigint): string | undefined {
    for (const packed of this.#packed) {
      const name = packed.name(address);
      if (name) return name;
    }
    return undefined;
  }

  #wasPacked(address: bigint): string | undefined {
    const { entry } = this.recorder;
    for (const packed of this.#packed) {
      const name = entry !== undefined && packed.pastName(address, entry);
      if (name) return name;
    }
    return undefined;
  }

  /** The name without its offset. */
  functionName(address: bigint): string | undefined {
    return this.name(address)?.replace(/\+0x[0-9a-f]+$/, '');
  }

  /** The same for a return address: a call that does not return may be the last instruction of its function. */
  caller(address: bigint): string | undefined {
    const name = this.name(address - 1n);
    const match = /^(.*?)(?:\+0x([0-9a-f]+))?$/.exec(name ?? '');
    if (!name || !match) return undefined;
    return `${match[1]}+0x${(Number.parseInt(match[2] ?? '0', 16) + 1).toString(16)}`;
  }

  /** True for an address in the kernel's code as it runs now. */
  isText(address: bigint): boolean {
    const linked = this.place?.linked(address);
    return linked !== undefined && this.#code.some(({ start, end }) => linked >= start && linked < end);
  }

  /** Where a symbol is now, as a virtual address. */
  find(name: string): bigint | undefined {
    const linked = this.symbols?.find(name);
    return linked === undefined ? undefined : BigInt.asUintN(64, linked + (this.place?.slide ?? 0n));
  }

  #symbol(linked: bigint): string | undefined {
    const place = this.symbols?.at(linked);
    if (!place) return undefined;
    let { name } = place;
    if (marks.has(name)) {
      const aliases = this.symbols!.allAt(linked - BigInt(place.offset));
      name = aliases.find((alias) => /[tTwW]/.test(alias.type) && !marks.has(alias.name))?.name ?? name;
    }
    return place.offset === 0 ? name : `${name}+0x${place.offset.toString(16)}`;
  }

  #section(linked: bigint): string | undefined {
    if (this.symbols) return undefined;
    const section = this.kernel?.formats.elf.sections.find(
      ({ flags, addr, size }) => flags & ALLOCATED && linked >= addr && linked < addr + BigInt(size),
    );
    return section && `${section.name}+0x${(linked - section.addr).toString(16)}`;
  }

  #codeRanges(): Range[] {
    const { symbols } = this;
    const bounds = [
      ['_stext', '_etext'],
      ['_sinittext', '_einittext'],
    ].flatMap(([first, last]) => {
      const start = symbols?.find(first!);
      const end = symbols?.find(last!);
      return start !== undefined && end !== undefined ? [{ start, end }] : [];
    });
    if (bounds.length > 0) return bounds;
    // PF_X
    const executable = this.kernel?.formats.elf.segments.filter(
      ({ typeName, flags }) => typeName === 'PT_LOAD' && flags & 1,
    );
    return executable?.map(({ vaddr, memSize }) => ({ start: vaddr, end: vaddr + memSize })) ?? [];
  }
}
