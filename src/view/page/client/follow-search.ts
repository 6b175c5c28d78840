/// <reference lib="dom" />
import type { Lookup } from '../lookup.js';
import { searchResults } from '../sections/search.js';
import { byId } from './by-id.js';

/** Shows what is found while one types. */
export function followSearch(lookup: Lookup): void {
  const query = byId<HTMLInputElement>('query');
  const show = (): void => {
    byId('results').innerHTML = searchResults(lookup, query.value).text;
  };
  query.addEventListener('input', show);
  // Browsers keep what was typed when a page is loaded again.
  if (query.value !== '') show();
}
