import type { Block, Blocks } from '../blocks.js';
import type { Flow } from '../flow.js';
import { words } from '../layout.js';
import { block as header, link, record } from '../record.js';

/** A block as part of a region. */
export interface Node {
  readonly block: Block;
  /** Links that control may follow from its end. */
  readonly links: readonly number[];
  /** Ends with a call. */
  readonly calls: boolean;
  /** Can be entered from anywhere; the other nodes are emitted where their only predecessor branches to them. */
  root: boolean;
}

/** Blocks that are translated into one function. */
export interface Plan {
  readonly nodes: ReadonlyMap<Block, Node>;
  /** In the order of their addresses. */
  readonly roots: readonly Node[];
  /** The node that a link leads to. */
  target(at: number): Node | undefined;
}

/** How control goes on behind the instruction of the record at an address. */
export type FlowOf = (at: number) => Flow;

/** Most blocks in a region. */
const most = 120;

interface Ways {
  readonly links: number[];
  /** Where a call returns to: no successor, but part of the same function. */
  readonly returns?: number;
}

/** The pages that a region reaches into, and their blocks that may be part of it. */
class Pages {
  /** By linear page, then by offset. */
  readonly #blocks = new Map<number, Map<number, Block>>();
  readonly ways = new Map<Block, Ways>();
  readonly #neighbours = new Map<Block, Block[]>();

  constructor(
    readonly seed: Block,
    readonly blocks: Blocks,
    readonly flow: FlowOf,
    readonly belongs: (block: Block) => boolean,
  ) {
    this.#open(seed.page, seed.frame);
  }

  /** The block that a link leads to, if it may be part of the region. */
  find(at: number): Block | undefined {
    const { i32 } = this.blocks.memory;
    const low = i32[(at + link.pc) >> 2]!;
    const page = i32[(at + link.pc + 4) >> 2]! * 0x100000 + (low >>> 12);
    return this.#blocks.get(page)?.get(low & 0xfff);
  }

  /** The same, also in a page that the region does not reach into yet. */
  #reach(at: number): Block | undefined {
    const found = this.find(at);
    if (found) return found;
    const { i32 } = this.blocks.memory;
    if (i32[(at + link.epoch) >> 2] !== i32[words.epoch >> 2]) return undefined;
    const other = this.blocks.at(i32[(at + link.block) >> 2]!);
    if (!other || this.#blocks.has(other.page) || !this.#may(other)) return undefined;
    this.#open(other.page, other.frame);
    return other;
  }

  #may(block: Block): boolean {
    return (
      block === this.seed || (block.mode === this.seed.mode && block.secondFrame < 0 && this.belongs(block))
    );
  }

  #open(page: number, frame: number): void {
    const found = new Map<number, Block>();
    for (const block of this.blocks.inFrame(frame))
      if (block.page === page && this.#may(block)) found.set(block.offset, block);
    this.#blocks.set(page, found);
    for (const block of found.values()) {
      const ways = waysOf(block, this.flow);
      this.ways.set(block, ways);
      for (const at of ways.returns === undefined ? ways.links : [...ways.links, ways.returns]) {
        const other = this.find(at);
        if (!other) continue;
        this.#join(block, other);
        this.#join(other, block);
      }
    }
  }

  #join(a: Block, b: Block): void {
    const list = this.#neighbours.get(a);
    if (list) list.push(b);
    else this.#neighbours.set(a, [b]);
  }

  /** What a block is joined to, in either direction within its page, forwards to others. */
  around(block: Block): readonly Block[] {
    const near = this.#neighbours.get(block) ?? [];
    const far: Block[] = [];
    for (const at of this.ways.get(block)!.links) {
      const other = this.#reach(at);
      if (other && other.page !== block.page) far.push(other);
    }
    return [...near, ...far];
  }
}

/** Plans a region around a block: what `belongs` and is joined to it. */
export function planRegion(
  seed: Block,
  blocks: Blocks,
  flow: FlowOf,
  belongs: (block: Block) => boolean,
  mustBeRoot: (block: Block) => boolean,
): Plan {
  const pages = new Pages(seed, blocks, flow, belongs);
  const nodes = new Map<Block, Node>();
  const queue = [seed];
  for (let next = queue.shift(); next && nodes.size < most; next = queue.shift()) {
    if (nodes.has(next)) continue;
    const near = pages.around(next);
    const { links, returns } = pages.ways.get(next)!;
    nodes.set(next, { block: next, links, calls: returns !== undefined, root: mustBeRoot(next) });
    queue.push(...near);
  }
  const target = (at: number): Node | undefined => {
    const found = pages.find(at);
    return found && nodes.get(found);
  };
  chooseRoots([...nodes.values()], pages.ways, target);
  const roots = [...nodes.values()]
    .filter(({ root }) => root)
    .sort((a, b) => a.block.page - b.block.page || a.block.offset - b.block.offset);
  return { nodes, roots, target };
}

/** Roots are what is entered from several places, from outside as far as one can tell, or in a circle. */
function chooseRoots(
  nodes: readonly Node[],
  ways: ReadonlyMap<Block, Ways>,
  target: (at: number) => Node | undefined,
): void {
  const entered = new Map<Node, number>();
  for (const node of nodes) {
    const { returns } = ways.get(node.block)!;
    for (const at of node.links) {
      const to = target(at);
      if (!to) continue;
      entered.set(to, (entered.get(to) ?? 0) + 1);
      // A function has other callers.
      if (returns !== undefined) to.root = true;
    }
    const back = returns === undefined ? undefined : target(returns);
    if (back) back.root = true;
  }
  for (const node of nodes) if (entered.get(node) !== 1) node.root = true;
  // What is left and not reached from a root goes round in circles.
  const reached = new Set<Node>();
  const reach = (from: Node): void => {
    const stack = [from];
    for (let next = stack.pop(); next; next = stack.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      for (const at of next.links) {
        const to = target(at);
        if (to) stack.push(to);
      }
    }
  };
  for (const node of nodes) if (node.root) reach(node);
  for (const node of nodes) {
    if (reached.has(node)) continue;
    node.root = true;
    reach(node);
  }
}

/** How control leaves a block. */
function waysOf({ at, count }: Block, flow: FlowOf): Ways {
  const last = at + header.size + (count - 1) * record.size;
  const behind = last + record.size;
  switch (flow(last)) {
    case 'next':
      return { links: [behind + record.size] };
    case 'jump':
      return { links: [behind] };
    case 'call':
      return { links: [behind], returns: behind + link.size };
    case 'conditional':
      return { links: [behind, behind + link.size] };
    case 'indirect-call':
      return { links: [], returns: behind + link.size };
    default:
      return { links: [] };
  }
}
