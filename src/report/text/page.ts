import { cell, columns } from './columns.js';
import { plain, type Style } from './style.js';

/** What a text report is written on. */
export interface Page {
  readonly style: Style;
  /** Columns of a line. */
  readonly width: number;
  /** Everything, instead of what most readers want. */
  readonly verbose: boolean;
  /** The bytes that prove each entry, and the state it demands. */
  readonly evidence: boolean;
}

const defaults: Page = { style: plain, width: 100, verbose: false, evidence: false };

/** A page with what was asked for, and no marks on 100 columns otherwise. */
export function pageOf(options: Partial<Page> = {}): Page {
  return { ...defaults, ...options };
}

// Wide enough for most labels, so that the sections of a report line up.
export const LABEL_WIDTH = 18;

/** A titled part of a report; nothing at all when it has neither lines nor a remark. */
export function section(
  page: Page,
  title: string,
  remark: string | undefined,
  lines: readonly string[],
): string[] {
  if (lines.length === 0 && !remark) return [];
  const { style, width } = page;
  const head = [cell(title, style.title), ...(remark ? [cell(remark, style.dim)] : [])];
  return ['', ...columns([head], { width, indent: 0 }), ...lines];
}

/** Labels with their values, one under the other; rows without a value are left out. */
export function facts(
  page: Page,
  rows: readonly (readonly [label: string, value: string | null | undefined | false])[],
): string[] {
  const shown = rows.filter((row): row is readonly [string, string] => typeof row[1] === 'string');
  return columns(
    shown.map(([label, value]) => [cell(label, page.style.dim), cell(value)]),
    { width: page.width, least: [LABEL_WIDTH] },
  );
}
