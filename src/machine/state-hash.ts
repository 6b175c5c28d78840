import { ramStart, segment, segmentIndex, state } from './cpu/state.js';
import type { Machine } from './machine.js';

/**
 * Sixteen hexadecimal digits over all that decides how a machine goes on: RAM, processor, devices, virtual time. Equal
 * states hash alike, on every host and however the code was executed; it is no defence against forgery.
 */
export function stateHash(machine: Machine): string {
  const hash = new Fnv();
  hashRam(machine, hash);
  hashProcessor(machine, hash);
  machine.chipset.snapshotState((bytes) => hash.bytes(bytes));
  return hash.digits();
}

/** FNV-1a with its 64-bit constants, fed 32 bits at a time instead of 8. */
class Fnv {
  #low = 0x84222325;
  #high = 0xcbf29ce4;

  word(value: number): void {
    // The prime is 2^40 + 0x1b3.
    const low = (this.#low ^ value) >>> 0;
    const product = low * 0x1b3;
    this.#high = (Math.imul(this.#high, 0x1b3) + Math.floor(product / 0x100000000) + (low << 8)) | 0;
    this.#low = product | 0;
  }

  words(from: Uint32Array, start: number, end: number): void {
    for (let i = start; i < end; i++) this.word(from[i]!);
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
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/** Words a page. */
const page = 1024;

/** Pages of zeros, which most are, count by not being there. */
function hashRam({ memory: { u32, ramSize } }: Machine, hash: Fnv): void {
  hash.number(ramSize);
  const end = (ramStart + ramSize) >>> 2;
  for (let start = ramStart >>> 2; start < end; start += page) {
    if (isZero(u32, start)) continue;
    hash.word(start);
    hash.words(u32, start, start + page);
  }
}

function isZero(u32: Uint32Array, start: number): boolean {
  for (let i = start; i < start + page; i += 4) {
    if (u32[i]! | u32[i + 1]! | u32[i + 2]! | u32[i + 3]!) return false;
  }
  return true;
}

function hashProcessor({ cpu, memory }: Machine, hash: Fnv): void {
  const { u32, u8 } = memory;
  const area = (start: number, bytes: number): void => hash.words(u32, start >> 2, (start + bytes) >> 2);
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
