import type { Problem } from '../../image/container/problem.js';
import type { Image } from '../../image/image.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** Everything the parsers of one layer had to leave out. */
function problemsOf({ problems, formats }: Image): Problem[] {
  const { bzimage, elf, pe, zboot, multiboot2 } = formats;
  return [problems, ...[bzimage, elf, pe, zboot, multiboot2].map((format) => format?.problems ?? [])].flat();
}

/** Each format's specification: its tables and strings lie in the file and have the size they need. */
export const headerUnreadable: ImageRule = {
  id: 'header-unreadable',
  order: 1,
  severity: 'warning',
  title: 'Part of a header cannot be read as its format demands',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      for (const { offset, message } of problemsOf(layer)) {
        yield {
          message: `${message}: readers differ here, as some refuse such a file and some go on without the part.`,
          // Some problems are that an offset points outside.
          offset: offset < layer.bytes.length ? offset : undefined,
          layer: name,
        };
      }
    }
  },
};
