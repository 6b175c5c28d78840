import type { Inspection } from '../../inspection.js';
import { type Page, section } from '../page.js';
import { bytes, count } from '../quantity.js';

/** How many types there are. */
export function typesText({ types }: Inspection, page: Page): string[] {
  if (!types) return [];
  if (types.count === 0) return section(page, 'Types', types.problem ?? 'none', []);
  const remark = `${count(types.count)} in ${bytes(types.size)} of BTF${types.problem ? `; ${types.problem}` : ''}`;
  return section(page, 'Types', remark, []);
}
