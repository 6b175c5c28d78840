import { hex } from '../../../core/errors.js';
import type { Inspection, UkiReport } from '../../inspection.js';
import { cell, columns } from '../columns.js';
import { facts, LABEL_WIDTH, type Page, section } from '../page.js';
import { bytes } from '../quantity.js';
import { visible } from '../visible.js';

/** What a unified kernel image carries for its kernel. */
export function ukiText({ uki }: Inspection, page: Page): string[] {
  if (!uki) return [];
  const lines = facts(page, [
    ['command line', visible(uki.commandLine ?? 'none: a boot loader or nobody gives one')],
    ['initrd', carried(uki, '.initrd') ?? 'none'],
    ['microcode', carried(uki, '.ucode')],
    ['devicetree', carried(uki, '.dtb')],
    ['splash screen', carried(uki, '.splash')],
    ['system', uki.osRelease.PRETTY_NAME ? visible(uki.osRelease.PRETTY_NAME) : systemName(uki)],
    ['kernel release', uki.uname && visible(uki.uname)],
    ['profiles', profiles(uki)],
  ]);
  return section(page, 'Unified kernel image', uki.stub ? visible(uki.stub) : undefined, [
    ...lines,
    ...(page.verbose ? parts(uki, page) : []),
  ]);
}

function carried({ parts }: UkiReport, wanted: string): string | null {
  const found = parts.filter(({ name }) => name === wanted);
  if (found.length === 0) return null;
  return found.map(({ size, content }) => [bytes(size), content].filter(Boolean).join(' of ')).join(', ');
}

function systemName({ osRelease }: UkiReport): string | null {
  const words = [osRelease.NAME ?? osRelease.ID, osRelease.VERSION_ID].filter(Boolean);
  return words.length > 0 ? visible(words.join(' ')) : null;
}

function profiles({ parts }: UkiReport): string | null {
  const count = parts.filter(({ name }) => name === '.profile').length;
  return count > 0 ? `${count}, of which the first is shown` : null;
}

function parts(uki: UkiReport, { style, width }: Page): string[] {
  const rows = uki.parts.map(({ name, what, offset, size, content }) => [
    cell(name, style.dim),
    cell(what),
    cell(bytes(size)),
    cell(`file ${hex(offset)}${content ? `, ${content}` : ''}`),
  ]);
  return ['', ...columns(rows, { width, least: [LABEL_WIDTH] })];
}
