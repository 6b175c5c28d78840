import type { Comparison } from '../../../compare/comparison.js';
import { html, type Markup } from '../../markup.js';

/** Which pairs of paths join where, by the function they join at. */
export function joins({ joins: found }: Comparison): Markup {
  const at = new Map<string | null, string[]>();
  for (const { a, b, at: name } of found) at.set(name, [...(at.get(name) ?? []), `${a} + ${b}`]);
  return html`<dl class="joins">${[...at].map(
    ([name, pairs]) => html`<div><dt>${name ?? 'nowhere: one of them did not reach start_kernel'}</dt>
<dd><ul class="chips">${pairs.map((pair) => html`<li>${pair}</li>`)}</ul></dd></div>`,
  )}</dl>`;
}
