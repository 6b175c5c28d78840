import type { Callee, Calls } from './calls.js';
import type { Decision, Parting } from './comparison.js';
import type { Covered } from './covered.js';
import type { OpSlots } from './op-slots.js';

/** One of two paths, with what is asked of it here. */
export interface Side {
  readonly calls: Calls;
  readonly slots: OpSlots;
  readonly covered: Covered;
  /** Nodes from which what follows is common: where the paths join, and tasks that began later. */
  readonly starts: readonly number[];
}

/** A place in a common function, and what was entered from there in contexts that both paths have. */
interface Place {
  readonly function: number;
  readonly site: number;
  /** When the function was first entered on the first path. */
  first: number;
  readonly a: Map<number, Callee>;
  readonly b: Map<number, Callee>;
}

const trampoline = /^__SCT__/;

/**
 * Where two paths part again in common code: places from which one of them entered a function in a context that both have, and the
 * other never did in any. In the order in which the first path came to these functions.
 */
export function partingsOf(a: Side, b: Side): Parting[] {
  return commonPlaces(a, b)
    .sort((x, y) => x.first - y.first || x.function - y.function || x.site - y.site)
    .map((place) => partingAt(place, a, b))
    .filter((parting) => parting !== undefined);
}

/** Walks both trees in parallel, through what has the same chain of functions on both. */
function commonPlaces(a: Side, b: Side): Place[] {
  const places = new Map<number, Map<number, Place>>();
  const placeAt = (id: number, site: number, first: number): Place => {
    let sites = places.get(id);
    if (!sites) places.set(id, (sites = new Map()));
    let place = sites.get(site);
    if (!place) sites.set(site, (place = { function: id, site, first, a: new Map(), b: new Map() }));
    place.first = Math.min(place.first, first);
    return place;
  };
  const waiting = pairsOf(byFunction(a.calls, a.starts), byFunction(b.calls, b.starts));
  const ends = [a.calls.toldUntil, b.calls.toldUntil] as const;
  const isUneven = ends.some(Number.isFinite) && !ends.every(Number.isFinite);
  for (let pair = waiting.pop(); pair; pair = waiting.pop()) {
    const [inA, inB] = pair;
    // What one path tells and the other does not is no difference.
    if (isUneven && (isUntold(a, inA, ends[0]) || isUntold(b, inB, ends[1]))) continue;
    const id = a.calls.id(inA[0]!);
    const first = a.calls.recording.tree.first[inA[0]!]!;
    const next = (['a', 'b'] as const).map((side) => {
      const { calls } = side === 'a' ? a : b;
      const callees = (side === 'a' ? inA : inB).flatMap((node) => calls.callees(node));
      for (const callee of callees) {
        const entered = placeAt(id, callee.site, first)[side];
        if (!entered.has(calls.id(callee.node))) entered.set(calls.id(callee.node), callee);
      }
      return byFunction(
        calls,
        callees.map(({ node }) => node),
      );
    });
    waiting.push(...pairsOf(next[0]!, next[1]!));
  }
  return [...places.values()].flatMap((sites) => [...sites.values()]);
}

/** Contexts that may have entered what was not told. */
function isUntold({ calls }: Side, nodes: readonly number[], end: number): boolean {
  const { first } = calls.recording.tree;
  return nodes.some((node) => first[node]! >= end && calls.callees(node).length === 0);
}

function byFunction(calls: Calls, nodes: readonly number[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const node of nodes) {
    const id = calls.id(node);
    const known = found.get(id);
    if (known) known.push(node);
    else found.set(id, [node]);
  }
  return found;
}

function pairsOf(
  a: ReadonlyMap<number, number[]>,
  b: ReadonlyMap<number, number[]>,
): (readonly [number[], number[]])[] {
  return [...a].flatMap(([id, nodes]) => {
    const others = b.get(id);
    return others ? [[nodes, others] as const] : [];
  });
}

