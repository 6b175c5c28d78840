import { ramStart, segment, segmentIndex, state } from './cpu/state.js';
import { type Fnv, fnvOver } from './fnv.js';
import type { Machine } from './machine.js';
import type { PhysicalMemory } from './memory.js';

/**
 * Sixteen hexadecimal digits over all that decides how a machine goes on: RAM, processor, devices, virtual time. Equal
 * states hash alike, on every host and however the code was executed; it is no defence against forgery.
 */
export function stateHash(machine: Machine): string {
  const hash = new Hash(fnvOf(machine.memory));
  hashRam(machine, hash);
  hashProcessor(machine, hash);
  machine.chipset.snapshotState((bytes) => hash.bytes(bytes));
  machine.platformState?.((bytes) => hash.bytes(bytes));
  return hash.digits();
}

class Hash {
  #value = 0xcbf29ce484222325n;

  constructor(readonly fnv: Fnv) {}

  word(value: number): void {
    this.#value = BigInt.asUintN(64, (this.#value ^ BigInt(value >>> 0)) * 0x100000001b3n);
  }

  /** Of linear memory, by byte address. */
  area(start: number, bytes: number): void {
    this.#value = this.fnv.words(this.#value, start, start + bytes);
  }

  /** The same, page by page; pages of zeros, which most are, count by not being there. */
  pages(start: number, bytes: number): void {
    this.#value = this.fnv.pages(this.#value, start, start + bytes);
  }

  /** A number up to 2^53. */
  number(value: number): void {
    this.word(value >>> 0);
    this.word(Math.floor(value / 0x100000000));
  }

  bigint(value: bigint): void {
    this.word(Number(value & 0xffffffffn));
    this.word(Number((value >> 32n) & 0xffffffffn));
  }

  bytes(data: Uint8Array): void {
    this.word(data.length);
    for (let i = 0; i < data.length; i += 4) {
      this.word(
        data[i]! | ((data[i + 1] ?? 0) << 8) | ((data[i + 2] ?? 0) << 16) | ((data[i + 3] ?? 0) << 24),
      );
    }
  }

  digits(): string {
    return BigInt.asUintN(64, this.#value).toString(16).padStart(16, '0');
  }
}

const functions = new WeakMap<WebAssembly.Memory, Fnv>();

function fnvOf({ wasm }: PhysicalMemory): Fnv {
  let fnv = functions.get(wasm);
  if (!fnv) functions.set(wasm, (fnv = fnvOver(wasm)));
  return fnv;
}

function hashRam({ memory: { ramSize } }: Machine, hash: Hash): void {
  hash.number(ramSize);
  hash.pages(ramStart, ramSize);
}

function hashProcessor({ cpu, memory }: Machine, hash: Hash): void {
  const { u8 } = memory;
  const area = (start: number, bytes: number): void => hash.area(start, bytes);
  hash.number(cpu.now);
  area(state.gpr, 16 * 8);
  hash.bigint(BigInt.asUintN(64, cpu.rip));
  // As the guest sees them: the parts they are made of depend on which instruction came last.
  hash.word(cpu.flags);
  for (const value of [cpu.cr0, cpu.cr4, cpu.efer, cpu.cpl]) hash.word(value);
  hash.word(Number(cpu.halted) | (Number(cpu.nmiPending) << 1) | (Number(cpu.nmiBlocked) << 2));
  hash.word(Number(cpu.interruptShadow) | (Number(cpu.betweenIterations) << 1));
  hash.word(Number(cpu.debugHeld) | (cpu.debugTrap << 1));
  hash.bigint(cpu.cr2);
  hash.bigint(cpu.cr3);
  for (const pdpte of cpu.walker.pdptes) hash.bigint(pdpte);
  area(state.segments, segmentIndex.flat * segment.size);
  for (const { base, limit } of [cpu.gdtr, cpu.idtr]) {
    hash.bigint(base);
    hash.word(limit);
  }
  for (const value of cpu.debug) hash.bigint(value);
  for (const [index, value] of [...cpu.msr].sort(([a], [b]) => a - b)) {
    hash.word(index);
    hash.bigint(value);
  }
  hash.bigint(cpu.timeStampOffset);
  hash.bigint(cpu.randomState);
  area(state.mxcsr, 4);
  area(state.xmm, 16 * 16);
  // Ten bytes each; what lies behind them is nobody's.
  for (let i = 0; i < 8; i++) hash.bytes(u8.subarray(state.fpr + i * 16, state.fpr + i * 16 + 10));
  area(state.fpuControl, state.fpuData + 8 - state.fpuControl);
}
