import type { Led, PairAfter, PairPartings } from '../../../compare/comparison.js';
import { type PartingRow, partingRows } from '../../../compare/parting-rows.js';
import { ledText } from '../../../report/text/partings.js';
import { count, plural } from '../../../report/text/quantity.js';
import { html, type Markup } from '../../markup.js';
import type { Lookup, PathLookup } from '../lookup.js';

interface Behind {
  readonly partings: PairPartings;
  readonly after: PairAfter;
}

/** What two paths do behind their join: where they part again in common code, and what one alone ran. */
export function behind({ data }: Lookup, a: PathLookup, b: PathLookup): Markup {
  if (a === b) return html`<p class="none">A path does not part from itself.</p>`;
  const found = pairOf(data.behind, a.name, b.name);
  if (!found?.partings.at)
    return html`<p class="none">They join nowhere: one did not reach start_kernel.</p>`;
  const rows = partingRows([found.partings]);
  const branches = rows.filter(({ by }) => by === 'branch');
  const others = rows.filter(({ by }) => by !== 'branch');
  return html`<h3>Where they part again <small>${plural(found.partings.at.length, 'place')}</small></h3>
${others.length > 0 ? partingTable('Where a table or pointer decided', others, a.name, b.name) : html`<p class="none">No table and no pointer decided otherwise.</p>`}
${
  branches.length > 0
    ? html`<details class="whole"><summary><span class="title">Branches</span><span class="figures">${plural(branches.length, 'function')} of which one path did not come to a call</span></summary>
${partingTable('Where a branch decided', branches, a.name, b.name)}</details>`
    : null
}
<h3>What one alone ran there <small>by the common function that led there</small></h3>
<div class="sides two">${alone('a', '◀', a.name, found.after.onlyA ?? [])}${alone('b', '▶', b.name, found.after.onlyB ?? [])}</div>`;
}

/** The pair, turned round where it stands the other way. */
function pairOf(all: readonly Behind[], a: string, b: string): Behind | undefined {
  const found = all.find(({ partings }) => partings.a === a && partings.b === b);
  if (found) return found;
  const other = all.find(({ partings }) => partings.a === b && partings.b === a);
  if (!other) return undefined;
  const { onlyA, onlyB } = other.after;
  return { partings: other.partings, after: { a, b, onlyA: onlyB, onlyB: onlyA } };
}

function partingTable(label: string, rows: readonly PartingRow[], a: string, b: string): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="partings">
<thead><tr><th scope="col">decided by</th><th scope="col">at</th><th scope="col"><span class="mark a" aria-hidden="true">◀</span> ${a}</th><th scope="col"><span class="mark b" aria-hidden="true">▶</span> ${b}</th></tr></thead>
<tbody>${rows.map(
    ({ by, places: [first = '', ...more], entered }) =>
      html`<tr><th scope="row"><code>${by}</code></th><td><code>${first}</code>${more.length > 0 ? html` <span class="dim" title="${more.join(' ')}">and ${count(more.length)} more</span>` : null}</td><td>${names(entered.get(a))}</td><td>${names(entered.get(b))}</td></tr>`,
  )}</tbody></table></div>`;
}

function names(found: readonly string[] = []): Markup {
  return found.length === 0 ? html`<span class="dim">–</span>` : html`<code>${found.join(' ')}</code>`;
}

function alone(kind: 'a' | 'b', mark: string, path: string, led: readonly Led[]): Markup {
  const total = led.reduce((sum, { functions }) => sum + functions.length, 0);
  return html`<div class="side ${kind}"><h4><span class="mark ${kind}" aria-hidden="true">${mark}</span> only ${path} <b>${count(total)}</b></h4>
${led.length === 0 ? html`<p class="none">none</p>` : null}${led.map(
  ({ under, how, functions }) =>
    html`<details class="led"><summary><code>${ledText(under, how)}</code> <b>${count(functions.length)}</b></summary><p><code>${functions.join(' ')}</code></p></details>`,
)}</div>`;
}
