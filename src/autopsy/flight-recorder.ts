import { GPR } from '../abi/x86/registers.js';
import type { Machine } from '../machine/machine.js';
import type { Block } from '../machine/observe.js';
import type { Cpu } from '../machine/x86/cpu.js';
import { Coverage } from './coverage.js';

/** An exception that was delivered, with what can only be known at that time. */
export interface Delivery {
  /** Instructions retired before it. */
  readonly instruction: number;
  readonly vector: number;
  readonly errorCode?: number;
  /** 'exception', or 'software' for INT n, INT3 and INTO. */
  readonly kind: string;
  /** Linear address of the instruction to return to. */
  readonly rip: bigint;
  /** CR2 at that time; it belongs to the delivery when the vector is 14. */
  readonly cr2: bigint;
  readonly cr3: bigint;
  readonly cpl: number;
  /** A program raised it, not the kernel, which on Xen runs at level 3 as well. */
  readonly user: boolean;
  readonly codeBits: 16 | 32 | 64;
  /** Up to 15 bytes at RIP, as far as they could be read. */
  readonly bytes: Uint8Array;
  /** The kernel's stack: its pointer and what follows, up to the end of the page or the next; none of a program. */
  readonly stack: { readonly pointer: bigint; readonly bytes: Uint8Array };
}

/** A piece of code that ran for the first time. There are many thousands, and few are looked at. */
export class FirstRun {
  readonly #block: Block;

  constructor(
    readonly instruction: number,
    block: Block,
    readonly user: boolean,
  ) {
    this.#block = block;
  }

  /** Linear address. */
  get pc(): bigint {
    return unsigned(this.#block.pc);
  }

  /** Physical address. */
  get at(): number {
    return this.#block.frame * 4096 + this.#block.offset;
  }
}

/** Where the processor was when a slice of the run ended. */
export interface Sample {
  readonly rip: bigint;
  readonly user: boolean;
}

const keptDeliveries = 64;
/** A panic with its messages is some hundred pieces of code, and what came before is of interest. */
const keptRuns = 1024;
const keptSamples = 32;
const longestInstruction = 15;
const stackKept = 4096;
const pageFault = 14;

/** What happened last, kept while a machine runs so that an autopsy has something to look at. */
export class FlightRecorder {
  readonly deliveries: Delivery[] = [];
  readonly firstRuns: FirstRun[] = [];
  /** Where a boot that makes no progress was seen; see `StuckWatch`. */
  readonly samples: Sample[] = [];
  /** Instructions retired when code last ran for the first time. */
  lastFirstRun = 0;
  /** Where the boot began. */
  entry: bigint | undefined;
  readonly #covered: Coverage;

  /** `onFirstRun` is told of each piece of code that runs for the first time. */
  constructor(
    readonly machine: Machine,
    readonly onFirstRun?: (block: Block, instruction: number) => void,
  ) {
    const { cpu } = machine;
    this.#covered = new Coverage(machine.memory);
    cpu.blocks.onDecoded.push((block) => this.#decoded(block));
    cpu.onDeliver.push((vector, errorCode, kind) => this.#delivered(vector, errorCode, kind));
  }

  /** Notes where the processor is now. */
  sample(): void {
    const { cpu } = this.machine;
    this.samples.push({ rip: unsigned(cpu.rip), user: cpu.userMode });
    if (this.samples.length > keptSamples) this.samples.shift();
  }

  #delivered(vector: number, errorCode: number | undefined, kind: string): void {
    // Hardware interrupts and system calls are no trouble; they would push out what is.
    if (kind === 'interrupt' || (kind === 'software' && vector >= 0x20)) return;
    const { cpu } = this.machine;
    const rip = unsigned(cpu.rip);
    const isUser = cpu.userMode;
    const pointer = cpu.readGpr(GPR.RSP, cpu.codeBits === 64 ? 64 : 32);
    this.deliveries.push({
      instruction: this.machine.instructions,
      vector,
      errorCode,
      kind,
      rip,
      cr2: cpu.cr2,
      cr3: cpu.cr3,
      cpl: cpu.cpl,
      user: isUser,
      codeBits: cpu.codeBits,
      // A program's page faults are demand paging, thousands of them: their code can be read later, if need be.
      bytes: vector === pageFault && isUser ? none : peekUpTo(cpu, rip, longestInstruction),
      stack: { pointer, bytes: isUser ? none : peekUpTo(cpu, pointer, stackKept) },
    });
    if (this.deliveries.length > keptDeliveries) this.deliveries.shift();
  }

  #decoded(block: Block): void {
    // Interrupts and the ends of slices cut blocks anywhere: what is decoded then is not new.
    const found = this.#covered.add(block);
    if (found === 'known') return;
    const { cpu, instructions: instruction } = this.machine;
    this.onFirstRun?.(block, instruction);
    // Code that rewrites itself over and over makes no progress by that.
    if (found === 'changed') return;
    this.lastFirstRun = instruction;
    this.entry ??= unsigned(block.pc);
    this.firstRuns.push(new FirstRun(instruction, block, cpu.userMode));
    if (this.firstRuns.length > 2 * keptRuns) this.firstRuns.splice(0, keptRuns);
  }
}

const none = new Uint8Array(0);

/** At most `bytes` bytes of linear memory, fewer where what follows is not mapped. */
export function peekUpTo(cpu: Cpu, address: bigint, bytes: number): Uint8Array {
  const whole = cpu.linear.peek(address, bytes);
  if (whole) return whole;
  const inPage = 4096 - Number(address & 0xfffn);
  return (inPage < bytes && cpu.linear.peek(address, inPage)) || none;
}

function unsigned(address: bigint): bigint {
  return BigInt.asUintN(64, address);
}
