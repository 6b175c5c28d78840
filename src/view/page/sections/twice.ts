import type { Comparison } from '../../../compare/comparison.js';
import { html, type Markup } from '../../markup.js';

/** Initialisers that more than one function entered, with the paths on which that was so. */
export function twice({ twice: found }: Comparison): Markup {
  if (found.length === 0) return html`<p class="none">Nothing was entered from several functions.</p>`;
  const rows = new Map<string, { name: string; callers: string; paths: string[] }>();
  for (const { path, function: name, callers } of found) {
    const from = callers.join(', ');
    const key = `${name} ${from}`;
    if (!rows.has(key)) rows.set(key, { name, callers: from, paths: [] });
    rows.get(key)!.paths.push(path);
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Entered from several functions"><table>
<thead><tr><th scope="col">function</th><th scope="col">entered from</th><th scope="col">on</th></tr></thead>
<tbody>${[...rows.values()].map(
    ({ name, callers, paths }) =>
      html`<tr><th scope="row"><code>${name}</code></th><td><code>${callers}</code></td><td>${paths.join(', ')}</td></tr>`,
  )}</tbody></table></div>`;
}
