import type { KernelPlace } from '../autopsy/kernel-place.js';
import type { Runner } from '../boot/options.js';
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
  'page_alloc_init_late',
]);

/** Runs a machine like its own `run`, and from `begin` on has the tree of calls made. */
export class TreeRecorder implements Runner {
  #tracer: CallTracer | undefined;
  /** Set by `begin`. */
  #place: KernelPlace | undefined;
  #first = 0;

  constructor(
    readonly functions: FunctionTable,
    /** All calls are told apart to the end. */
    readonly deep: boolean,
  ) {}

  /** The tree begins with the next instruction; the kernel lies where it will run. */
  begin(machine: Machine, place: KernelPlace, running: boolean): void {
    this.#place = place;
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
    if (this.#start(machine)) return machine.run(until);
    const stop = machine.run(until);
    // Where `begin` stopped it, it goes on.
    return stop === 'stopped' && this.#start(machine) ? machine.run(until, { continues: true }) : stop;
  }

  /** Whether calls are followed from now on. */
  #start(machine: Machine): boolean {
    if (!this.#place) return false;
    if (this.#tracer) return true;
    const { functions } = this;
    this.#first = machine.instructions;
    const marks = new FunctionMarks(machine.cpu, functions, this.#place);
    this.#tracer = new CallTracer(machine, marks, functions);
    machine.cpu.engine.trace(this.#tracer);
    return true;
  }

  /** The instructions the tree covers, and those of programs among them; null without a tree. */
  span(): { first: number; end: number; user: number } | null {
    const tracer = this.#tracer;
    return tracer
      ? { first: this.#first, end: tracer.machine.instructions, user: tracer.userInstructions }
      : null;
  }

  columns(): TreeColumns {
    return this.#tracer?.columns() ?? new NodeTable().columns(() => 0);
  }
}
