import { StartError } from '../core/errors.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Block } from '../machine/engine/blocks.js';
import { ramStart } from '../machine/engine/layout.js';
import type { Machine } from '../machine/machine.js';

/** Named places every boot is measured against, in the order a Linux boot passes them. */
export const waypointNames = [
  'entry',
  'startup_32',
  'startup_64',
  'x86_64_start_kernel',
  'i386_start_kernel',
  'xen_start_kernel',
  'x86_64_start_reservations',
  'start_kernel',
  'rest_init',
  'run_init_process',
  'userspace',
] as const;

/** A waypoint that a boot reached. */
export interface Waypoint {
  readonly name: string;
  /** Instructions retired before it. */
  readonly instruction: number;
  /** Virtual time in ns: the same plus what the processor idled. */
  readonly time: number;
}

/** The beginning of the boot and the first instruction at CPL 3: no functions of the kernel. */
const events: readonly string[] = ['entry', 'userspace'];

/** KASLR moves the kernel by multiples of this, physically and virtually. */
const slideStep = 0x200000;
const framesInStep = slideStep / 4096;
/** Where the kernel is linked lies above this, and its first, identity-mapped code below. */
const kernelSpace = { 4: 0xc0000000n, 8: 0xffffffff80000000n };

/** Bytes at a function's start that are compared to recognise it. */
const probe = 64;
/** The call to __fentry__ at the start of a traceable function, which Linux replaces by a NOP: behind ENDBR64 or not. */
const traced = 9;
/** Share of them that must be the same: relocation changes some addresses in the code. */
const alike = 0.6;

interface KernelFunction {
  readonly name: string;
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/**
 * Watches the blocks a machine decodes, each at its first run, and notes the first time a waypoint's function is among
 * them, wherever KASLR or early identity mapping put it. The first is recognised by its bytes; once one ran in the
 * kernel's own address range, the distance is known and the others are recognised by their addresses.
 */
export class WaypointWatch {
  readonly reached: Waypoint[] = [];
  /** How far KASLR moved the kernel's virtual addresses, as soon as that is known. */
  slide: bigint | undefined;
  /** By address modulo the step of KASLR. */
  readonly #functions = new Map<number, KernelFunction[]>();
  #user = false;
  /** Called when a waypoint is reached. */
  onReached?: (waypoint: Waypoint) => void;

  /** `until`: another function of the kernel, watched like a waypoint. */
  constructor(
    readonly machine: Machine,
    readonly symbols: SymbolTable | undefined,
    until?: string,
  ) {
    const names = [...waypointNames, ...(until === undefined ? [] : [until])];
    const functions = symbols?.findFew(names.filter((name) => !events.includes(name))) ?? [];
    for (const [name, address] of functions) this.#watch(name, address);
    machine.cpu.blocks.onDecoded.push((block) => this.#decoded(block));
  }

  #watch(name: string, address: bigint): void {
    const { space } = this.symbols!;
    const offset = space.offsetOf(address);
    if (offset === undefined) return;
    const bytes = space.bytes.data.subarray(offset, offset + probe);
    const key = Number(address % BigInt(slideStep));
    this.#functions.set(key, [...(this.#functions.get(key) ?? []), { name, address, bytes }]);
  }

  /** Notes a waypoint that is no function of the kernel. */
  note(name: string): void {
    if (this.reached.some((known) => known.name === name)) return;
    const { instructions, cpu } = this.machine;
    const waypoint = { name, instruction: instructions, time: cpu.now };
    this.reached.push(waypoint);
    this.onReached?.(waypoint);
  }

  #decoded(block: Block): void {
    if (!this.#user && this.machine.cpu.userMode) {
      this.#user = true;
      this.note('userspace');
    }
    // The remainder of a negative page is negative.
    const page = ((block.page % framesInStep) + framesInStep) % framesInStep;
    for (const candidate of this.#functions.get(page * 4096 + block.offset) ?? []) {
      if (this.#is(block, candidate)) this.note(candidate.name);
    }
  }

  #is(block: Block, { address, bytes }: KernelFunction): boolean {
    const { word } = this.symbols!.space;
    const pc = BigInt.asUintN(word * 8, block.pc);
    const virtual = pc >= kernelSpace[word];
    if (virtual && this.slide !== undefined) return pc === BigInt.asUintN(word * 8, address + this.slide);
    const at = ramStart + block.frame * 4096 + block.offset;
    const code = this.machine.memory.u8.subarray(at, at + bytes.length);
    let same = 0;
    for (let i = traced; i < bytes.length; i++) if (bytes[i] === code[i]) same++;
    if (same < (bytes.length - traced) * alike) return false;
    if (virtual) this.slide = pc - address;
    return true;
  }
}

/** Throws when a boot could never stop at what the user named. */
export function checkWaypoint(name: string, symbols: SymbolTable | undefined, problem?: string): void {
  if (events.includes(name)) return;
  const hint = `the waypoints are ${waypointNames.join(', ')}, and every function of the kernel`;
  if (!symbols) {
    throw new StartError(
      `waypoint '${name}' cannot be watched, since the image has no symbols`,
      problem ?? `without symbols there are ${events.join(' and ')}`,
    );
  }
  if (!symbols.findFew([name]).has(name)) throw new StartError(`the kernel has no function '${name}'`, hint);
}
