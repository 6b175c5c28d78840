import { setupHeader } from '../../../abi/setup-header.js';
import type { Inspection, LinuxReport } from '../../inspection.js';
import { cell, columns } from '../columns.js';
import { facts, LABEL_WIDTH, type Page, section } from '../page.js';
import { bytes } from '../quantity.js';

/** Linux/x86 boot protocol facts. */
export function linuxText({ linux }: Inspection, page: Page): string[] {
  if (!linux) return [];
  const remark = linux.protocol ? `version ${linux.protocol}` : 'before 2.00';
  const lines = facts(page, [
    ['load address', loadAddress(linux)],
    ['memory', linux.initSize !== null && `${bytes(linux.initSize)} from the load address on (init_size)`],
    ['command line', linux.cmdlineSize !== null && `at most ${linux.cmdlineSize} bytes`],
    ['initrd', linux.initrdMax && `up to ${linux.initrdMax}`],
    ['subarch', linux.hardwareSubarch && `${linux.hardwareSubarch.value} (${linux.hardwareSubarch.name})`],
    ['loadflags', linux.loadflags.join(', ') || 'none'],
    ['xloadflags', 'xloadflags' in linux.header && (linux.xloadflags.join(', ') || 'none')],
    ['version', linux.versionString],
  ]);
  return section(page, 'Linux boot protocol', remark, [
    ...lines,
    ...(page.verbose ? headerText(linux, page) : []),
  ]);
}

/** Every field of the header, with its meaning. */
function headerText({ header }: LinuxReport, { style, width }: Page): string[] {
  const meanings: Readonly<Record<string, { meaning?: string }>> = setupHeader.fields;
  const rows = Object.entries(header).map(([name, value]) => [
    cell(name, style.dim),
    cell(value),
    cell(meanings[name]?.meaning ?? '', style.dim),
  ]);
  return ['', ...columns(rows, { width, least: [LABEL_WIDTH] })];
}

function loadAddress(linux: LinuxReport): string | null {
  const { preferredAddress: preferred, loadRange: range, relocatable, minAlignment } = linux;
  const wish = preferred && `${preferred} preferred`;
  if (!range) return [wish, relocatable === false && 'not relocatable'].filter(Boolean).join('; ') || null;
  const least = minAlignment && minAlignment !== range.step ? `, at least ${minAlignment}` : '';
  const limit = range.to ? `up to ${range.to}` : 'above 4 GiB too';
  return `${wish ? `${wish}; ` : ''}any multiple of ${range.step}${least}, ${limit}`;
}
