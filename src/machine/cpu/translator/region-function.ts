import type { PhysicalMemory } from '../../memory.js';
import { type I32, i32 } from '../../wasm/code.js';
import type { FunctionHandle, ModuleBuilder } from '../../wasm/module.js';
import { emitInstruction, type Interpreter, regionExit } from '../interpreter.js';
import { block as header, link, record } from '../record.js';
import { segmentIndex, state } from '../state.js';
import type { Node, Plan } from './plan.js';
import { nothingKnown, RegionBody } from './region-body.js';
import { type Ending, RegionEmitter } from './region-emitter.js';
import { Untranslatable } from './untranslatable.js';

const nowhere = i32.const(0);

/**
 * Emits a region as a function: number of the entry → what `regionExit` says. Each root stands in a block of its own, in
 * the order of their addresses: going on to a later one is a branch, to an earlier one goes through the `br_table` at
 * the start.
 */
export function emitRegion(
  module: ModuleBuilder,
  plan: Plan,
  memory: PhysicalMemory,
  interpreter: Interpreter,
  knowFlags: number,
): FunctionHandle {
  const handle = module.function({ params: ['i32'], result: 'i32' }, true);
  new RegionFunction(handle, plan, memory, interpreter, knowFlags).emit();
  return handle;
}

const { es, ss, ds } = segmentIndex;
const dataSegments = (1 << es) | (1 << ss) | (1 << ds);

/** Data segments that 32-bit code finds flat now, and most probably always. */
function flatSegments({ roots }: Plan, { i32 }: PhysicalMemory): number {
  const bits = roots[0]!.block.mode & 7;
  return bits === 1 ? i32[state.flatSegments >> 2]! & dataSegments : 0;
}

class RegionFunction {
  readonly #region: RegionBody;
  readonly #labels: number[] = [];
  readonly #index: ReadonlyMap<Node, number>;
  #dispatch = 0;
  /** The root being emitted, and the label of its loop when it is one. */
  #current = 0;
  #again: number | undefined;
  #loops = false;

  constructor(
    readonly handle: FunctionHandle,
    readonly plan: Plan,
    readonly memory: PhysicalMemory,
    readonly interpreter: Interpreter,
    knowFlags: number,
  ) {
    this.#region = new RegionBody(handle.body, memory, knowFlags, flatSegments(plan, memory));
    this.#index = new Map(plan.roots.map((node, i) => [node, i]));
  }

  emit(): void {
    const { body } = this.handle;
    const { roots } = this.plan;
    const entry = body.param(0, 'i32');
    const nest = (i: number): void => {
      if (i < 0) {
        body.branchTable(
          entry,
          roots.map((_, at) => this.#labels[at]!),
        );
        return;
      }
      body.block(() => {
        this.#labels[i] = body.depth;
        nest(i - 1);
      });
      this.#root(i);
    };
    body.loop(() => {
      this.#dispatch = body.depth;
      nest(roots.length - 1);
    });
    body.unreachable();
  }

  #root(i: number): void {
    const { body } = this.handle;
    const region = this.#region;
    const node = this.plan.roots[i]!;
    this.#current = i;
    this.#again = undefined;
    this.#loops = false;
    const mark = body.mark();
    const usedBefore = region.registers.used;
    region.registers.used = 0;
    region.assume(nothingKnown);
    this.#tree(node);
    const { used } = region.registers;
    region.registers.used |= usedBefore;
    if (!this.#loops) return;
    // It comes back to its own start: once more, with its registers loaded before the loop.
    body.reset(mark);
    region.assume(nothingKnown);
    region.registers.load(used);
    const { known } = region;
    body.loop(() => {
      this.#again = body.depth;
      region.assume({ registers: { loaded: known.registers.loaded, narrow: 0 }, flags: 'memory' });
      this.#tree(node);
    });
    body.unreachable();
  }

  /** Emits a node and, where control can come to them only from here, its successors. */
  #tree(node: Node): void {
    const { u16 } = this.memory;
    const { block, last } = node;
    for (let at = block.at + header.size; at <= last; at += record.size) {
      const source = this.interpreter.made[u16[at >> 1]!];
      const ending = source && this.#instruction(at, at === last);
      if (!ending) {
        this.#region.leave(i32.const(at));
        return;
      }
      if (at === last) this.#end(node, ending);
    }
  }

  /** Undefined when the instruction has to be left to the interpreter. */
  #instruction(at: number, last: boolean): Ending | 'next' | undefined {
    const { body } = this.handle;
    const region = this.#region;
    const source = this.interpreter.made[this.memory.u16[at >> 1]!]!;
    const mark = body.mark();
    const { known } = region;
    const attempt = (): Ending | 'next' => {
      const emitter = new RegionEmitter(region, at, source);
      // What a branch depends on is still wanted when its emission is over.
      if (last) emitInstruction(emitter, source.encoding, source.repeated);
      else body.scope(() => emitInstruction(emitter, source.encoding, source.repeated));
      return emitter.ending ?? 'next';
    };
    for (const prepare of [() => {}, () => region.flags.toMemory()]) {
      try {
        prepare();
        return attempt();
      } catch (reason) {
        if (!(reason instanceof Untranslatable)) throw reason;
        body.reset(mark);
        region.assume(known);
      }
    }
    return undefined;
  }

  #end({ last }: Node, ending: Ending | 'next'): void {
    const { body } = this.handle;
    const region = this.#region;
    const behind = last + record.size;
    if (ending === 'next') {
      this.#edge(behind + record.size);
      return;
    }
    if (ending.kind === 'goto') {
      this.#edge(ending.taken ? behind : behind + link.size);
      return;
    }
    if (ending.kind === 'jump') {
      body.store64(nowhere, ending.pc, state.jumpTarget);
      region.leave(i32.const(regionExit.jump));
      return;
    }
    const { known } = region;
    const branch = (condition: I32, then: () => void): void => {
      body.if(condition, () => {
        region.assume(known);
        then();
      });
      region.assume(known);
    };
    branch(ending.condition, () => this.#edge(behind));
    this.#edge(behind + link.size);
  }

  /** Follows a link: inside the region when its target is there and the budget reaches. */
  #edge(at: number): void {
    const { body } = this.handle;
    const region = this.#region;
    const { left } = region;
    const outside = (): void => region.leave(i32.const(at | regionExit.link));
    const target = this.plan.target(at);
    if (!target) {
      outside();
      return;
    }
    const count = i32.const(target.block.count);
    body.if(i32.lt_s(left, count), outside);
    body.set(left, i32.sub(left, count));
    if (!target.root) {
      this.#tree(target);
      return;
    }
    region.flags.toMemory();
    const index = this.#index.get(target)!;
    if (index === this.#current) {
      this.#loops = true;
      if (this.#again !== undefined) {
        body.branch(this.#again);
        return;
      }
    }
    if (index > this.#current) body.branch(this.#labels[index]!);
    else {
      body.set(body.param(0, 'i32'), i32.const(index));
      body.branch(this.#dispatch);
    }
  }
}
