import { KernelPlace } from '../autopsy/kernel-place.js';
import type { Runner } from '../boot/options.js';
import type { Image, kernelElf } from '../image/image.js';
import type { SymbolTable } from '../image/symbols/symbol-table.js';
import type { Machine, MachineStop } from '../machine/machine.js';
import { CallTracer } from './call-tracer.js';
import { FunctionMarks } from './function-marks.js';
import type { FunctionTable } from './function-table.js';
import { NodeTable } from './node-table.js';
import { isPlumbing } from './plumbing.js';
import type { TreeColumns } from './recording.js';

/** The way from a kernel's last common function to its initialisers: init/main.c, kernel/fork.c, arch/x86/entry. */
const toInitcalls: ReadonlySet<string> = new Set([
  '__switch_to',
  'ret_from_fork_asm',
  'ret_from_fork',
  'kernel_init',
  'kernel_init_freeable',
  'do_pre_smp_initcalls',
  'do_basic_setup',
  'do_initcalls',
  'do_initcall_level',
  'do_one_initcall',
]);

/** Runs a machine like its own `run`, and from `begin` on has the tree of calls made. */
export class TreeRecorder implements Runner {
  #tracer: CallTracer | undefined;
  #machine: Machine | undefined;
  #asked = false;
  #first = 0;

  constructor(
    readonly kernel: NonNullable<ReturnType<typeof kernelElf>> & Image,
    readonly symbols: SymbolTable | undefined,
    readonly functions: FunctionTable,
    /** All calls are told apart to the end. */
    readonly deep: boolean,
  ) {}

  /** The tree begins with the next instruction. */
  begin(machine: Machine, running: boolean): void {
    if (this.#asked) return;
    this.#asked = true;
    if (running) machine.stop();
  }

  /** From now on only initialisers are told apart, with all that they call. */
  end(): void {
    if (this.deep) return;
    const { name: names } = this.functions.columns;
    const rows = [...names.keys()].filter((row) => toInitcalls.has(names[row]!) || isPlumbing(names[row]!));
    this.#tracer?.openOnly(rows);
  }

  run(machine: Machine, until: number): MachineStop {
    let stop: MachineStop = 'stopped';
    if (this.#asked) this.#start(machine);
    else {
      stop = machine.run(until);
      if (stop !== 'stopped' || !(this.#asked as boolean)) return stop;
      this.#start(machine);
      return machine.run(until, { continues: true });
    }
    return machine.run(until);
  }

  #start(machine: Machine): void {
    if (this.#tracer) return;
    const { kernel, symbols, functions } = this;
    const place = new KernelPlace(kernel, symbols, machine, { firstRuns: [] });
    this.#machine = machine;
    this.#first = machine.instructions;
    this.#tracer = new CallTracer(machine, new FunctionMarks(machine.cpu, functions, place), functions);
    machine.cpu.engine.trace(this.#tracer);
  }

  /** The instructions the tree covers, and those of programs among them; null without a tree. */
  span(): { first: number; end: number; user: number } | null {
    const tracer = this.#tracer;
    return tracer
      ? { first: this.#first, end: this.#machine!.instructions, user: tracer.userInstructions }
      : null;
  }

  columns(): TreeColumns {
    return this.#tracer?.columns() ?? new NodeTable().columns(() => 0);
  }
}
