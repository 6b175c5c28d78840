import { hex } from '../../../core/errors.js';
import type { Evidence } from '../../../entry/entry.js';
import type { EntryReport, Inspection } from '../../inspection.js';
import { type Cell, cell, columns } from '../columns.js';
import { LABEL_WIDTH, type Page, section } from '../page.js';

// Behind the mark and its gap; so the reasons stand in the column of all values.
const ID_WIDTH = LABEL_WIDTH - 3;
/** The column values begin in. */
const VALUES = 2 + LABEL_WIDTH + 2;

/** Every entry: whether it is offered, through which layer, where a loader jumps, why, and in which state. */
export function entriesText({ entries, depth }: Inspection, page: Page): string[] {
  const lines = entries.flatMap((entry) => [...entryLines(entry, page), ...(page.evidence ? [''] : [])]);
  if (lines.at(-1) === '') lines.pop();
  return section(page, 'Entries', remark(entries, depth), lines);
}

/** One entry, with its evidence where the page wants that. */
export function entryLines(entry: EntryReport, page: Page): string[] {
  return [...headLines(entry, page), ...(page.evidence ? details(entry, page) : [])];
}

function remark(entries: readonly EntryReport[], depth: Inspection['depth']): string {
  const offered = entries.filter((entry) => entry.offered).length;
  const rest = depth === 'headers' ? '; what the payload offers was not looked at' : '';
  return `${offered} of ${entries.length} offered${rest}`;
}

/** The entry in a line, with the reason and the essence of its state below; one not offered is only a reason. */
function headLines(entry: EntryReport, { style, width, evidence }: Page): string[] {
  const { id, offered, via, address, addressKind, reason, state } = entry;
  if (!offered) {
    const row = [cell(offered === null ? '?' : '–', style.dim), cell(id, style.dim), cell(reason, style.dim)];
    return columns([row], { width, least: [1, ID_WIDTH] });
  }
  const place = [address, addressKind && `(${addressKind})`].filter(Boolean).join(' ');
  return [
    ...columns([[cell('✓', style.good), cell(id, style.strong), cell(`${via}`), cell(place)]], {
      width,
      least: [1, ID_WIDTH, 'payload'.length],
    }),
    ...columns([[cell(reason)]], { width, indent: VALUES }),
    ...(evidence ? [] : columns([[cell(`state: ${state[0]}`, style.dim)]], { width, indent: VALUES })),
  ];
}

function details(entry: EntryReport, page: Page): string[] {
  const { style } = page;
  const facts = Object.entries(entry.facts).map(([name, value]) => [cell(`${name}: ${value}`)]);
  const state = entry.offered ? entry.state.map((line) => [cell('-', style.dim), cell(line)]) : [];
  const evidence = entry.evidence.flatMap((one) => [[cell(quotation(one))], [cell(one.source, style.dim)]]);
  return [
    ...labelled('facts', facts, page),
    ...labelled('loader sets', state, page),
    ...labelled('evidence', evidence, page),
  ];
}

/** Rows with one label before the first. */
function labelled(label: string, rows: readonly Cell[][], { style, width }: Page): string[] {
  const all = rows.map((row, index) => [cell(index === 0 ? label : '', style.dim), ...row]);
  return columns(all, { width, indent: VALUES - ID_WIDTH - 2, least: [ID_WIDTH] });
}

function quotation({ layer, offset, bytes, meaning }: Evidence): string {
  return `${layer} ${hex(offset)}: ${bytes} — ${meaning}`;
}
