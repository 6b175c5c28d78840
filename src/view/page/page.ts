import type { Comparison } from '../../compare/comparison.js';
import type { Recording } from '../../trace/recording.js';
import { html, type Markup, raw } from '../markup.js';
import { picture } from '../picture/svg.js';
import { pageData } from './data.js';
import { Lookup } from './lookup.js';
import { packed, policyHash } from './pack.js';
import { pageScript } from './script.generated.js';
import { behind } from './sections/behind.js';
import { chooser } from './sections/chooser.js';
import { differences } from './sections/differences.js';
import { imageMap } from './sections/image-map.js';
import { joins } from './sections/joins.js';
import { knows } from './sections/knows.js';
import { sameState } from './sections/same-state.js';
import { searchResults } from './sections/search.js';
import { stubs } from './sections/stubs.js';
import { summary } from './sections/summary.js';
import { trees } from './sections/trees.js';
import { twice } from './sections/twice.js';
import { unreachable } from './sections/unreachable.js';
import { pageStyle } from './style.js';

/**
 * A comparison as one file that asks for nothing else: it may be opened from a disk, and its policy allows its own style and
 * script alone. `recordings` are those compared, in the same order.
 */
export async function comparisonPage(
  comparison: Comparison,
  recordings: readonly Recording[],
): Promise<string> {
  const data = pageData(comparison, recordings);
  const lookup = new Lookup(data);
  const pair = farthest(comparison);
  const [a, b] = [lookup.paths[pair[0]]!, lookup.paths[pair[1]]!];
  const policy = [
    "default-src 'none'",
    `style-src ${await policyHash(pageStyle)}`,
    `script-src ${await policyHash(pageScript)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const images = [...new Set(comparison.paths.map(({ image }) => image))].join(' · ');
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Boot paths of ${images}</title>
<style>${raw(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#picture">Skip to the picture</a>
<div class="bar"><nav aria-label="Sections">${[...titles].map(([id, title]) => html`<a href="#${id}">${title}</a>`)}<button type="button" id="theme" hidden>Dark or light</button></nav></div>
<main>
${summary(comparison)}
${section('picture', 'From each entry to start_kernel: what leads there, and where paths become one.', html`<div class="scroll" tabindex="0" role="region" aria-label="Picture of the paths">${picture(comparison)}</div>`)}
${section('joins', 'Two paths join at the first function of the longest end that their chains of calls have in common.', joins(comparison))}
${section('differences', 'What only one of two paths ran.', html`${chooser(lookup, pair)}<div id="differences-of" aria-live="polite">${differences(lookup, a, b)}</div>`)}
${section('behind', 'In common code behind the join of these two paths: where they go different ways again and what decided, and what one alone ran.', html`<div id="behind-of">${behind(lookup, a, b)}</div>`)}
${section('calls', 'Who called whom on these two paths, with the instructions of each call and all below it. → jumped to, ↓ fallen into, ⚡ an exception, × times.', html`<div id="trees" class="trees">${trees(lookup, a, b)}</div>`)}
${section('twice', 'Initialisers that more than one function entered, and data of which different functions wrote the same bytes. By design or not is for the reader to say.', html`${twice(comparison)}${sameState(comparison)}`)}
${section('knows', 'When the kernel could first know something, and when it first did: instructions retired before, what told it, and the function that asked or kept it.', knows(comparison))}
${section('stubs', 'What each path does before it meets another one.', stubs(comparison))}
${section('search', 'Every function of the image, and where it ran.', html`<label class="hidden" for="query">Part of a function’s name</label><input type="search" id="query" placeholder="setup_arch" autocomplete="off" spellcheck="false"><div id="results" aria-live="polite">${searchResults(lookup, '')}</div>`)}
${section('map', 'The image from its first byte to its last, by how many of these boots ran what lies there. Observed, and no proof that the rest cannot run.', html`${imageMap(lookup)}${unreachable(comparison)}`)}
</main>
<footer>Made by <code>zeropage compare --format html</code> from recordings of boots on a machine that does the same every time.</footer>
<script type="application/octet-stream" id="data">${raw(await packed(data))}</script>
<script type="module">${raw(pageScript)}</script>
</body>
</html>
`;
  return page.text;
}

const titles = new Map([
  ['picture', 'Picture'],
  ['joins', 'Joins'],
  ['differences', 'Differences'],
  ['behind', 'Behind the join'],
  ['calls', 'Calls'],
  ['twice', 'Twice'],
  ['knows', 'Who knows what'],
  ['stubs', 'Alone'],
  ['search', 'Search'],
  ['map', 'Map'],
]);

function section(id: string, lead: string, content: Markup): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${titles.get(id)}</h2><p>${lead}</p>${content}</section>`;
}

/** The two paths that have the least in common before `start_kernel`. */
function farthest({ before, paths }: Comparison): readonly [number, number] {
  const place = (name: string): number => paths.findIndex(({ path }) => path === name);
  const sizes = before.map(({ onlyA, onlyB }) => onlyA.length + onlyB.length);
  const pair = before[sizes.indexOf(Math.max(...sizes))];
  return pair ? [place(pair.a), place(pair.b)] : [0, paths.length - 1];
}
