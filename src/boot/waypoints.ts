import { StartError } from '../core/errors.js';
import { didYouMean } from '../core/similar.js';
import type { EntryId } from '../entry/entry.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine } from '../machine/machine.js';
import type { Block } from '../machine/observe.js';
import { isUserspace, type UserspaceProof } from './userspace.js';

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

/** The beginning of the boot and init's first instruction: no functions of the kernel. */
const events: readonly string[] = ['entry', 'userspace'];

/** Functions of Linux that say how a boot ends; they are watched, but no waypoints. */
const endingNames = ['panic', 'vpanic', 'kernel_halt', 'kernel_restart', 'kernel_power_off'] as const;

/** Where the paths part: Xen's own entry leads past the native start of the kernel, and no other one to Xen's. */
const nativeOnly: readonly string[] = [
  'startup_32',
  'startup_64',
  'x86_64_start_kernel',
  'i386_start_kernel',
];
const xenOnly: readonly string[] = ['xen_start_kernel'];

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
  /** Functions that say how a boot ends, as far as they were entered. */
  readonly endings = new Set<string>();
  /** How far KASLR moved the kernel's virtual addresses, as soon as that is known. */
  slide: bigint | undefined;
  /** By address modulo the step of KASLR. */
  readonly #functions = new Map<number, KernelFunction[]>();
  readonly #passed = new Set<string>();
  readonly #until: string | undefined;
  #inUserspace = false;
  /** Functions that somebody asks for beside, and what is to be done the first time each is entered. */
  #asked: ReadonlySet<string> = new Set();
  #onAsked: (name: string) => void = () => {};
  /** Called when a waypoint is reached. */
  onReached?: (waypoint: Waypoint) => void;

  /** `until`: another function of the kernel, watched like a waypoint. `userspace`: how that is recognised, if it can be. */
  constructor(
    readonly machine: Machine,
    readonly symbols: SymbolTable | undefined,
    until?: string,
    readonly userspace?: UserspaceProof,
  ) {
    const after = userspace?.by === 'first-program' ? [userspace.after] : [];
    const wanted = [...waypointNames, ...endingNames, ...after, ...(until === undefined ? [] : [until])];
    const names = [...new Set<string>(wanted)];
    this.#until = until;
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

  /** Has functions of the kernel told when they are entered the first time, which does not make them waypoints. */
  also(names: readonly string[], onEntered: (name: string) => void): void {
    this.#asked = new Set(names);
    this.#onAsked = onEntered;
    const isWatched = new Set([...this.#functions.values()].flat().map(({ name }) => name));
    for (const [name, address] of this.symbols?.findFew(names) ?? [])
      if (!isWatched.has(name)) this.#watch(name, address);
  }

  /** Notes a function that was entered. */
  #entered(name: string): void {
    if (this.#asked.has(name) && !this.#passed.has(name)) this.#onAsked(name);
    this.#passed.add(name);
    const isWaypoint = name === this.#until || (waypointNames as readonly string[]).includes(name);
    if ((endingNames as readonly string[]).includes(name)) this.endings.add(name);
    if (isWaypoint) this.note(name);
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
    if (this.userspace && !this.#inUserspace) {
      this.#inUserspace = isUserspace(this.userspace, block, this.machine, (name) => this.#passed.has(name));
      if (this.#inUserspace) this.note('userspace');
    }
    // The remainder of a negative page is negative.
    const page = ((block.page % framesInStep) + framesInStep) % framesInStep;
    for (const candidate of this.#functions.get(page * 4096 + block.offset) ?? []) {
      if (this.#is(block, candidate)) this.#entered(candidate.name);
    }
  }

  #is(block: Block, { address, bytes }: KernelFunction): boolean {
    const { word } = this.symbols!.space;
    const pc = BigInt.asUintN(word * 8, block.pc);
    const virtual = pc >= kernelSpace[word];
    if (virtual && this.slide !== undefined) return pc === BigInt.asUintN(word * 8, address + this.slide);
    const at = block.frame * 4096 + block.offset;
    const code = this.machine.memory.guest.subarray(at, at + bytes.length);
    let same = 0;
    for (let i = traced; i < bytes.length; i++) if (bytes[i] === code[i]) same++;
    if (same < (bytes.length - traced) * alike) return false;
    if (virtual) this.slide = pc - address;
    return true;
  }
}

/** What a boot is to stop at, and what is known about its path. */
interface Destination {
  readonly name: string;
  readonly entry: EntryId;
  readonly symbols: SymbolTable | undefined;
  /** Why there are no symbols. */
  readonly problem?: string;
  readonly userspace: UserspaceProof | undefined;
}

/** Throws when a boot could never stop at what the user named. */
export function checkWaypoint({ name, entry, symbols, problem, userspace }: Destination): void {
  if (name === 'entry' || (name === 'userspace' && userspace)) return;
  if (name === 'userspace') {
    throw new StartError(
      'userspace cannot be recognised in this image',
      'it is known by the generated init, or by the symbols of a Linux kernel; --expect TEXT waits for what the guest prints',
    );
  }
  const hint = `the waypoints are ${waypointNames.join(', ')}, and every function of the kernel`;
  if (!symbols) {
    throw new StartError(
      `waypoint '${name}' cannot be watched, since the image has no symbols`,
      problem ?? `without symbols there are ${events.join(' and ')}`,
    );
  }
  if (!symbols.findFew([name]).has(name)) {
    const guess = didYouMean(name, functionNames(symbols));
    throw new StartError(`the kernel has no function '${name}'`, guess ? `${guess} T${hint.slice(1)}` : hint);
  }
  const beside = entry === 'xen-pv' ? nativeOnly : xenOnly;
  if (!beside.includes(name)) return;
  const instead = waypointNames.filter((one) => !events.includes(one) && !beside.includes(one));
  throw new StartError(
    `${name} does not lie on the path from ${entry}: ${entry === 'xen-pv' ? 'Xen enters the kernel behind it' : 'only xen-pv leads there'}`,
    `on that path lie ${instead.filter((one) => symbols.find(one) !== undefined).join(', ')}`,
  );
}

/** Waypoints and everything that could be one. */
function* functionNames(symbols: SymbolTable): Generator<string> {
  yield* waypointNames;
  for (const { type, name } of symbols.entries()) if (/[tTwW]/.test(type)) yield name;
}
