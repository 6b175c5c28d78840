import { entryKinds, type Recording } from '../trace/recording.js';
import type { Calls } from './calls.js';
import type { Led, LedHow } from './comparison.js';
import type { Path } from './path.js';

const events = ['exception', 'interrupt'] as const;
const eventKinds = new Map(events.map((kind) => [entryKinds.indexOf(kind), kind]));
/** The task whose calls run the initialisers (init/main.c). */
const initTask = 'kernel_init';

/** Where functions came from, on one path. */
export class Origins {
  /** By row, the first context of each function. */
  readonly #first = new Map<number, number>();
  /** Initialisers and the like that were entered once and below which calls are not told apart, in order. */
  readonly #phases: readonly number[];

  constructor(
    readonly path: Path,
    readonly calls: Calls,
  ) {
    const { tree } = path.recording;
    for (const [node, row] of tree.function.entries()) if (!this.#first.has(row)) this.#first.set(row, node);
    this.#phases = phasesOf(path.recording, calls);
  }

  /** Functions that ran from an instruction on, by number, and when; in order. */
  entered(from: number): { id: number; row: number; instruction: number }[] {
    const { entered } = this.path;
    const { ids } = this.calls;
    return entered
      .filter(({ instruction }) => instruction >= from)
      .map(({ row, instruction }) => ({ id: ids[row]!, row, instruction }));
  }

  /** The nearest function above one that `isCommon` and led to it, and how. */
  of(row: number, instruction: number, isCommon: (id: number) => boolean): Omit<Led, 'functions'> {
    const { tree } = this.path.recording;
    const node = this.#first.get(row);
    // Where calls are not told apart it ran before the tree has it.
    if (node !== undefined && tree.first[node]! <= instruction) return this.#above(node, 'calls', isCommon);
    const index = this.#phases.findLastIndex((each) => tree.first[each]! <= instruction);
    const phase = this.#phases[index];
    const isLast = index === this.#phases.length - 1;
    if (phase === undefined || (isLast && instruction >= tree.first[phase]! + tree.total[phase]!))
      return { under: null, how: 'unknown' };
    return isCommon(this.calls.id(phase))
      ? { under: this.#name(phase), how: 'during' }
      : this.#above(phase, 'during', isCommon);
  }

  #above(node: number, how: LedHow, isCommon: (id: number) => boolean): Omit<Led, 'functions'> {
    const { tree } = this.path.recording;
    for (let at = node; ; at = tree.parent[at]!) {
      if (at !== node && this.calls.isFunction(at) && isCommon(this.calls.id(at)))
        return { under: this.#name(at), how };
      const event = eventKinds.get(tree.kind[at]!);
      if (event) return { under: null, how: event };
      if (tree.parent[at] === -1) return { under: null, how: 'unknown' };
    }
  }

  #name(node: number): string {
    const { tree, functions } = this.path.recording;
    return functions.name[tree.function[node]!]!;
  }
}

/** What only one of two paths ran from where they join, by the common function that led there, in order. */
export function ledOn(mine: Origins, from: number, theirs: Origins): Led[] {
  const common = new Set(theirs.entered(0).map(({ id }) => id));
  const groups = new Map<string, Omit<Led, 'functions'> & { functions: string[] }>();
  const { functions } = mine.path.recording;
  for (const { id, row, instruction } of mine.entered(from)) {
    if (common.has(id)) continue;
    const origin = mine.of(row, instruction, (each) => common.has(each));
    const key = `${origin.how} ${origin.under}`;
    const group = groups.get(key);
    if (group) group.functions.push(functions.name[row]!);
    else groups.set(key, { ...origin, functions: [functions.name[row]!] });
  }
  return [...groups.values()];
}

/** Below the task of the initialisers, what has nothing below itself. */
function phasesOf({ tree, functions }: Recording, calls: Calls): number[] {
  const root = tree.function.findIndex((row) => functions.name[row] === initTask);
  if (root === -1) return [];
  const found: number[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const callees = calls.callees(node).map((callee) => callee.node);
    if (callees.length === 0 && tree.count[node] === 1) found.push(node);
    waiting.push(...callees);
  }
  return found.sort((x, y) => tree.first[x]! - tree.first[y]!);
}
