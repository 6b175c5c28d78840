import { CR0, CR4, EFER } from '../../src/abi/x86/control-registers.js';
import { ramStart } from '../../src/machine/engine/layout.js';
import { PhysicalMemory } from '../../src/machine/memory.js';
import { Cpu } from '../../src/machine/x86/cpu.js';
import type { DecodedWithEncoding, Decoder } from '../../src/machine/x86/decoder/decoder.js';
import { GuestFault } from '../../src/machine/x86/exceptions/fault.js';
import type { InstructionDescription } from '../../src/machine/x86/instruction.js';
import { instructionSet } from '../../src/machine/x86/instructions/index.js';
import { state as places, segment, segmentOffset } from '../../src/machine/x86/state.js';
import { baseOf, longBases, type Mode, segmentsOf, windows } from './layout.js';
import { Memory } from './memory.js';
import { fxSize, fx as image } from './state.js';
import { isInside, type Outcome, startOf, type Vector } from './vector.js';

const stopped = { reason: 'an exception was about to be delivered' } as const;
/** Where the windows stand in physical memory. */
const frames = 0x100000;

/** Runs vectors on our processor: user mode, paging on, the windows mapped as natively. */
export class Ours {
  readonly #memory = new PhysicalMemory(4 << 20);
  readonly cpu: Cpu;
  readonly decoder: Decoder;
  readonly #before = new Memory();
  readonly #places: number[] = [];
  #mode: Mode | undefined;
  #fault: Outcome['fault'];

  /** `translated`: code is translated before it runs, where it is a block of its own. */
  constructor(
    descriptions: readonly InstructionDescription[] = instructionSet,
    readonly translated = false,
  ) {
    const outside = {
      portIn: () => 0,
      portOut: () => {},
      acknowledgeInterrupt: () => 0,
      readMsr: () => undefined,
      writeMsr: () => false,
      cpuid: (leaf: number) => ({ eax: leaf === 0x80000008 ? 40 : 0, ebx: 0, ecx: 0, edx: 0 }),
      taskPriority: 0,
      synchronize: () => {},
    };
    this.cpu = new Cpu(this.#memory, outside, descriptions, translated && {});
    this.decoder = this.cpu.code.decoder;
    this.cpu.onDeliver.push((vector, error) => {
      this.#fault = { vector, error: error ?? 0, address: vector === 14 ? this.cpu.cr2 : 0n };
      throw stopped;
    });
    this.#mapWindows();
  }

  /** Page tables: everything below 1 GiB, a page table for each 2 MiB that has a window. */
  #mapWindows(): void {
    const { view } = this.#memory;
    const put = (table: number, index: number, entry: number, high = 0): void => {
      view.setUint32(ramStart + table + index * 8, entry, true);
      view.setUint32(ramStart + table + index * 8 + 4, high, true);
    };
    put(0x1000, 0, 0x2007);
    put(0x2000, 0, 0x3007);
    let next = 0x4000;
    let frame = frames;
    const tables = new Map<number, number>();
    for (const { address, size, writable, executable } of windows) {
      this.#places.push(ramStart + frame);
      for (let page = address; page < address + size; page += 4096) {
        const directory = page >>> 21;
        let table = tables.get(directory);
        if (table === undefined) {
          table = next;
          next += 4096;
          tables.set(directory, table);
          put(0x3000, directory, table | 7);
        }
        put(table, (page >>> 12) & 511, frame | (writable ? 7 : 5), executable ? 0 : 0x80000000);
        frame += 4096;
      }
    }
  }

