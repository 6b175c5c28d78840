/// <reference lib="dom" />
import type { PageData } from '../data.js';
import { Lookup } from '../lookup.js';
import { unpacked } from '../pack.js';
import { behind } from '../sections/behind.js';
import { differences } from '../sections/differences.js';
import { trees } from '../sections/trees.js';
import { byId } from './by-id.js';
import { followMap } from './follow-map.js';
import { followSearch } from './follow-search.js';
import { followTheme } from './follow-theme.js';
import { followTrees } from './follow-trees.js';

// The program of a page: what is on it was written when it was made, and is written anew by the same functions.
followTheme();
const lookup = new Lookup(await unpacked<PageData>(byId('data').textContent));
const [a, b] = [byId<HTMLSelectElement>('a'), byId<HTMLSelectElement>('b')];
const show = (): void => {
  const [first, second] = [lookup.paths[Number(a.value)]!, lookup.paths[Number(b.value)]!];
  byId('differences-of').innerHTML = differences(lookup, first, second).text;
  byId('behind-of').innerHTML = behind(lookup, first, second).text;
  byId('trees').innerHTML = trees(lookup, first, second).text;
};
for (const select of [a, b]) select.addEventListener('change', show);
followTrees(lookup);
followSearch(lookup);
followMap(lookup);
document.documentElement.dataset.ready = 'true';
