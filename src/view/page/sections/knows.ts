import type { Comparison, Known } from '../../../compare/comparison.js';
import { count } from '../../../report/text/quantity.js';
import { html, type Markup } from '../../markup.js';

/** Who knows what, when: a row a topic, a column a path, with what told the kernel first and where it kept it first. */
export function knows({ knows: topics, paths }: Comparison): Markup {
  if (topics.length === 0) return html`<p class="none">The recordings do not say.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Who knows what, when"><table>
<thead><tr><th scope="col">what</th>${paths.map(({ path }) => html`<th scope="col">${path}</th>`)}</tr></thead>
<tbody>${topics.map(
    ({ topic, paths: found }) =>
      html`<tr><th scope="row">${topic}</th>${paths.map(
        ({ path }) =>
          html`<td>${moment('could', found[path]?.could ?? null)}${moment('did', found[path]?.did ?? null)}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}

function moment(title: string, known: Known | null): Markup {
  if (!known) return html`<p class="moment none">${title}: not seen</p>`;
  const { what, function: name, instruction } = known;
  return html`<p class="moment">${title} at <span class="number">${count(instruction)}</span>: ${what}, <code>${name}</code></p>`;
}
