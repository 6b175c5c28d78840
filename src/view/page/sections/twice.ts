import type { Comparison } from '../../../compare/comparison.js';
import { againTitles, runsText, twiceRows } from '../../../compare/twice-rows.js';
import { html, type Markup } from '../../markup.js';

/** Initialisers that more than one function entered, with the paths on which that was so. */
export function twice({ twice: found }: Comparison): Markup {
  if (found.length === 0) return html`<p class="none">Nothing was entered from several functions.</p>`;
  return html`${[...twiceRows(found)].map(
    ([kind, rows]) =>
      html`<h3>${againTitles[kind]}</h3><div class="scroll" tabindex="0" role="region" aria-label="Entered from several functions ${againTitles[kind]}"><table>
<thead><tr><th scope="col">function</th><th scope="col">times</th><th scope="col">entered from</th><th scope="col">on</th></tr></thead>
<tbody>${rows.map(
        (row) =>
          html`<tr><th scope="row"><code>${row.function}</code></th><td>${runsText(row)}</td><td><code>${row.callers.join(', ')}</code></td><td>${row.paths.join(', ')}</td></tr>`,
      )}</tbody></table></div>`,
  )}`;
}
