import { ImageError } from '../../core/errors.js';
import type { Btf } from '../../image/btf/btf.js';
import { readBtf } from '../../image/btf/read.js';
import type { TypesReport } from '../inspection.js';
import type { NamedLayer } from './layers.js';

/** The BTF types of the innermost layer that has some. */
export function typesReport(layers: readonly NamedLayer[]): TypesReport {
  let problem = 'no BTF types in this image';
  for (const { name: layer, image } of [...layers].reverse()) {
    let btf: Btf | undefined;
    try {
      btf = readBtf(image);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      problem = error.message;
    }
    if (!btf) continue;
    return { count: btf.count, size: btf.length, layer, offset: btf.offset, problem: btf.problem ?? null };
  }
  return { count: 0, size: 0, layer: null, offset: null, problem };
}
