import type { Comparison } from '../../../compare/comparison.js';
import { count } from '../../../report/text/quantity.js';
import { html, type Markup } from '../../markup.js';

/** What was booted, and how each boot ended. */
export function summary({ paths, same }: Comparison): Markup {
  const images = [...new Set(paths.map(({ image }) => image))];
  const lead = same
    ? 'All boots ran the same functions in the same order.'
    : `${count(paths.length)} boots of ${images.length === 1 ? 'one image' : `${count(images.length)} images`}, recorded from the first instruction on: where they differ, and where they become one.`;
  return html`<header class="masthead">
<p class="eyebrow">Boot paths, measured</p>
<h1>${images.join(' · ')}</h1>
<p class="lead">${lead}</p>
<ul class="boots">${paths.map(
    ({ path, platform, verdict, waypoints }) => html`<li>
<b>${path}</b><span class="verdict"><span aria-hidden="true">${verdict === 'failed' ? '✗' : '✓'}</span> ${verdict}</span>
<span>on ${platform} · ${waypoints.at(-1)?.name ?? 'nothing'} at <span class="number">${count(waypoints.at(-1)?.instruction ?? 0)}</span></span></li>`,
  )}</ul>
</header>`;
}
