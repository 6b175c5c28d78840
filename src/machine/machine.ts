import { exitStatusLeaf } from '../abi/exit-status.js';
import type { MemoryRange } from '../abi/memory-map.js';
import { FLAG } from '../abi/x86/flags.js';
import { memoryMap } from '../firmware/memory-map.js';
import type { ChipsetOptions } from './chipset/board.js';
import type { Chipset } from './chipset/chipset.js';
import { type ChipsetId, createChipset } from './chipset/create.js';
import type { ExtraDevice } from './chipset/extra-devices.js';
import { Clock } from './clock.js';
import type { TranslatorOptions } from './engine/translator/translator.js';
import { PhysicalMemory } from './memory.js';
import type { Put, Saved } from './saved.js';
import { Cpu } from './x86/cpu.js';
import { type CpuidOptions, createCpuid } from './x86/cpuid.js';
import type { InstructionDescription } from './x86/instruction.js';
import { instructionSet } from './x86/instructions/index.js';

/** What a machine is made of; everything has a default. */
export interface MachineOptions {
  /** RAM in MiB, 16 to 3072; default 512. */
  readonly memory?: number;
  readonly chipset?: ChipsetId;
  /** What is plugged in beside the chipset's own devices. */
  readonly devices?: readonly ExtraDevice[];
  readonly cpu?: CpuidOptions;
  /** Called with every byte the guest sends to the first serial port, or to the debug console where there is one. */
  readonly onConsoleByte?: (byte: number) => void;
  /** Where the real-time clock starts, in seconds since 1970-01-01T00:00:00Z. */
  readonly wallClockStart?: number;
  /** Whether hot code is translated to WebAssembly, and how; the result is the same to the bit. Default: it is. */
  readonly translate?: TranslatorOptions | boolean;
  /** The processor's code writes down transfers of control, for `cpu.engine.trace`. */
  readonly traced?: boolean;
  /** Default: the whole instruction set. */
  readonly instructions?: readonly InstructionDescription[];
}

/** Why a machine stopped running. */
export type MachineStop =
  | 'budget'
  /** The guest switched the power off. */
  | 'power-off'
  /** The guest ended the machine with an exit status: see `exitStatus`. */
  | 'exit'
  /** The guest asked for a reset. */
  | 'reset'
  /** Triple fault. */
  | 'shutdown'
  /** HLT with interrupts off, or with nothing left that could interrupt. */
  | 'dead-halt'
  /** Halted until an interrupt; only when `skipsIdle` is off. */
  | 'idle'
  /** The guest told its hypervisor that it has crashed. */
  | 'crash'
  /** The hypervisor would not go on with the guest: see `endReason`. */
  | 'killed'
  /** The guest asked its hypervisor for what there is on real ones, but not here: see `endReason`. */
  | 'unsupported'
  /** `stop` was called. */
  | 'stopped';

/** Which part of a longer run a run is. */
export interface RunPart {
  readonly continues?: boolean;
  readonly goesOn?: boolean;
}

/** Model-specific registers of a platform; undefined, false: not one of them. */
export interface PlatformMsrs {
  read(index: number): bigint | undefined;
  write(index: number, value: bigint): boolean;
}

/** Processor, memory and devices, on one virtual clock: the count of retired instructions. */
export class Machine implements Saved {
  readonly memory: PhysicalMemory;
  readonly clock = new Clock();
  readonly cpu: Cpu;
  readonly chipset: Chipset;
  /** Whether `run` passes over the time a halted processor waits; if not, it returns 'idle'. @unsaved the caller's */
  skipsIdle = true;
  /** Set by a platform. @unsaved wiring */
  platformMsrs: PlatformMsrs | undefined;
  /** RAM that the platform keeps for itself. @unsaved a fact of the platform */
  platformReserved: readonly MemoryRange[] = [];
  /** The memory map of a guest that is given other memory than the machine's. @unsaved a fact of the platform */
  platformMemoryMap: readonly MemoryRange[] | undefined;
  /** What a platform added to the state. */
  underneath: Saved | undefined;
  /** Of a machine that a platform ended, in a clause. @unsaved for people */
  endReason: string | undefined;
  /** Of a machine that stopped with 'exit', 0–255. */
  exitStatus: number | undefined;
  /** @unsaved of the current run */
  #ended: MachineStop | undefined;

