import type { Inspection } from '../inspection.js';
import { type Page, pageOf } from './page.js';
import { efiText } from './sections/efi.js';
import { entriesText } from './sections/entries.js';
import { findingsText } from './sections/findings.js';
import { headlineText } from './sections/headline.js';
import { layersText } from './sections/layers.js';
import { linuxText } from './sections/linux.js';
import { notesText } from './sections/notes.js';
import { symbolsText } from './sections/symbols.js';
import { tablesText } from './sections/tables.js';
import { typesText } from './sections/types.js';
import { ukiText } from './sections/uki.js';
import { xenText } from './sections/xen.js';

const sections = [
  headlineText,
  layersText,
  entriesText,
  linuxText,
  efiText,
  ukiText,
  xenText,
  notesText,
  symbolsText,
  tablesText,
  typesText,
  findingsText,
];

/** An inspection for people; ends with a newline. */
export function inspectionText(inspection: Inspection, options?: Partial<Page>): string {
  const page = pageOf(options);
  const lines = sections.flatMap((section) => section(inspection, page));
  return `${lines.join('\n')}\n`;
}
