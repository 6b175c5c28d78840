import type { KernelPlace } from '../../autopsy/kernel-place.js';
import { waypointNames } from '../../boot/waypoints.js';
import { hex } from '../../core/errors.js';
import type { Btf } from '../../image/btf/btf.js';
import type { SymbolTable } from '../../image/symbols/symbol-table.js';
import type { Machine } from '../../machine/machine.js';
import type { PlatformInstance } from '../../platform/platform.js';
import { evaluate } from './evaluate.js';
import { type Expression, ExpressionError } from './expression.js';
import { KernelMemory, NotKnown } from './kernel-memory.js';
import { parseExpression } from './parse.js';
import { perCpuBase, readRegister } from './registers.js';
import type { Probe, ProbePart, RecordedProbe } from './row.js';

/** Kernel and machine that are asked. */
export interface Probed {
  readonly machine: Machine;
  readonly platform: PlatformInstance;
  readonly symbols: SymbolTable | undefined;
  readonly types: Btf | undefined;
  /** Where the kernel lies now. */
  place(): KernelPlace | undefined;
}

/** Evaluates probes when their waypoints are reached, or functions entered, the first time. */
export class ProbeObserver {
  readonly recorded: RecordedProbe[] = [];
  /** Those of their places that are no waypoints. */
  readonly functions: readonly string[];

  constructor(private readonly probes: readonly Probe[]) {
    const places = new Set(probes.map(({ at }) => at));
    this.functions = [...places].filter((at) => !(waypointNames as readonly string[]).includes(at));
  }

  take(place: string, probed: Probed): void {
    const due = this.probes.filter(({ at }) => at === place);
    // A function that the boot stops at is told twice.
    if (due.length === 0 || this.recorded.some(({ at }) => at === place)) return;
    const kernel = probed.place();
    for (const probe of due) this.recorded.push(record(probe, probed, kernel));
  }
}

function record(probe: Probe, probed: Probed, place: KernelPlace | undefined): RecordedProbe {
  const { machine, platform, symbols, types } = probed;
  const parts: ProbePart[] = [];
  const about = { ...probe, instruction: machine.instructions, parts };
  try {
    const expression: Expression = parseExpression(probe.expression);
    if (!symbols || !place) throw new NotKnown('the image has no symbols');
    const memory = new KernelMemory(place, symbols, types, perCpuBase(machine, platform, symbols.space.word));
    const world = { memory, register: (name: string) => readRegister(name, machine, platform) };
    return { ...about, value: hex(evaluate(expression, world, parts)), problem: null };
  } catch (error) {
    if (!(error instanceof NotKnown || error instanceof ExpressionError)) throw error;
    return { ...about, value: null, problem: error.message };
  }
}