  constructor(options: MachineOptions = {}) {
    this.memory = new PhysicalMemory((options.memory ?? 512) * 0x100000);
    const { clock } = this;
    const wires: ChipsetOptions = {
      clock,
      memory: { low: this.memory.ramSize, high: 0 },
      onConsoleByte: options.onConsoleByte ?? (() => {}),
      onPowerOff: () => this.#end('power-off'),
      onReset: () => this.#end('reset'),
      onExit: (status) => this.exit(status),
      wallClockStart: options.wallClockStart,
    };
    this.chipset = createChipset(options.chipset ?? 'pc', wires, options.devices);
    const { bus, lapic, interrupts } = this.chipset;
    this.memory.mmio = bus;
    const cpuid = createCpuid(options.cpu);
    this.cpu = new Cpu(
      this.memory,
      {
        portIn: (port, size) => bus.in(port, size),
        portOut: (port, size, value) => bus.out(port, size, value),
        acknowledgeInterrupt: () => interrupts.acknowledge(),
        readMsr: (index) => lapic.readMsr(index) ?? this.platformMsrs?.read(index),
        writeMsr: (index, value) =>
          lapic.writeMsr(index, value) || this.platformMsrs?.write(index, value) === true,
        cpuid: (leaf, subleaf) => {
          if (leaf === exitStatusLeaf) this.exit(subleaf & 0xff);
          return cpuid(leaf, subleaf);
        },
        get taskPriority() {
          return lapic.cr8;
        },
        set taskPriority(level: number) {
          lapic.cr8 = level;
        },
        synchronize: (now) => clock.advanceTo(now),
        counterOverflowed: (masks) => lapic.counterOverflowed(masks),
        timeStampMoved: (offset) => {
          lapic.tscOffset = offset;
        },
      },
      options.instructions ?? instructionSet,
      options.translate === undefined || options.translate === true ? {} : options.translate,
      options.traced,
    );
    interrupts.onChange = () => {
      const pending = interrupts.pending();
      this.cpu.interruptLine = pending;
      if (pending) this.cpu.lookAgain();
    };
    interrupts.onNmi = () => this.cpu.raiseNmi();
    interrupts.onInit = () => this.#end('reset');
    clock.onEarlier = () => this.cpu.cutBudget(clock.nextEvent());
    const { acpi } = this.chipset;
    this.memory.ram(acpi.address, acpi.bytes.length).set(acpi.bytes);
  }

  #end(why: MachineStop): void {
    this.#ended ??= why;
    this.cpu.stop('stop');
  }

  /** Instructions retired: virtual time without what was passed over while the processor was halted. */
  get instructions(): number {
    return this.cpu.now - this.cpu.idle;
  }

  /** Lets virtual time pass, up to `until`, while the processor is halted. */
  passIdle(until: number): void {
    this.cpu.skipTo(until);
  }

  /** Ends the machine, as a platform does for its guest. */
  end(why: 'power-off' | 'reset' | 'crash' | 'killed' | 'unsupported' | 'dead-halt', reason?: string): void {
    this.endReason ??= reason;
    this.#end(why);
  }

  /** Ends the machine with an exit status of the guest's, 0–255. */
  exit(status: number): void {
    this.exitStatus ??= status;
    this.#end('exit');
  }

  /** Asks a running machine to stop after the current instruction. */
  stop(): void {
    this.#end('stopped');
  }

  /** Presses the NMI button: what comes of it is up to LINT1 of the local APIC. */
  injectNmi(): void {
    this.chipset.lapic.pulseLint1();
  }

  /** All but RAM. */
  save(put: Put): void {
    put(this.cpu.idle);
    put(this.exitStatus);
    this.clock.save(put);
    this.cpu.save(put);
    this.chipset.save(put);
    this.underneath?.save(put);
  }

  /** The physical memory map a loader hands over. */
  memoryMap(): MemoryRange[] {
    if (this.platformMemoryMap) return [...this.platformMemoryMap];
    return memoryMap(this.memory.ramSize, [...this.chipset.reserved, ...this.platformReserved]);
  }

  /**
   * Runs until `until` instructions have retired since power-on, or something ends the machine. A part of a run tells the
   * clock no more than the whole would: one that `continues` begins, and one that `goesOn` ends in the middle.
   */
  run(until: number, { continues = false, goesOn = false }: RunPart = {}): MachineStop {
    const { clock, cpu } = this;
    this.#ended = undefined;
    for (let isMiddle = continues; ; isMiddle = false) {
      if (!isMiddle) clock.advanceTo(cpu.now);
      if (this.#ended) return this.#ended;
      const next = Math.min(clock.nextEvent(), cpu.performance.dueAt, until);
      const reason = cpu.run(next);
      if (reason === 'shutdown') return 'shutdown';
      if (this.#ended) return this.#ended;
      if (cpu.performance.takeOverflow()) continue;
      if (reason === 'halt') {
        if (!(cpu.systemFlags & FLAG.IF) && !this.chipset.interrupts.ioapic.routesNmi) return 'dead-halt';
        if (!this.skipsIdle) return 'idle';
        const wake = clock.nextEvent();
        if (wake === Number.POSITIVE_INFINITY) return 'dead-halt';
        this.passIdle(Math.min(wake, until));
      }
      if (cpu.now >= until) {
        if (!goesOn) clock.advanceTo(cpu.now);
        return this.#ended ?? 'budget';
      }
    }
  }
}
