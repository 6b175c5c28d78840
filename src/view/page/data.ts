import type { Comparison, PairAfter, PairPartings } from '../../compare/comparison.js';
import { meetingPoint } from '../../trace/before.js';
import { functionRuns } from '../../trace/function-runs.js';
import { outlineOf } from '../../trace/outline.js';
import { isPlumbing } from '../../trace/plumbing.js';
import type { Recording, TreeColumns } from '../../trace/recording.js';

/** Part of the image that a function lies in: `sections` of recordings, by index. */
export interface FunctionList {
  readonly name: readonly string[];
  readonly size: readonly number[];
  readonly section: readonly number[];
  /** Bytes from the first one's start; empty where there are several images. */
  readonly offset: readonly number[];
}

/** The outline of the tree of calls, its functions as rows of `FunctionList` or of `named` behind them. */
export type TreeData = Readonly<
  Record<Exclude<keyof TreeColumns, 'self' | 'site' | 'first'>, readonly number[]>
>;

export interface PathData {
  readonly name: string;
  /** Instructions before `start_kernel`; null when it was not reached. */
  readonly meeting: number | null;
  /** Functions of which anything ran. */
  readonly ran: readonly number[];
  /** Beside each: retired before its first instruction ran; -1 where only a part of it did. */
  readonly entered: readonly number[];
  readonly tree: TreeData;
}

/** What a page looks things up in, beside the comparison. */
export interface PageData {
  /** Of one image, its address of offset 0 as 0x-hex; null of several. */
  readonly start: string | null;
  readonly functions: FunctionList;
  /** What trees name beside functions: code without a symbol. */
  readonly named: readonly string[];
  readonly paths: readonly PathData[];
  /** Of each pair what lies behind its join, as the comparison has it. */
  readonly behind: readonly { readonly partings: PairPartings; readonly after: PairAfter }[];
}

/** Gathers it. Recordings are those of the comparison, in its order. */
export function pageData({ paths, partings, after }: Comparison, recordings: readonly Recording[]): PageData {
  const isOne = new Set(recordings.map(({ image }) => image.sha256)).size === 1;
  const list = new Rows();
  const rows = recordings.map((recording) => list.add(recording, isOne));
  const named: string[] = [];
  const other = (name: string): number => {
    const at = named.indexOf(name);
    return list.count + (at === -1 ? named.push(name) - 1 : at);
  };
  const { functions } = recordings[0]!;
  const first = functions.size.findIndex((size) => size > 0);
  return {
    start: isOne && first !== -1 ? `0x${functions.address[first]!.toString(16)}` : null,
    functions: list.columns(isOne),
    paths: recordings.map((recording, i) => pathData(paths[i]!.path, recording, rows[i]!, other)),
    named,
    behind: partings.map((each, i) => ({ partings: each, after: after[i]! })),
  };
}

/** Functions of all images, each once: by address where there is one image, else by name. */
class Rows {
  readonly #name: string[] = [];
  readonly #size: number[] = [];
  readonly #section: number[] = [];
  readonly #address: bigint[] = [];
  readonly #known = new Map<string, number>();

  get count(): number {
    return this.#name.length;
  }

  /** Rows here for the rows of a recording; -1 for what is no function. */
  add({ functions }: Recording, byAddress: boolean): Int32Array {
    const seen = new Map<string, number>();
    return Int32Array.from(functions.name, (name, i) => {
      if (functions.size[i] === 0) return -1;
      // Static functions may have the same name.
      const times = (seen.get(name) ?? 0) + 1;
      seen.set(name, times);
      const key = byAddress ? String(functions.address[i]) : `${name} ${times}`;
      let row = this.#known.get(key);
      if (row === undefined) {
        row = this.#name.push(name) - 1;
        this.#known.set(key, row);
        this.#size.push(functions.size[i]!);
        this.#section.push(functions.section[i]!);
        this.#address.push(functions.address[i]!);
      }
      return row;
    });
  }

  columns(byAddress: boolean): FunctionList {
    const start = this.#address[0] ?? 0n;
    return {
      name: this.#name,
      size: this.#size,
      section: this.#section,
      offset: byAddress ? this.#address.map((address) => Number(address - start)) : [],
    };
  }
}

function pathData(
  name: string,
  recording: Recording,
  rows: Int32Array,
  other: (name: string) => number,
): PathData {
  const { functions, tree } = recording;
  const runs = [...functionRuns(recording).values()].filter(
    ({ row }) => rows[row] !== -1 && !isPlumbing(functions.name[row]!),
  );
  const meeting = meetingPoint(recording);
  const { nodes, parents } = outlineOf(recording);
  return {
    name,
    meeting: Number.isFinite(meeting) ? meeting : null,
    ran: runs.map(({ row }) => rows[row]!),
    entered: runs.map(({ entered }) => entered ?? -1),
    tree: {
      parent: parents,
      function: nodes.map((node) => {
        const row = tree.function[node]!;
        return rows[row] === -1 ? other(functions.name[row]!) : rows[row]!;
      }),
      kind: nodes.map((node) => tree.kind[node]!),
      count: nodes.map((node) => tree.count[node]!),
      total: nodes.map((node) => tree.total[node]!),
    },
  };
}
