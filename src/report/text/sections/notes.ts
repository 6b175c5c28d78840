import type { Inspection } from '../../inspection.js';
import { facts, type Page, section } from '../page.js';

/** ELF notes of other owners than Xen, which have a section of their own. */
export function notesText({ notes, xen }: Inspection, page: Page): string[] {
  const others = notes.filter(({ owner }) => owner !== 'Xen');
  const shown = page.verbose ? others : others.filter(({ text }) => text !== null);
  const lines = facts(
    page,
    shown.map(
      ({ owner, name, type, text, desc }) => [`${owner} ${name ?? `type ${type}`}`, text ?? desc] as const,
    ),
  );
  return lines.length === 0 ? [] : section(page, xen ? 'Other notes' : 'Notes', undefined, lines);
}
