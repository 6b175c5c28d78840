import { bytes, count, plural } from '../../../report/text/quantity.js';
import { sections } from '../../../trace/recording.js';
import { html, type Markup } from '../../markup.js';
import { isShown, type Lookup, type PathLookup } from '../lookup.js';

const most = 40;
const mostCallers = 4;

/** Functions whose name has a text in it, those that begin with it first, and where each ran. */
export function searchResults(lookup: Lookup, text: string): Markup {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return html`<p class="none">Type a part of a function’s name.</p>`;
  const { name } = lookup.data.functions;
  const found = [...name.keys()].filter((row) => name[row]!.toLowerCase().includes(wanted));
  const rank = (row: number): number =>
    (name[row]!.toLowerCase() === wanted ? 0 : name[row]!.toLowerCase().startsWith(wanted) ? 1 : 2) * 2 +
    (lookup.ranOn(row) > 0 ? 0 : 1);
  const shown = found.filter((row) => isShown(name[row]!)).sort((a, b) => rank(a) - rank(b));
  return html`<p>${plural(shown.length, 'function')}${shown.length > most && `, the first ${most} of them`}</p>
<ul class="results">${shown.slice(0, most).map((row) => result(lookup, row))}</ul>`;
}

function result(lookup: Lookup, row: number): Markup {
  const { size, section } = lookup.data.functions;
  const ran = lookup.paths.filter((path) => !Number.isNaN(path.entered[row]!));
  return html`<li><code>${lookup.name(row)}</code> <span class="dim">${sections[section[row]!]} · ${bytes(size[row]!)}</span>
${
  ran.length === 0
    ? html`<p class="none">ran on none of these boots</p>`
    : html`<ul class="chips">${lookup.paths.map((path) => where(lookup, path, row))}</ul>`
}</li>`;
}

function where(lookup: Lookup, path: PathLookup, row: number): Markup {
  const at = path.entered[row]!;
  if (Number.isNaN(at)) return html`<li class="absent">– ${path.name}</li>`;
  const from = callers(lookup, path, row);
  return html`<li><span aria-hidden="true">●</span> ${path.name} ${
    at < 0 ? 'in part' : html`at <span class="number">${count(at)}</span>`
  }${from.length > 0 && html` from <code>${from.slice(0, mostCallers).join(', ')}${from.length > mostCallers && ' …'}</code>`}</li>`;
}

/** Functions that entered one, as far as the tree goes. */
function callers(lookup: Lookup, path: PathLookup, row: number): string[] {
  const { function: rows, parent } = path.data.tree;
  const names = new Set<string>();
  for (const [node, each] of rows.entries()) {
    if (each !== row) continue;
    let from = parent[node]!;
    while (from !== -1 && !isShown(lookup.name(rows[from]!))) from = parent[from]!;
    if (from !== -1) names.add(lookup.name(rows[from]!));
  }
  return [...names];
}
