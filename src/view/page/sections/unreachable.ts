import type { Comparison, Unreachable } from '../../../compare/comparison.js';
import { bytes, count } from '../../../report/text/quantity.js';
import { html, type Markup } from '../../markup.js';

/** What the image's code and data do not lead to from each entry. */
export function unreachable({ dead }: Comparison): Markup | false {
  if (!dead?.init.static || !dead.text.static) return false;
  const [init, text] = [dead.init.static, dead.text.static];
  const rows = [
    ...Object.entries(init.from).map(([path, found]) => row(path, found, text.from[path]!)),
    row('all of these', init.none, text.none),
  ];
  return html`<h3>What cannot run</h3>
<p>Static, of the image alone and not of what ran: no call, jump or pointer leads there from the entry.</p>
<div class="scroll" tabindex="0" role="region" aria-label="What cannot run"><table><thead><tr><th scope="col">from</th><th scope="col">init text</th><th scope="col">other text</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function row(from: string, init: Unreachable, text: Unreachable): Markup {
  const title = html`<th scope="row">${from}</th>`;
  return html`<tr>${title}${[init, text].map(cell)}</tr>`;
}

function cell({ functions, bytes: size }: Unreachable): Markup {
  return html`<td><details><summary>${count(functions.length)}, ${bytes(size)}</summary><code>${functions.join(' ')}</code></details></td>`;
}
