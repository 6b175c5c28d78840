import type { Inspection } from '../../inspection.js';
import type { Page } from '../page.js';
import { bytes } from '../quantity.js';
import { visible } from '../visible.js';

/** What the file is, in two lines. */
export function headlineText({ file, description, release, linux }: Inspection, { style }: Page): string[] {
  // Other systems have the boot protocol too; Linux's version string tells of its build, "… #1 SMP …".
  const isLinux = /^\d/.test(release ?? '') && / #\d/.test(linux?.versionString ?? ' #1');
  const system = release && (isLinux ? `Linux ${release}` : release);
  const parts = [description, system, bytes(file.size)].filter(Boolean);
  return [style.strong(visible(file.name)), visible(parts.join(' · '))];
}
