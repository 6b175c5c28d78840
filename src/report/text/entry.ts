import type { EntryReport, Inspection } from '../inspection.js';
import { type Page, pageOf } from './page.js';
import { entryLines } from './sections/entries.js';
import { headlineText } from './sections/headline.js';

/** What an image says about one entry; ends with a newline. */
export function entryText(inspection: Inspection, entry: EntryReport, options?: Partial<Page>): string {
  const page = pageOf(options);
  return `${[...headlineText(inspection, page), '', ...entryLines(entry, page)].join('\n')}\n`;
}