function partingAt(place: Place, a: Side, b: Side): Parting | undefined {
  const alone = (mine: ReadonlyMap<number, Callee>, { calls }: Side): Callee[] =>
    [...mine].flatMap(([id, entered]) => (calls.hasEntered(place.function, place.site, id) ? [] : [entered]));
  const [onlyA, onlyB] = [alone(place.a, b), alone(place.b, a)];
  if (onlyA.length + onlyB.length === 0) return undefined;
  const { recording, hasPlaces } = a.calls;
  const row = a.calls.row(place.function);
  const address = recording.functions.address[row]! + BigInt(place.site);
  return {
    function: recording.functions.name[row]!,
    site: hasPlaces ? `0x${address.toString(16)}` : null,
    offset: hasPlaces ? place.site : null,
    a: namesOf(onlyA, a),
    b: namesOf(onlyB, b),
    by: decided(place, a, b),
    instruction: { a: firstOf(onlyA, a), b: firstOf(onlyB, b) },
  };
}

function nameOf(node: number, { calls: { recording } }: Side): string {
  return recording.functions.name[recording.tree.function[node]!]!;
}

function namesOf(entered: readonly Callee[], side: Side): string[] {
  return entered.map(({ node }) => nameOf(node, side));
}

function firstOf(entered: readonly Callee[], { calls }: Side): number | null {
  return entered.length === 0
    ? null
    : Math.min(...entered.map(({ node }) => calls.recording.tree.first[node]!));
}

/** What decided, from all that was entered from the place in common contexts. */
function decided(place: Place, a: Side, b: Side): Decision {
  const [calleesA, calleesB] = [[...place.a.values()], [...place.b.values()]];
  const all = [...calleesA, ...calleesB];
  const { function: id, site } = place;
  const patched = [a, b].flatMap(({ calls }) => calls.staticCall(id, site) ?? []);
  const through = [
    ...patched,
    ...all.flatMap((callee) => callee.through.filter((name) => trampoline.test(name))),
  ];
  if (through.length > 0)
    return { kind: 'static-call', names: [...new Set(through.map((name) => name.replace(trampoline, '')))] };
  const slots = commonSlots(place, a, b);
  if (slots.length > 0) return { kind: 'table', names: slots };
  if (!a.calls.hasPlaces) return { kind: 'unknown', names: [] };
  // A call that is written out has one target.
  const isOne = new Set([...namesOf(calleesA, a), ...namesOf(calleesB, b)]).size === 1;
  return { kind: isOne ? 'branch' : 'pointer', names: [] };
}

/** What a table may hold that leads to a function: itself, or a thunk. */
type Targets = readonly string[];

function targetsOf(callees: ReadonlyMap<number, Callee>, side: Side): Targets[] {
  return [...callees.values()].map(({ node, through }) => [nameOf(node, side), ...through]);
}

/** Members of tables that held all that was entered, on each path. */
function commonSlots(place: Place, a: Side, b: Side): string[] {
  const [targetsA, targetsB] = [targetsOf(place.a, a), targetsOf(place.b, b)];
  const candidates = [
    ...(targetsA[0] ?? []).flatMap((name) => a.slots.holding(name)),
    ...(targetsB[0] ?? []).flatMap((name) => b.slots.holding(name)),
  ];
  const explains = (mine: readonly Targets[], others: readonly Targets[], side: Side, name: string) => {
    const slot = side.slots.find(name);
    if (!slot) return false;
    if (mine.length > 0) return mine.every((names) => names.some((target) => slot.held.has(target)));
    // It has none, or came there and entered nothing; and never would what the other did.
    return (
      (slot.isNull || (slot.isSilent && came(place, side))) &&
      others.every((names) => names.every((target) => !slot.held.has(target)))
    );
  };
  return [...new Set(candidates.map(({ name }) => name))]
    .filter((slot) => explains(targetsA, targetsB, a, slot) && explains(targetsB, targetsA, b, slot))
    .sort();
}

/** Whether the code at a place ran on a path. */
function came({ function: id, site }: Place, { calls, covered }: Side): boolean {
  return calls.hasPlaces && covered.has(calls.row(id), site);
}
