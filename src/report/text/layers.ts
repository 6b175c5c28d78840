import type { NamedImage } from '../../image/extract.js';
import { formatNames } from '../sections/layers.js';
import { cell, columns } from './columns.js';
import { type Page, pageOf } from './page.js';
import { bytes } from './quantity.js';

/** The layers that can be written to a file, a line each; ends with a newline. */
export function layerTableText(layers: readonly NamedImage[], options?: Partial<Page>): string {
  const { style, width } = pageOf(options);
  const rows = layers.map(({ index, name, image }) => [
    cell(String(index), style.dim),
    cell(name, style.strong),
    cell(bytes(image.bytes.length)),
    cell(formatNames(image.formats).join(', ') || (image.inner ? `${image.inner.codec} file` : 'unknown')),
  ]);
  return `${columns(rows, { width, indent: 0 }).join('\n')}\n`;
}
