import type { Comparison } from '../../../compare/comparison.js';
import { sameStateRows, sameTitles } from '../../../compare/same-state-rows.js';
import { html, type Markup } from '../../markup.js';

/** Objects of which different functions wrote the same bytes. */
export function sameState({ sameState: found }: Comparison): Markup {
  return html`${[...sameStateRows(found)].map(
    ([kind, rows]) =>
      html`<h3>The same state ${sameTitles[kind]}</h3><div class="scroll" tabindex="0" role="region" aria-label="The same state ${sameTitles[kind]}"><table>
<thead><tr><th scope="col">object</th><th scope="col">written by</th><th scope="col">on</th></tr></thead>
<tbody>${rows.map(({ object, by }) =>
        by.map(
          ({ paths, functions }, i) =>
            html`<tr>${i === 0 ? html`<th scope="row" rowspan="${by.length}"><code>${object}</code></th>` : ''}<td><code>${functions}</code></td><td>${paths.join(', ')}</td></tr>`,
        ),
      )}</tbody></table></div>`,
  )}`;
}
