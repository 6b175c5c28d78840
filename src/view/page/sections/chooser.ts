import { html, type Markup } from '../../markup.js';
import type { Lookup } from '../lookup.js';

/** Asks for the two paths that the next sections are about. */
export function chooser({ paths }: Lookup, pair: readonly [number, number]): Markup {
  const select = (id: string, mark: string, chosen: number): Markup => html`<label for="${id}"><span
 class="mark ${id}" aria-hidden="true">${mark}</span> <span class="hidden">Path ${id.toUpperCase()}</span>
<select id="${id}">${paths.map(
    ({ name }, i) => html`<option value="${i}"${i === chosen ? html` selected` : null}>${name}</option>`,
  )}</select></label>`;
  return html`<div class="chooser">${select('a', '◀', pair[0])} <span>against</span> ${select('b', '▶', pair[1])}</div>`;
}
