import { childrenOf } from '../../trace/children.js';
import { isPlumbing } from '../../trace/plumbing.js';
import type { PageData, PathData } from './data.js';

/** A page's data by what is asked of it. */
export class Lookup {
  readonly paths: readonly PathLookup[];

  constructor(readonly data: PageData) {
    this.paths = data.paths.map((path) => new PathLookup(path, data.functions.name.length));
  }

  /** Name of a row, also of one that is no function. */
  name(row: number): string {
    const { functions, named } = this.data;
    const { name } = functions;
    return row < name.length ? name[row]! : named[row - name.length]!;
  }

  /** How many paths ran a function, or some of it. */
  ranOn(row: number): number {
    return this.paths.filter(({ entered }) => !Number.isNaN(entered[row])).length;
  }

  /** Names of functions a path entered, in order, as comparisons have them. */
  entered(path: PathLookup, accepts: (row: number) => boolean): string[] {
    return path.order.filter((row) => accepts(row)).map((row) => this.name(row));
  }
}

/** One path's. */
export class PathLookup {
  /** By row: retired before its first instruction ran; -1 where only a part of it ran, NaN where none. */
  readonly entered: Float64Array;
  /** Rows that were entered, in order. */
  readonly order: readonly number[];
  /** By node of the tree. */
  readonly children: readonly (readonly number[])[];

  constructor(
    readonly data: PathData,
    count: number,
  ) {
    const { ran, entered, tree } = data;
    this.entered = new Float64Array(count).fill(Number.NaN);
    for (const [i, row] of ran.entries()) this.entered[row] = entered[i]!;
    this.order = ran
      .filter((row) => this.entered[row]! >= 0)
      .sort((a, b) => this.entered[a]! - this.entered[b]!);
    this.children = childrenOf(tree.parent);
  }

  get name(): string {
    return this.data.name;
  }
}

/** Whether a function is shown at all. */
export function isShown(name: string): boolean {
  return !isPlumbing(name);
}
