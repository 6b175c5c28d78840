import { hex } from '../../core/errors.js';
import type { Universal } from '../../stub/universal.js';
import { cell, columns } from './columns.js';
import { type Page, pageOf, section } from './page.js';
import { plural } from './quantity.js';

/** A universal image: its entries, and the size of every part of the code that leads from them to the payload. */
export function stubsText(name: string, size: number, universal: Universal, options?: Partial<Page>): string {
  const page = pageOf(options);
  const { style, width } = page;
  const { program, entries } = universal;
  const rows = program.parts
    .filter(({ name: part }) => !part.startsWith('check_') && !part.startsWith('put_'))
    .map(({ name: part, address, size: bytes }) => [
      cell(part, part.startsWith('entry_') ? style.strong : undefined),
      cell(hex(address)),
      cell(plural(bytes, 'byte')),
    ]);
  const lines = [
    `${style.strong(name)}  ${plural(size, 'byte')}, linked at ${hex(program.base)}: ${entries.join(', ')}`,
    ...section(page, 'Code', undefined, columns(rows, { width })),
    '',
  ];
  return `${lines.join('\n')}\n`;
}
