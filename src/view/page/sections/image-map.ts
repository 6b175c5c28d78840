import { bytes, count, plural } from '../../../report/text/quantity.js';
import { sections } from '../../../trace/recording.js';
import { html, type Markup } from '../../markup.js';
import { type Layers, layersOf, type Spread, shareNames, type Total } from '../layers.js';
import type { Lookup } from '../lookup.js';

const titles: Readonly<Record<string, string>> = {
  text: 'Text',
  init: 'Init text',
  exit: 'Exit text',
};

/** The image by who ran what: a chart and a table a section. */
export function imageMap(lookup: Lookup): Markup {
  if (lookup.data.start === null) return html`<p class="none">The boots are of different images.</p>`;
  const parts = sections.flatMap((id, index) => {
    const layers = id === 'whole' ? undefined : layersOf(lookup, index);
    const isAlive = layers?.total.some(({ functions }, share) => share > 0 && functions > 0);
    return isAlive ? [part(lookup, index, layers!)] : [];
  });
  return html`<ul class="legend">${shareNames.map(
    (name, share) =>
      html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="share${share}" width="10" height="10"/></svg> ${name}</li>`,
  )}</ul>${parts}`;
}

function part(lookup: Lookup, index: number, layers: Layers): Markup {
  const { first, end, total, only, spread } = layers;
  const id = sections[index]!;
  const name = titles[id]!;
  return html`<figure class="map" data-section="${index}"><figcaption><h3>${name} <small>${bytes(end - first)}</small></h3></figcaption>
${chart(name, spread)}
<label class="slider"><span class="hidden">Look at a place in ${name.toLowerCase()}</span><input type="range" min="0" max="${spread.length - 1}" value="0"></label>
<output class="place">${placeText(lookup, layers, 0)}</output>
<div class="scroll" tabindex="0" role="region" aria-label="${name} in figures"><table><thead><tr><th scope="col">ran on</th><th scope="col">functions</th><th scope="col">bytes</th></tr></thead>
<tbody>${shareNames.map(
    (share, i) =>
      html`${figures(share, total[i]!)}${i === 1 && only.map((each, path) => figures(`only ${lookup.paths[path]!.name}`, each, 'part'))}`,
  )}</tbody></table></div></figure>`;
}

function figures(title: string, { functions, bytes: size }: Total, kind = ''): Markup {
  return html`<tr class="${kind}"><th scope="row">${title}</th><td class="number">${count(functions)}</td><td class="number">${bytes(size)}</td></tr>`;
}

/** Shares of each place's bytes, what ran on all at the bottom. */
function chart(name: string, spread: readonly Spread[]): Markup {
  const shapes = shareNames.map(() => '');
  for (const [x, { shares, size }] of spread.entries()) {
    let y = 100;
    for (let share = shares.length - 1; share > 0; share--) {
      const height = size === 0 ? 0 : Math.round((1000 * shares[share]!) / size) / 10;
      if (height === 0) continue;
      shapes[share] += `M${x} ${y}h1v${-height}h-1z`;
      y = Math.round(10 * (y - height)) / 10;
    }
  }
  return html`<svg class="strata" viewBox="0 0 ${spread.length} 100" preserveAspectRatio="none" role="img"
 aria-label="${name} from its first to its last address: how much of each place ran on which boots">
<rect class="share0" width="${spread.length}" height="100"/>${shapes.map(
    (shape, share) => shape !== '' && html`<path class="share${share}" d="${shape}"/>`,
  )}</svg>`;
}

/** What lies at a place of the chart. */
export function placeText(lookup: Lookup, layers: Layers, place: number): Markup {
  const { rows } = layers.spread[place]!;
  const start = BigInt(lookup.data.start!) + BigInt(layers.first + Math.floor(place * layers.step));
  const groups = shareNames.map((name, share) => ({
    name,
    names: rows.filter((row) => layers.shareOf(row) === share).map((row) => lookup.name(row)),
  }));
  return html`<p><code>0x${start.toString(16)}</code> · ${plural(rows.length, 'function')}</p>
<ul>${groups
    .filter(({ names }) => names.length > 0)
    .reverse()
    .map(
      ({ name, names }) =>
        html`<li><b>${name}</b> ${count(names.length)}: <code>${names.slice(0, 12).join(' ')}${names.length > 12 && ' …'}</code></li>`,
    )}</ul>`;
}
