import { latin1 } from '../../core/bytes.js';
import { parseFeatures } from '../../image/xen/features.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';
import { xenNotes, xenNoteType } from './xen-notes.js';

/** Longer strings are nonsense, and need not be printed whole. */
const MOST = 1024;

/** Xen public/elfnote.h: XEN_ELFNOTE_FEATURES: names separated by "|", "!" marks a required one. */
export const xenFeatureUnknown: ImageRule = {
  id: 'xen-feature-unknown',
  order: 4,
  severity: 'error',
  entries: ['xen-pv', 'pvh'],
  title: 'The kernel requires a feature that Xen does not know',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { elf } = layer.formats;
      for (const note of elf ? xenNotes(elf, xenNoteType.FEATURES) : []) {
        const { unknown: names } = parseFeatures(latin1(note.desc.subarray(0, MOST)).split('\0')[0]!);
        const unknown = names.filter((it) => it.startsWith('!')).map((it) => JSON.stringify(it.slice(1)));
        if (unknown.length === 0) continue;
        yield {
          message: `The Xen FEATURES note requires ${unknown.join(', ')}, which no Xen release names: Xen refuses to build the domain.`,
          offset: note.descOffset,
          layer: name,
        };
      }
    }
  },
};
