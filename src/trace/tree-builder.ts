import { type EntryKind, entryKinds, type TreeColumns } from './recording.js';

/** A calling context on the way down to where the processor is. */
interface Frame {
  readonly node: number;
  readonly row: number;
  readonly kind: EntryKind;
  /** Where it returns to (linear, signed); undefined when it was jumped to or fallen into. */
  readonly returnTo: number | undefined;
  /** The stack pointer before it was called, or at the exception. */
  readonly stack: bigint;
}

/** How control went from one function into another. */
export interface Transfer {
  /** Row of the function it went to. */
  readonly row: number;
  readonly kind: EntryKind;
  /** Offset in the function it came from. */
  readonly site: number;
  readonly returnTo?: number;
  readonly stack: bigint;
  /** Instructions retired by then. */
  readonly instruction: number;
}

/** Makes a tree of calling contexts from transfers of control and returns. */
export class TreeBuilder {
  readonly #nodes = {
    parent: [] as number[],
    function: [] as number[],
    kind: [] as number[],
    site: [] as number[],
    first: [] as number[],
    count: [] as number[],
    self: [] as number[],
  };
  readonly #children: Map<string, number>[] = [];
  readonly #frames: Frame[] = [];

  /** The function that is running; undefined before the first. */
  get row(): number | undefined {
    return this.#frames.at(-1)?.row;
  }

  /** Begins with the function that runs first. */
  root(row: number, instruction: number): void {
    const node = this.#add({ row, kind: 'root', site: -1, stack: 0n, instruction }, -1);
    this.#frames.push({ node, row, kind: 'root', returnTo: undefined, stack: 0n });
  }

  /** Instructions that the running function retired. */
  spend(instructions: number): void {
    const top = this.#frames.at(-1);
    if (top) this.#nodes.self[top.node]! += instructions;
  }

  enter(transfer: Transfer): void {
    const { node: parent } = this.#frames.at(-1)!;
    const { row, kind, site, returnTo, stack } = transfer;
    const children = (this.#children[parent] ??= new Map());
    const key = `${row} ${kind} ${site}`;
    let node = children.get(key);
    if (node === undefined) children.set(key, (node = this.#add(transfer, parent)));
    else this.#nodes.count[node]!++;
    this.#frames.push({ node, row, kind, returnTo, stack });
  }

  /** Goes back to whoever waits for control at an address; false when nobody does. */
  leave(address: number, stack: bigint): boolean {
    for (let i = this.#frames.length - 1; i > 0; i--) {
      const { kind, returnTo, stack: before } = this.#frames[i]!;
      const isException = kind === 'exception' || kind === 'interrupt';
      // A handler may return elsewhere (a fix-up), but to the stack it came from.
      if (isException ? stack !== before : returnTo !== address) continue;
      this.#frames.length = i;
      return true;
    }
    return false;
  }

  /** Jumps back into a function that has jumped away (to its cold part, to an alternative's code); false when none has. */
  resume(row: number): boolean {
    for (let i = this.#frames.length - 1; i > 0 && outOfLine(this.#frames[i]!.kind); i--) {
      if (this.#frames[i - 1]!.row !== row) continue;
      this.#frames.length = i;
      return true;
    }
    return false;
  }

  #add({ row, kind, site, instruction }: Transfer, parent: number): number {
    const nodes = this.#nodes;
    nodes.parent.push(parent);
    nodes.function.push(row);
    nodes.kind.push(entryKinds.indexOf(kind));
    nodes.site.push(site);
    nodes.first.push(instruction);
    nodes.count.push(1);
    nodes.self.push(0);
    return nodes.parent.length - 1;
  }

  columns(): TreeColumns {
    const { parent, function: row, kind, site, first, count, self } = this.#nodes;
    const total = Float64Array.from(self);
    // Children stand behind their parents.
    for (let i = total.length - 1; i >= 0; i--) if (parent[i] !== -1) total[parent[i]!]! += total[i]!;
    return {
      parent: Int32Array.from(parent),
      function: Uint32Array.from(row),
      kind: Uint8Array.from(kind),
      site: Int32Array.from(site),
      first: Float64Array.from(first),
      count: Uint32Array.from(count),
      self: Float64Array.from(self),
      total,
    };
  }
}

function outOfLine(kind: EntryKind): boolean {
  return kind === 'jump' || kind === 'fall';
}