  #enterMode(mode: Mode): void {
    const { cpu } = this;
    const { view } = this.#memory;
    const set = (index: number, base: number, access: number, low: number, bytes: bigint, code = false) => {
      const at = segmentOffset(index);
      view.setUint32(at + segment.access, access, true);
      view.setBigUint64(at + segment.base, BigInt(base), true);
      view.setBigUint64(at + segment.low, BigInt(low), true);
      view.setUint32(at + segment.limit, Number(bytes - 1n), true);
      view.setBigUint64(at + segment.readable, bytes, true);
      view.setBigUint64(at + segment.writable, code ? 0n : bytes, true);
    };
    if (mode === 64) {
      for (let i = 0; i < 6; i++) {
        const base = i === 4 ? longBases.fs : i === 5 ? longBases.gs : 0;
        set(i, base, i === 1 ? 0x20fb : 0xc0f3, 0, 1n << 32n, i === 1);
      }
    } else {
      for (const [i, s] of segmentsOf(mode).entries()) {
        const low = s.expandDown ? s.limit + 1 : 0;
        const bytes = s.expandDown ? (1n << (s.wide ? 32n : 16n)) - BigInt(low) : BigInt(s.limit) + 1n;
        set(
          i,
          s.base,
          (s.wide ? 0x4000 : 0) | (s.code ? 0xfb : s.expandDown ? 0xf7 : 0xf3),
          low,
          bytes,
          s.code,
        );
      }
    }
    view.setInt32(places.cr0, CR0.PE | CR0.MP | CR0.ET | CR0.NE | CR0.WP | CR0.PG, true);
    view.setInt32(places.cr4, CR4.PAE | CR4.PGE | CR4.OSFXSR | CR4.OSXMMEXCPT | CR4.FSGSBASE, true);
    view.setInt32(places.efer, EFER.SCE | EFER.LME | EFER.LMA | EFER.NXE, true);
    view.setBigUint64(places.cr3, 0x1000n, true);
    view.setInt32(places.cpl, 3, true);
    cpu.modeChanged();
    cpu.flushTlb();
    this.#mode = mode;
  }

  /** Puts `state` into the processor. Registers of `fx` are in stack order, ours in physical order. */
  #load(fx: Uint8Array): void {
    const { view, u8 } = this.#memory;
    const from = new DataView(fx.buffer, fx.byteOffset, fx.byteLength);
    view.setInt32(places.fpuControl, from.getUint16(image.control, true), true);
    const status = from.getUint16(image.status, true);
    view.setInt32(places.fpuStatus, status, true);
    view.setInt32(places.fpuTag, from.getUint8(image.tag), true);
    view.setInt32(places.fpuOpcode, 0, true);
    view.setBigUint64(places.fpuInstruction, 0n, true);
    view.setBigUint64(places.fpuData, 0n, true);
    view.setUint32(places.mxcsr, from.getUint32(image.mxcsr, true), true);
    u8.set(fx.subarray(image.xmm, image.xmm + 256), places.xmm);
    for (let i = 0; i < 8; i++) {
      const physical = ((status >> 11) + i) & 7;
      u8.set(fx.subarray(image.st + 16 * i, image.st + 16 * i + 10), places.fpr + 16 * physical);
    }
  }

  #store(): Uint8Array {
    const { view, u8 } = this.#memory;
    const fx = new Uint8Array(fxSize);
    const to = new DataView(fx.buffer);
    const status = view.getInt32(places.fpuStatus, true);
    to.setUint16(image.control, view.getInt32(places.fpuControl, true), true);
    to.setUint16(image.status, status, true);
    to.setUint8(image.tag, view.getInt32(places.fpuTag, true));
    to.setUint32(image.mxcsr, view.getUint32(places.mxcsr, true), true);
    fx.set(u8.subarray(places.xmm, places.xmm + 256), image.xmm);
    for (let i = 0; i < 8; i++) {
      const physical = ((status >> 11) + i) & 7;
      fx.set(u8.subarray(places.fpr + 16 * physical, places.fpr + 16 * physical + 10), image.st + 16 * i);
    }
    return fx;
  }

  /** The instruction of a vector, as the processor decodes it; undefined: #UD. */
  decode({ mode, code }: Vector): DecodedWithEncoding | undefined {
    return this.#decode(mode, code, 0, 0n);
  }

  /** All instructions of a vector, up to one that is none. */
  decodeAll(vector: Vector): DecodedWithEncoding[] {
    const { mode, code, instructions } = vector;
    const list: DecodedWithEncoding[] = [];
    let { rip } = startOf(vector);
    for (let at = 0; list.length < instructions; ) {
      const decoded = this.#decode(mode, code, at, rip);
      if (!decoded) break;
      list.push(decoded);
      at += decoded.length;
      rip += BigInt(decoded.length);
    }
    return list;
  }

  #decode(mode: Mode, code: Uint8Array, at: number, pc: bigint): DecodedWithEncoding | undefined {
    return this.decoder.decode(code, at, pc, { bits: mode, csBase: baseOf(mode, 1), real: false });
  }

  #replaced = 0;

  /** Puts a byte of guest memory, as if it had always been there; returns what it was. */
  #place(address: number, value: number): number {
    const i = windows.findIndex((w) => address >= w.address && address < w.address + w.size);
    if (i === -1) return -1;
    const at = this.#places[i]! + address - windows[i]!.address;
    const old = this.#memory.u8[at]!;
    this.#memory.u8[at] = value;
    return old;
  }

  /**
   * Translates the block of a vector. Returns how many instructions more have to run: one when a HLT was put behind, whose
   * #GP stops the run; 0 when it could not be.
   */
  #translate(vector: Vector): 0 | 1 {
    const { cpu } = this;
    const { rip } = startOf(vector);
    this.#replaced = this.#place(Number(rip) + vector.code.length, 0xf4);
    if (this.#replaced === -1) return 0;
    try {
      const block = cpu.blocks.find(Number(rip >> 12n), Number(rip & 0xfffn));
      const behind = block.count - vector.instructions;
      if (behind === 0 || behind === 1) {
        cpu.translator!.want(block.at);
        cpu.translator!.translate(cpu.now);
        if (behind) return 1;
      }
    } catch (thrown) {
      if (!(thrown instanceof GuestFault)) throw thrown;
    }
    this.#place(Number(rip) + vector.code.length, this.#replaced);
    return 0;
  }

  run(vector: Vector): Outcome {
    const { cpu } = this;
    const { u8 } = this.#memory;
    const start = startOf(vector);
    if (this.#mode !== vector.mode) this.#enterMode(vector.mode);
    cpu.blocks.flush();
    // With translations known and unknown: the fast and the slow path of every access.
    if (vector.seed & 1) cpu.flushTlb();
    this.#before.reset(vector.memory);
    const code = { address: Number(start.rip), bytes: vector.code };
    this.#before.apply(code);
    for (const i of windows.keys()) u8.set(this.#before.bytes(i), this.#places[i]!);
    cpu.gpr.set(start.gpr);
    cpu.rip = start.rip;
    cpu.flags = start.flags;
    cpu.interruptShadow = false;
    cpu.halted = false;
    this.#load(start.fx);
    this.#fault = undefined;
    const before = cpu.now;
    const behind = this.translated ? this.#translate(vector) : 0;
    try {
      cpu.run(before + vector.instructions + behind);
    } catch (thrown) {
      if (thrown !== stopped) throw thrown;
    }
    if (behind) this.#place(Number(start.rip) + vector.code.length, this.#replaced);
    const rip = BigInt.asUintN(64, cpu.rip);
    return {
      retired: cpu.now - before,
      state: { gpr: cpu.gpr.slice(), rip, flags: cpu.flags, fx: this.#store() },
      fault: isInside(vector, rip) ? this.#fault : undefined,
      memory: this.#before.changes((w) => u8.subarray(this.#places[w]!, this.#places[w]! + windows[w]!.size)),
    };
  }
}
