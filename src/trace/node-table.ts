import type { TreeColumns } from './recording.js';

/** Calling contexts: what one context entered in the same way from the same place is one node. */
export class NodeTable {
  #parent = new Int32Array(1024);
  #row = new Uint32Array(1024);
  #kind = new Uint8Array(1024);
  #site = new Int32Array(1024);
  #first = new Float64Array(1024);
  #count = new Uint32Array(1024);
  #self = new Float64Array(1024);
  /** By a hash of the key: a node's number and 1, 0 where there is none. */
  #slots = new Int32Array(4096);
  #length = 0;

  /**
   * The node of a context, which is entered once more: its parent (-1: none), the row of its function, how it was entered (index
   * in `entryKinds`), and from where (low half of an address; 0: not known). `instruction`: retired before that.
   */
  enter(parent: number, row: number, kind: number, site: number, instruction: number): number {
    if (this.#length === this.#parent.length) this.#grow();
    const mask = this.#slots.length - 1;
    let slot = hash(parent, row, kind, site) & mask;
    for (let found = this.#slots[slot]!; found !== 0; found = this.#slots[slot]!) {
      const node = found - 1;
      if (
        this.#site[node] === site &&
        this.#parent[node] === parent &&
        this.#row[node] === row &&
        this.#kind[node] === kind
      ) {
        this.#count[node]!++;
        return node;
      }
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#length + 1;
    return this.#add(parent, row, kind, site, instruction);
  }

  spend(node: number, instructions: number): void {
    this.#self[node]! += instructions;
  }

  #add(parent: number, row: number, kind: number, site: number, instruction: number): number {
    const node = this.#length++;
    this.#parent[node] = parent;
    this.#row[node] = row;
    this.#kind[node] = kind;
    this.#site[node] = site;
    this.#first[node] = instruction;
    this.#count[node] = 1;
    return node;
  }

  #grow(): void {
    const capacity = this.#length * 2;
    this.#parent = grown(this.#parent, new Int32Array(capacity));
    this.#row = grown(this.#row, new Uint32Array(capacity));
    this.#kind = grown(this.#kind, new Uint8Array(capacity));
    this.#site = grown(this.#site, new Int32Array(capacity));
    this.#first = grown(this.#first, new Float64Array(capacity));
    this.#count = grown(this.#count, new Uint32Array(capacity));
    this.#self = grown(this.#self, new Float64Array(capacity));
    this.#slots = new Int32Array(capacity * 4);
    const mask = this.#slots.length - 1;
    for (let node = 0; node < this.#length; node++) {
      let slot = hash(this.#parent[node]!, this.#row[node]!, this.#kind[node]!, this.#site[node]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = node + 1;
    }
  }

  /** As columns; `offsetOf`: offset of a site in the function of a row. */
  columns(offsetOf: (row: number, site: number) => number): TreeColumns {
    const count = this.#length;
    const parent = this.#parent.slice(0, count);
    const self = this.#self.slice(0, count);
    const total = self.slice();
    // Children stand behind their parents.
    for (let i = count - 1; i >= 0; i--) if (parent[i] !== -1) total[parent[i]!]! += total[i]!;
    return {
      parent,
      function: this.#row.slice(0, count),
      kind: this.#kind.slice(0, count),
      site: parent.map((node, i) => (node === -1 ? -1 : offsetOf(this.#row[node]!, this.#site[i]!))),
      first: this.#first.slice(0, count),
      count: this.#count.slice(0, count),
      self,
      total,
    };
  }
}

type Columns = Int32Array | Uint32Array | Uint8Array | Float64Array;

function grown<T extends Columns>(from: T, to: T): T {
  to.set(from);
  return to;
}

function hash(parent: number, row: number, kind: number, site: number): number {
  const mixed =
    Math.imul(parent, 0x9e3779b1) ^ Math.imul(row * 8 + kind, 0x85ebca6b) ^ Math.imul(site, 0xc2b2ae35);
  return mixed ^ (mixed >>> 15);
}
