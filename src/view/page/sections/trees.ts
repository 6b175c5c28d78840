import { html, type Markup } from '../../markup.js';
import type { Lookup, PathLookup } from '../lookup.js';
import { callTree } from './tree.js';

/** How far trees are unfolded at first. */
const depth = 1;

/** The trees of two paths side by side. */
export function trees(lookup: Lookup, a: PathLookup, b: PathLookup): Markup {
  const shown =
    a === b ? [[a, b, 'a', '◀'] as const] : [[a, b, 'a', '◀'] as const, [b, a, 'b', '▶'] as const];
  return html`${shown.map(
    ([
      path,
      other,
      id,
      mark,
    ]) => html`<div class="tree" data-path="${lookup.paths.indexOf(path)}" data-other="${lookup.paths.indexOf(other)}">
<h3><span class="mark ${id}" aria-hidden="true">${mark}</span> ${path.name}</h3>
<p class="buttons"><button type="button" data-unfold="all">unfold all</button> <button type="button" data-unfold="none">fold</button></p>
${callTree(lookup, path, other, depth)}</div>`,
  )}`;
}
