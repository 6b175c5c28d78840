import type { PhysicalMemory } from '../../memory.js';
import { block as header, record } from '../record.js';
import { segmentIndex, state } from '../state.js';
import type { Node, Plan } from './plan.js';

/** A block of a region as emission sees it. Addresses are those of linear memory. */
export interface JobNode {
  /** Its header. */
  readonly at: number;
  readonly count: number;
  /** Linear page. */
  readonly page: number;
  readonly root: boolean;
  /** Offset of its first record in `RegionJob.records`. */
  readonly start: number;
  /** Links that control may follow from its end, and the nodes they lead to: their place in `nodes`, -1 when outside. */
  readonly links: readonly { readonly at: number; readonly target: number }[];
}

/** All that emission of a region needs. */
export interface RegionJob {
  readonly slot: number;
  /** The roots first, in the order of the entries. */
  readonly nodes: readonly JobNode[];
  /** Segment registers taken to be flat; one bit each. */
  readonly flatSegments: number;
  /** Records of all nodes, with the links behind them. */
  readonly records: Uint8Array<ArrayBuffer>;
}

const { es, ss, ds } = segmentIndex;
const dataSegments = (1 << es) | (1 << ss) | (1 << ds);
/** Behind the last record: one more and two links. */
const behind = 2 * record.size;

export function regionJob(slot: number, plan: Plan, memory: PhysicalMemory): RegionJob {
  const nodes = [...plan.roots, ...[...plan.nodes.values()].filter(({ root }) => !root)];
  const index = new Map(nodes.map((node, i) => [node, i]));
  const size = (node: Node): number => node.block.count * record.size + behind;
  const records = new Uint8Array(nodes.reduce((sum, node) => sum + size(node), 0));
  let start = 0;
  const copied = nodes.map((node): JobNode => {
    const { at, count, page } = node.block;
    const from = at + header.size;
    records.set(memory.u8.subarray(from, from + size(node)), start);
    const links = node.links.map((link) => ({ at: link, target: index.get(plan.target(link)!) ?? -1 }));
    const copy = { at, count, page, root: node.root, start, links };
    start += size(node);
    return copy;
  });
  // What 32-bit code finds flat now, and most probably always.
  const bits32 = (nodes[0]!.block.mode & 7) === 1;
  const flatSegments = bits32 ? memory.i32[state.flatSegments >> 2]! & dataSegments : 0;
  return { slot, nodes: copied, flatSegments, records };
}

/** The copied records of a region, read at the addresses they were copied from. */
export class Records {
  readonly #view: DataView;
  #moved = 0;

  constructor(readonly job: RegionJob) {
    this.#view = new DataView(job.records.buffer, job.records.byteOffset, job.records.byteLength);
  }

  /** From now on addresses are in this block. */
  select(node: JobNode): void {
    this.#moved = node.start - (node.at + header.size);
  }

  u8(at: number): number {
    return this.#view.getUint8(at + this.#moved);
  }

  u16(at: number): number {
    return this.#view.getUint16(at + this.#moved, true);
  }

  i64(at: number): bigint {
    return this.#view.getBigInt64(at + this.#moved, true);
  }

  /** General registers that the records name, one bit each; what instructions use unnamed is not among them. */
  registers(): number {
    let named = 0;
    for (const { start, count } of this.job.nodes) {
      for (let i = 0; i < count; i++) {
        for (const field of registerFields) {
          const place = this.#view.getUint16(start + i * record.size + field, true) - state.gpr;
          if (place >= 0 && place < 128) named |= 1 << (place >> 3);
        }
      }
    }
    return named;
  }
}

const registerFields = [record.a, record.b, record.base, record.index];
