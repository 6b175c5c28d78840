import type { PhysicalMemory } from '../../memory.js';
import { type Body, type I32, i32, type Local } from '../../wasm/code.js';
import type { FunctionHandle, ModuleBuilder } from '../../wasm/module.js';
import type { Ending, Handler, RegionState } from '../architecture.js';
import { here, words } from '../layout.js';
import { findInPcCache } from '../pc-cache.js';
import { block as header, link, record, regionExit } from '../record.js';
import { emitEntry, emitForgetNote } from '../transfers.js';
import type { Node, Plan } from './plan.js';
import { RegionBody } from './region-body.js';
import { Untranslatable } from './untranslatable.js';

/** Makes what an instruction set keeps in locals while a region's function runs. */
export type MakeRegionState<H extends Handler> = (
  body: Body,
  plan: Plan,
  memory: PhysicalMemory,
) => RegionState<H>;

/**
 * Emits a region as a function: number of the entry → what `regionExit` says. Each root stands in a block of its own, in
 * their order: going on to a later one is a branch, to an earlier one goes through the `br_table` at the start. Behind
 * them stands what looks for the targets of indirect jumps in the region itself. `stackPointer`: transfers are traced.
 */
export function emitRegion<H extends Handler>(
  module: ModuleBuilder,
  region: PlannedRegion,
  memory: PhysicalMemory,
  made: readonly (H | undefined)[],
  makeState: MakeRegionState<H>,
  stackPointer: number | undefined,
): FunctionHandle {
  const handle = module.function({ params: ['i32'], result: 'i32' }, true);
  new RegionFunction(handle, region, memory, made, makeState, stackPointer).emit();
  return handle;
}

/** A region that is to be emitted. */
export interface PlannedRegion {
  readonly slot: number;
  readonly plan: Plan;
}

class RegionFunction<H extends Handler> {
  readonly #region: RegionBody<H>;
  readonly #labels: number[] = [];
  readonly #index: ReadonlyMap<Node, number>;
  #dispatch = 0;
  /** The root being emitted, and the label of its start. */
  #current = 0;
  #again = 0;
  /** Where an indirect jump goes, once there is one. */
  #jumpTarget: Local<'i64'> | undefined;

  constructor(
    readonly handle: FunctionHandle,
    readonly planned: PlannedRegion,
    readonly memory: PhysicalMemory,
    readonly made: readonly (H | undefined)[],
    makeState: MakeRegionState<H>,
    readonly stackPointer: number | undefined,
  ) {
    const { plan } = planned;
    this.#region = new RegionBody(handle.body, memory, (body) => makeState(body, plan, memory));
    this.#index = new Map(plan.roots.map((node, i) => [node, i]));
  }

