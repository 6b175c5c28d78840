import type { Sides } from '../../../compare/comparison.js';
import { sidesOf } from '../../../compare/sides.js';
import { count, plural } from '../../../report/text/quantity.js';
import { sections } from '../../../trace/recording.js';
import { html, type Markup } from '../../markup.js';
import { isShown, type Lookup, type PathLookup } from '../lookup.js';

/** What only one of two paths entered, before `start_kernel` by name and in the whole boot by number. */
export function differences(lookup: Lookup, a: PathLookup, b: PathLookup): Markup {
  const init = sections.indexOf('init');
  const { section } = lookup.data.functions;
  const compared = (accepts: (path: PathLookup, row: number) => boolean): Sides => {
    const names = (path: PathLookup): string[] =>
      lookup.entered(path, (row) => isShown(lookup.name(row)) && accepts(path, row));
    return sidesOf(names(a), names(b));
  };
  const early = compared((path, row) => path.entered[row]! < (path.data.meeting ?? Number.POSITIVE_INFINITY));
  const parts = [
    ['Init text', compared((_, row) => section[row] === init)],
    ['All other text', compared((_, row) => section[row] !== init)],
  ] as const;
  return html`<h3>Before start_kernel <small>functions first entered; ${count(early.both)} on both</small></h3>
${lists(early, a.name, b.name, true)}
<h3>In the whole boot</h3>
${parts.map(([title, sides]) => whole(title, sides, a.name, b.name))}`;
}

function lists({ onlyA, onlyB, reordered }: Sides, a: string, b: string, isOpen: boolean): Markup {
  const list = (kind: string, mark: string, title: string, names: readonly string[]): Markup => html`<div
 class="side ${kind}"><h4><span class="mark ${kind}" aria-hidden="true">${mark}</span> ${title} <b>${count(names.length)}</b></h4>
${names.length === 0 ? html`<p class="none">none</p>` : html`<ol class="functions" tabindex="0" aria-label="${title}">${names.map((name) => html`<li>${name}</li>`)}</ol>`}</div>`;
  return html`<div class="sides${isOpen ? '' : ' folded'}">
${list('a', '◀', `only ${a}`, onlyA)}
${list('order', '⇅', 'both, in another order', reordered)}
${list('b', '▶', `only ${b}`, onlyB)}</div>`;
}

function whole(title: string, sides: Sides, a: string, b: string): Markup {
  const { onlyA, onlyB, both } = sides;
  const all = Math.max(1, onlyA.length + both + onlyB.length);
  const share = (length: number): number => (1000 * length) / all;
  return html`<details class="whole"><summary><span class="title">${title}</span>
<svg class="shares" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
<rect class="a" width="${share(onlyA.length)}" height="10"/>
<rect class="both" x="${share(onlyA.length)}" width="${share(both)}" height="10"/>
<rect class="b" x="${1000 - share(onlyB.length)}" width="${share(onlyB.length)}" height="10"/></svg>
<span class="figures">◀ ${count(onlyA.length)} only ${a} · ${plural(both, 'function')} on both, ${count(sides.reordered.length)} in another order · ${count(onlyB.length)} only ${b} ▶</span></summary>
${lists(sides, a, b, false)}</details>`;
}
