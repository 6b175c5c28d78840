import { disagree, loadingText } from '../../entry/loaders/loading.js';
import { multiboot2Loadings, multibootLoadings } from '../../entry/loaders/multiboot.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** The sources of QEMU and GRUB 2, as src/entry/loaders names them. */
export const multibootLoadersDisagree: ImageRule = {
  id: 'multiboot-loaders-disagree',
  order: 6,
  severity: 'warning',
  title: 'Not every Multiboot loader takes the kernel',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      for (const [title, loadings] of [
        ['Multiboot', multibootLoadings(layer)],
        ['Multiboot2', multiboot2Loadings(layer)],
      ] as const) {
        const against = loadings.find(({ objection }) => objection);
        // Where there is one loader only, what it refuses is not offered; a header in no kernel concerns nobody.
        const alone = loadings.length === 1 && layer.formats.elf !== undefined;
        if (!against || !(disagree(loadings) || alone)) continue;
        const offset = against.objection!.offset;
        yield {
          message: `Through ${title}: ${loadingText(loadings)}.`,
          offset: offset < layer.bytes.length ? offset : undefined,
          layer: name,
        };
      }
    }
  },
};