  emit(): void {
    const { body } = this.handle;
    const { roots } = this.planned.plan;
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
      if (i < roots.length) this.#root(i);
    };
    this.#region.enclose(() => {
      body.loop(() => {
        this.#dispatch = body.depth;
        nest(roots.length);
        if (this.#jumpTarget) this.#findTarget(this.#jumpTarget);
      });
      body.unreachable();
    });
  }

  #root(i: number): void {
    const { body } = this.handle;
    const region = this.#region;
    const node = this.planned.plan.roots[i]!;
    this.#current = i;
    region.state.assume(region.state.atRoots);
    if (!this.#comesBack(node)) {
      this.#tree(node);
      return;
    }
    // The way back to its start needs no table.
    body.loop(() => {
      this.#again = body.depth;
      region.state.assume(region.state.atRoots);
      this.#tree(node);
    });
    body.unreachable();
  }

  /** Does a tree lead back to its own root? */
  #comesBack(root: Node): boolean {
    const stack = [root];
    for (let next = stack.pop(); next; next = stack.pop()) {
      for (const at of next.links) {
        const to = this.planned.plan.target(at);
        if (to === root) return true;
        if (to && !to.root) stack.push(to);
      }
    }
    return false;
  }

  /** Emits a node and, where control can come to them only from here, its successors. */
  #tree(node: Node): void {
    const { u16 } = this.memory;
    const { at: start, count } = node.block;
    const first = start + header.size;
    const last = first + (count - 1) * record.size;
    for (let at = first; at <= last; at += record.size) {
      const source = this.made[u16[at >> 1]!];
      const ending = source && this.#instruction(at, source, at === last);
      if (!ending) {
        this.#region.leave(i32.const(at));
        return;
      }
      if (at === last) this.#end(node, last, ending);
    }
  }

  /** Undefined when the instruction has to be left to the interpreter. */
  #instruction(at: number, source: H, last: boolean): Ending | undefined {
    const { body } = this.handle;
    const region = this.#region;
    const mark = body.mark();
    const { known } = region.state;
    const attempt = (): Ending => {
      // What a branch depends on is still wanted when its emission is over.
      if (last) return region.instruction(at, source);
      let ending: Ending = { kind: 'next' };
      body.scope(() => {
        ending = region.instruction(at, source);
      });
      return ending;
    };
    for (const prepare of [() => {}, () => region.state.settle()]) {
      try {
        prepare();
        return attempt();
      } catch (reason) {
        if (!(reason instanceof Untranslatable)) throw reason;
        body.reset(mark);
        region.state.assume(known);
      }
    }
    return undefined;
  }

  #end(node: Node, last: number, ending: Ending): void {
    const { body } = this.handle;
    const region = this.#region;
    const behind = last + record.size;
    if (ending.kind === 'next') {
      this.#edge(node, behind + record.size);
      return;
    }
    if (ending.kind === 'goto') {
      this.#edge(node, ending.taken ? behind : behind + link.size);
      return;
    }
    if (ending.kind === 'jump') {
      this.#jumpTarget ??= body.permanent('i64');
      body.set(this.#jumpTarget, ending.pc);
      region.state.settle();
      body.branch(this.#labels[this.planned.plan.roots.length]!);
      return;
    }
    const { known } = region.state;
    const branch = (condition: I32, then: () => void): void => {
      body.if(condition, () => {
        region.state.assume(known);
        then();
      });
      region.state.assume(known);
    };
    branch(ending.condition, () => this.#edge(node, behind));
    this.#edge(node, behind + link.size);
  }

  /** Follows a link: inside the region when its target is there and the budget reaches. */
  #edge(node: Node, at: number): void {
    const { body } = this.handle;
    const region = this.#region;
    const { left } = region;
    const outside = (): void => region.leave(i32.const(at | regionExit.link));
    const target = this.planned.plan.target(at);
    if (!target) {
      outside();
      return;
    }
    const count = i32.const(target.block.count);
    const short = i32.lt_s(left, count);
    // Within a page control goes where it went before; another page may be another one by now.
    const elsewhere =
      target.block.page === node.block.page
        ? undefined
        : i32.or(
            i32.xor(i32.load(here, at + link.epoch), i32.load(here, words.epoch)),
            i32.xor(i32.load(here, at + link.block), i32.const(target.block.at)),
          );
    body.if(elsewhere ? i32.or(short, elsewhere) : short, outside);
    if (this.stackPointer !== undefined) {
      const { mark } = target.block;
      if (mark) emitEntry(body, this.stackPointer, left, i32.const(mark), i32.const(at));
      // Any other block finds none, since whatever leaves one by itself goes another way.
      if (mark || node.calls) emitForgetNote(body);
    }
    body.set(left, i32.sub(left, count));
    if (!target.root) {
      this.#tree(target);
      return;
    }
    region.state.settle();
    const index = this.#index.get(target)!;
    if (index === this.#current) body.branch(this.#again);
    else this.#go(index);
  }

  #go(index: number): void {
    const { body } = this.handle;
    if (index > this.#current) body.branch(this.#labels[index]!);
    else {
      body.set(body.param(0, 'i32'), i32.const(index));
      body.branch(this.#dispatch);
    }
  }

  /** Goes to the root at `pc` when the pc cache says that it is one of this region, else leaves. */
  #findTarget(pc: Local<'i64'>): void {
    const { body } = this.handle;
    const region = this.#region;
    region.state.assume(region.state.atRoots);
    body.block((leave) => {
      const cached = findInPcCache(body, pc);
      leave(i32.eqz(cached.hit));
      const target = body.let(cached.block);
      leave(i32.ne(i32.load16_u(target, header.region), i32.const(this.planned.slot)));
      const left = body.let(i32.sub(region.left, i32.load(target, header.charge)));
      leave(i32.lt_s(left, i32.const(0)));
      const { stackPointer } = this;
      if (stackPointer !== undefined) {
        const mark = body.let(i32.load(target, header.mark));
        body.if(mark, () => emitEntry(body, stackPointer, region.left, mark, i32.const(0)));
        emitForgetNote(body);
      }
      body.set(region.left, left);
      body.set(body.param(0, 'i32'), i32.load16_u(target, header.entry));
      body.branch(this.#dispatch);
    });
    body.store64(here, pc, words.jumpTarget);
    region.leave(i32.const(regionExit.jump));
  }
}
