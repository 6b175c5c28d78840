import type { Block, Blocks } from '../blocks.js';
import type { Interpreter } from '../interpreter.js';
import { block as header, link, record } from '../record.js';

/** A block as part of a region. */
export interface Node {
  readonly block: Block;
  /** Address of its last record. */
  readonly last: number;
  /** Links that control may follow from its end. */
  readonly links: readonly number[];
  /** Can be entered from anywhere; the other nodes are emitted where their only predecessor branches to them. */
  root: boolean;
}

/** Blocks of one page that are translated into one function. */
export interface Plan {
  readonly nodes: ReadonlyMap<Block, Node>;
  /** In the order of their addresses. */
  readonly roots: readonly Node[];
  /** The node that a link leads to. */
  target(at: number): Node | undefined;
}

/** Most blocks in a region. */
const most = 120;

interface Flow {
  readonly links: number[];
  /** Where a call returns to: no successor, but part of the same function. */
  readonly returns?: number;
}

/** Plans a region around a block: what `belongs` of its page and can be reached from it, in either direction. */
export function planRegion(
  seed: Block,
  blocks: Blocks,
  interpreter: Interpreter,
  belongs: (block: Block) => boolean,
  mustBeRoot: (block: Block) => boolean,
): Plan {
  const { memory } = blocks.cpu;
  const known = new Map<bigint, Block>();
  for (const candidate of blocks.inFrame(seed.frame)) {
    if (candidate.page !== seed.page || candidate.mode !== seed.mode || candidate.frame !== seed.frame)
      continue;
    if (candidate.secondFrame >= 0) continue;
    if (candidate === seed || belongs(candidate)) known.set(candidate.pc, candidate);
  }
  const find = (at: number): Block | undefined => known.get(memory.view.getBigInt64(at + link.pc, true));

  const flows = new Map<Block, Flow>();
  const neighbours = new Map<Block, Block[]>();
  const join = (a: Block, b: Block): void => {
    const list = neighbours.get(a);
    if (list) list.push(b);
    else neighbours.set(a, [b]);
  };
  for (const candidate of known.values()) {
    const flow = flowOf(candidate, blocks, interpreter);
    flows.set(candidate, flow);
    for (const at of flow.returns === undefined ? flow.links : [...flow.links, flow.returns]) {
      const other = find(at);
      if (!other) continue;
      join(candidate, other);
      join(other, candidate);
    }
  }

  const nodes = new Map<Block, Node>();
  const queue = [seed];
  for (let next = queue.shift(); next && nodes.size < most; next = queue.shift()) {
    if (nodes.has(next)) continue;
    const { links } = flows.get(next)!;
    const last = next.at + header.size + (next.count - 1) * record.size;
    nodes.set(next, { block: next, last, links, root: mustBeRoot(next) });
    queue.push(...(neighbours.get(next) ?? []));
  }
  const target = (at: number): Node | undefined => {
    const found = find(at);
    return found && nodes.get(found);
  };
  chooseRoots([...nodes.values()], flows, target);
  const roots = [...nodes.values()]
    .filter(({ root }) => root)
    .sort((a, b) => a.block.offset - b.block.offset);
  return { nodes, roots, target };
}

/** Roots are what is entered from several places, from outside as far as one can tell, or in a circle. */
function chooseRoots(
  nodes: readonly Node[],
  flows: ReadonlyMap<Block, Flow>,
  target: (at: number) => Node | undefined,
): void {
  const entered = new Map<Node, number>();
  for (const node of nodes) {
    const { returns } = flows.get(node.block)!;
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
function flowOf({ at, count }: Block, blocks: Blocks, interpreter: Interpreter): Flow {
  const { u16, i32 } = blocks.cpu.memory;
  const last = at + header.size + (count - 1) * record.size;
  const behind = last + record.size;
  const source = interpreter.made[u16[last >> 1]!];
  if (!source) {
    const instruction = blocks.systemInstructions[i32[(last + record.immediate) >> 2]!];
    // A record behind which control does not simply go on.
    if (instruction?.description.ends !== false) return { links: [] };
    return { links: [behind + record.size] };
  }
  const { branch, name } = source.encoding.description;
  if (name === 'call') return { links: [behind], returns: behind + link.size };
  if (name === 'callr') return { links: [], returns: behind + link.size };
  if (name === 'jmp') return { links: [behind] };
  if (branch === 'direct') return { links: [behind, behind + link.size] };
  if (branch === 'indirect') return { links: [] };
  return { links: [behind + record.size] };
}
