import type { Comparison } from '../../../compare/comparison.js';
import { bytes, count } from '../../../report/text/quantity.js';
import { html, type Markup } from '../../markup.js';

/** What each path does before it meets another one. */
export function stubs({ savings }: Comparison): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="What each path does alone"><table>
<thead><tr><th scope="col">path</th><th scope="col">meets another at</th><th scope="col">instructions before</th><th scope="col">functions</th><th scope="col">bytes</th></tr></thead>
<tbody>${savings.stubs.map(
    ({ path, meets, instructions, functions, bytes: size }) =>
      html`<tr><th scope="row">${path}</th><td><code>${meets ?? 'nowhere'}</code></td><td class="number">${count(instructions)}</td><td class="number">${count(functions)}</td><td class="number">${bytes(size)}</td></tr>`,
  )}</tbody></table></div>`;
}
