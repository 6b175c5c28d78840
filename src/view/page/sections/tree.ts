import { count } from '../../../report/text/quantity.js';
import { rootsOf } from '../../../trace/children.js';
import { entryKinds } from '../../../trace/recording.js';
import { html, type Markup } from '../../markup.js';
import { isShown, type Lookup, type PathLookup } from '../lookup.js';

/** A path's tree of calls, unfolded to a depth; `other` is the path it is read against. */
export function callTree(lookup: Lookup, path: PathLookup, other: PathLookup, depth: number): Markup {
  const roots = rootsOf(path.data.tree.parent);
  if (roots.length === 0) return html`<p class="none">No calls are known of this boot.</p>`;
  return html`<div class="calls">${roots.map((node) => callNode(lookup, path, other, node, depth))}</div>`;
}

/** Calls of a node, one level of them. */
export function callsOf(lookup: Lookup, path: PathLookup, other: PathLookup, node: number): Markup {
  return html`${shownCalls(lookup, path, node).map((call) => callNode(lookup, path, other, call, 0))}`;
}

function shownCalls(lookup: Lookup, { children, data }: PathLookup, node: number): number[] {
  return children[node]!.filter((call) => isShown(lookup.name(data.tree.function[call]!)));
}

function callNode(lookup: Lookup, path: PathLookup, other: PathLookup, node: number, depth: number): Markup {
  const calls = shownCalls(lookup, path, node);
  const text = line(lookup, path, other, node);
  if (calls.length === 0) return html`<div class="call">${text}</div>`;
  const below = depth > 0 ? calls.map((call) => callNode(lookup, path, other, call, depth - 1)) : null;
  return html`<details data-node="${node}"${below && html` open`}><summary class="call">${text}</summary>
<div class="below">${below}</div></details>`;
}

const marks: Readonly<Record<string, string>> = {
  jump: '→ ',
  fall: '↓ ',
  exception: '⚡ ',
  interrupt: '⚡ ',
};

function line(lookup: Lookup, path: PathLookup, other: PathLookup, node: number): Markup {
  const { tree } = path.data;
  const row = tree.function[node]!;
  const times = tree.count[node]!;
  const isOnlyHere = row < lookup.data.functions.name.length && !(other.entered[row]! >= 0);
  return html`<span class="number">${count(tree.total[node]!)}</span> <code>${
    marks[entryKinds[tree.kind[node]!]!]
  }${lookup.name(row)}</code>${times > 1 && html` <span class="times">×${count(times)}</span>`}${
    isOnlyHere && path !== other && html` <span class="only">not on ${other.name}</span>`
  }`;
}
