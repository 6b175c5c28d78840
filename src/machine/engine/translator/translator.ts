import type { Handler, InstructionSet } from '../architecture.js';
import type { Block, Blocks } from '../blocks.js';
import type { Interpreter } from '../interpreter/interpreter.js';
import { block as header, record, regionCase, regionSlots } from '../record.js';
import { type Compile, compileModule, exportName } from './compile-module.js';
import { type FlowOf, type Plan, planRegion } from './plan.js';
import type { PlannedRegion } from './region-function.js';
/** How hot code is translated; everything has a default. */
export interface TranslatorOptions {
  readonly compile?: Compile;
  /** How often the interpreter enters a block before it is translated. */
  readonly threshold?: number;
  /** Most modules that are live at the same time; the oldest are dropped. */
  readonly modules?: number;
}

/** What the translator has done so far. */
export interface TranslatorStatistics {
  modules: number;
  regions: number;
  blocks: number;
  instructions: number;
  /** Bytes of WebAssembly. */
  bytes: number;
  /** Regions dropped because code in them changed, and because there were too many. */
  invalidated: number;
  evicted: number;
  /** Milliseconds. */
  planning: number;
  emission: number;
  compilation: number;
}

/** A translated region. */
interface Region extends PlannedRegion {
  live: boolean;
}

/** Blocks waiting at which they are translated at once. */
const batch = 24;
/** Instructions after which fewer are. */
const patience = 300_000;

/** Finds hot regions, translates them to WebAssembly, and forgets them when their code changes. */
export class Translator<H extends Handler = Handler> {
  readonly statistics: TranslatorStatistics = {
    modules: 0,
    regions: 0,
    blocks: 0,
    instructions: 0,
    bytes: 0,
    invalidated: 0,
    evicted: 0,
    planning: 0,
    emission: 0,
    compilation: 0,
  };
  readonly #compile: Compile;
  readonly #threshold: number;
  readonly #limit: number;
  readonly #wanted = new Set<number>();
  /** The region each block is part of. */
  readonly #regions = new Map<Block, Region>();
  /** Blocks that were entered from outside their region, so often that they must be entries of it. */
  readonly #entered = new WeakSet<Block>();
  readonly #free: number[] = [];
  #nextSlot = 1;
  /** Regions of each live module, the oldest first. */
  readonly #modules: Region[][] = [];
  #last = 0;

