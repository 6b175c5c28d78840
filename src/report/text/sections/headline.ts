import type { Inspection } from '../../inspection.js';
import type { Page } from '../page.js';
import { bytes } from '../quantity.js';
import { visible } from '../visible.js';

/** What the file is, in two lines. */
export function headlineText({ file, description, release }: Inspection, { style }: Page): string[] {
  const system = release && (/^\d/.test(release) ? `Linux ${release}` : release);
  const parts = [description, system, bytes(file.size)].filter(Boolean);
  return [style.strong(visible(file.name)), visible(parts.join(' · '))];
}
