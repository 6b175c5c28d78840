import { hex } from '../../../core/errors.js';
import type { Inspection, LayerReport } from '../../inspection.js';
import { cell, columns } from '../columns.js';
import { LABEL_WIDTH, type Page, section } from '../page.js';
import { bytes } from '../quantity.js';

/** The image and what it wraps. */
export function layersText({ layers, depth }: Inspection, page: Page): string[] {
  const { style, width } = page;
  const rows = layers.map((layer) => [
    cell(layer.layer, style.dim),
    cell(layer.size === 0 ? '' : bytes(layer.size)),
    cell(content(layer, depth)),
  ]);
  return section(page, 'Layers', undefined, columns(rows, { width, least: [LABEL_WIDTH] }));
}

function content({ formats, packed, problem }: LayerReport, depth: Inspection['depth']): string {
  const what = formats.join(', ') || (depth === 'headers' && !problem ? 'not unpacked' : 'unknown');
  const where =
    packed &&
    `${bytes(packed.length)} ${packed.codec === 'none' ? 'stored' : `of ${packed.codec}`} at ${hex(packed.offset)}`;
  return [what, where, problem].filter(Boolean).join('; ');
}