  constructor(
    readonly blocks: Blocks,
    readonly set: Pick<InstructionSet<H>, 'regions' | 'traces'>,
    readonly interpreter: Interpreter<H>,
    readonly flow: FlowOf,
    readonly slots: WebAssembly.Table,
    options: TranslatorOptions,
  ) {
    this.#compile = options.compile ?? ((bytes) => new WebAssembly.Module(bytes));
    this.#threshold = options.threshold ?? 8000;
    this.#limit = options.modules ?? 4000;
    blocks.heat = this.#threshold;
    blocks.onInvalid = (dead) => (dead ? this.#invalidate(dead) : this.#forgetAll());
  }

  /** Number of regions that can be entered now. */
  get live(): number {
    return this.#nextSlot - 1 - this.#free.length;
  }

  /** Is a block part of a live region? */
  translates(block: Block): boolean {
    return this.#regions.has(block);
  }

  /** A block has become hot. Instructions after which to ask whether translation is due. */
  want(address: number): number {
    this.#wanted.add(address);
    return this.#wanted.size < batch ? patience + 1 : 0;
  }

  /** Is it time to translate? `now` in instructions. */
  due(now: number): boolean {
    const { size } = this.#wanted;
    return size > 0 && (size >= batch || now - this.#last > patience);
  }

  /** Translates what has become hot. Never while generated code runs. */
  translate(now: number): void {
    this.#last = now;
    const began = performance.now();
    const regions: Region[] = [];
    for (const address of this.#wanted) {
      const seed = this.blocks.at(address);
      if (!seed || seed.secondFrame >= 0) continue;
      const old = this.#regions.get(seed);
      if (old) {
        // Part of a region, but not an entry of it.
        if (old.plan.nodes.get(seed)!.root || regions.includes(old)) continue;
        this.#entered.add(seed);
        this.#drop(old);
      }
      const slot = this.#takeSlot();
      if (slot === undefined) break;
      const plan = this.#plan(seed);
      const region = { slot, plan, live: true };
      regions.push(region);
      for (const block of plan.nodes.keys()) this.#regions.set(block, region);
    }
    this.#wanted.clear();
    const { statistics } = this;
    statistics.planning += performance.now() - began;
    if (!regions.length) return;
    const { memory } = this.blocks;
    const { module, bytes, emission, compilation } = compileModule(
      regions,
      memory,
      this.set,
      this.interpreter.made,
      this.#compile,
    );
    const { exports } = new WebAssembly.Instance(module, {
      machine: { memory: memory.wasm },
    });
    statistics.emission += emission;
    statistics.compilation += compilation;
    for (const region of regions) this.#install(region, exports[exportName(region.slot)]);
    this.#modules.push(regions);
    while (this.#modules.length > this.#limit) {
      for (const region of this.#modules.shift()!) {
        if (!region.live) continue;
        this.#drop(region);
        statistics.evicted++;
      }
    }
    statistics.modules++;
    statistics.bytes += bytes;
  }

  #plan(seed: Block): Plan {
    const { i32 } = this.blocks.memory;
    // Worth translating with the seed: what ran a good part as often, and is not translated yet.
    const warm = this.#threshold - Math.max(1, this.#threshold >> 3);
    return planRegion(
      seed,
      this.blocks,
      this.flow,
      (block) => !this.#regions.has(block) && i32[(block.at + header.heat) >> 2]! <= warm,
      (block) => this.#entered.has(block),
    );
  }

  #takeSlot(): number | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return this.#nextSlot < regionSlots ? this.#nextSlot++ : undefined;
  }

  #install(region: Region, run: unknown): void {
    const { u8, u16, i32 } = this.blocks.memory;
    const { slot, plan } = region;
    this.slots.set(slot, run);
    const { statistics } = this;
    statistics.regions++;
    for (const [block, { root }] of plan.nodes) {
      statistics.blocks++;
      statistics.instructions += block.count;
      if (!root) i32[(block.at + header.heat) >> 2] = this.#threshold;
    }
    plan.roots.forEach(({ block }, entry) => {
      u16[(block.at + header.region) >> 1] = slot;
      u16[(block.at + header.entry) >> 1] = entry;
      u8[block.at + header.size + record.hot] = regionCase;
    });
  }

  /** Makes the interpreter run a region's blocks again. */
  #drop(region: Region): void {
    const { u8, u16, i32 } = this.blocks.memory;
    region.live = false;
    this.slots.set(region.slot, null);
    this.#free.push(region.slot);
    for (const block of region.plan.nodes.keys()) {
      if (this.#regions.get(block) === region) this.#regions.delete(block);
      if (!block.valid) continue;
      const first = block.at + header.size;
      u8[first + record.hot] = this.interpreter.hot.get(u16[first >> 1]!) ?? 0;
      u16[(block.at + header.region) >> 1] = 0;
      // Still warm: it comes back with the next one that is hot.
      i32[(block.at + header.heat) >> 2] = Math.max(1, this.#threshold >> 2);
    }
  }

  #invalidate(dead: Block): void {
    this.#wanted.delete(dead.at);
    const region = this.#regions.get(dead);
    if (!region) return;
    this.#drop(region);
    this.statistics.invalidated++;
  }

  /** The arena is about to be used again from its start. */
  #forgetAll(): void {
    this.#wanted.clear();
    for (const regions of this.#modules) {
      for (const { slot, live } of regions) if (live) this.slots.set(slot, null);
    }
    this.#modules.length = 0;
    this.#regions.clear();
    this.#free.length = 0;
    this.#nextSlot = 1;
  }
}
