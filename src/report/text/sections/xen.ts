import type { Inspection } from '../../inspection.js';
import { facts, type Page, section } from '../page.js';
import { plural } from '../quantity.js';

/** What the kernel tells Xen. */
export function xenText({ xen }: Inspection, page: Page): string[] {
  if (!xen) return [];
  const { supported, required, unknown } = xen.features;
  const pairs = xen.guestSection.map(({ name, value }) => [name, value] as const);
  const remark = xen.from === 'notes' ? plural(xen.notes.length, 'note') : 'section __xen_guest';
  const lines = facts(page, [
    ...xen.notes.map(({ name, text }) => [name, text] as const),
    ...pairs,
    ['supports', supported.length > 0 && supported.join(', ')],
    ['requires', supported.length > 0 && (required.join(', ') || 'none of these')],
    ['unknown features', unknown.length > 0 && unknown.join(', ')],
  ]);
  return section(page, 'Xen', `${remark} in the ${xen.layer}`, lines);
}
