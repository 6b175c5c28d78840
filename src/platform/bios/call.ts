import { FLAG } from '../../abi/x86/flags.js';
import { GPR } from '../../abi/x86/registers.js';
import type { Machine } from '../../machine/machine.js';
import type { SegmentName } from '../../machine/x86/segments/segment-register.js';
import { GuestMemory } from '../guest-memory.js';

/** Offset of FLAGS on the stack behind an INT: IP and CS come first. */
const FLAGS_OFFSET = 4n;

/** A call of a BIOS service: registers, flags and memory of the program that calls, which the service reads and changes. */
export class BiosCall {
  readonly memory: GuestMemory;

  constructor(readonly machine: Machine) {
    this.memory = new GuestMemory(machine.cpu);
  }

  get ax(): number {
    return this.word('RAX');
  }
  get ah(): number {
    return this.ax >> 8;
  }
  get al(): number {
    return this.ax & 0xff;
  }
  set ah(value: number) {
    this.setWord('RAX', (value << 8) | this.al);
  }

  /** The lower 16 bits of a register. */
  word(register: keyof typeof GPR): number {
    return Number(this.machine.cpu.readGpr(GPR[register], 16));
  }
  setWord(register: keyof typeof GPR, value: number): void {
    this.machine.cpu.writeGpr(GPR[register], BigInt(value), 16);
  }

  doubleWord(register: keyof typeof GPR): number {
    return Number(this.machine.cpu.readGpr(GPR[register], 32));
  }
  setDoubleWord(register: keyof typeof GPR, value: number): void {
    this.machine.cpu.writeGpr(GPR[register], BigInt(value >>> 0), 32);
  }

  /** Linear address of a register's lower 16 bits in a segment. */
  pointer(segment: SegmentName, register: keyof typeof GPR): bigint {
    return this.machine.cpu.segment[segment].base + BigInt(this.word(register));
  }

  /** CF that the program finds: whether the service failed. */
  set carry(value: boolean) {
    this.#setFlag(FLAG.CF, value);
  }
  /** ZF that the program finds. */
  set zero(value: boolean) {
    this.#setFlag(FLAG.ZF, value);
  }

  #setFlag(flag: number, value: boolean): void {
    const { cpu } = this.machine;
    const at = cpu.segment.ss.base + BigInt.asUintN(16, cpu.gpr[GPR.RSP]! + FLAGS_OFFSET);
    const flags = this.memory.read(at, 1)?.getUint8(0);
    if (flags === undefined) return;
    this.memory.write(at, Uint8Array.of(value ? flags | flag : flags & ~flag));
  }
}
