import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** shim SBAT.md; shim pe.c, verify_sbat_section(). */
export const signedWithoutSbat: ImageRule = {
  id: 'signed-without-sbat',
  order: 5,
  severity: 'note',
  title: 'The image is signed for Secure Boot, but has no SBAT section',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe } = layer.formats;
      if (!pe?.signed || pe.sbat !== undefined) continue;
      yield {
        message:
          'The image carries a Secure Boot signature, but no .sbat section: shim from 15.3 on refuses to start it as its second stage; through GRUB 2, which only asks shim to verify it, it boots.',
        offset: pe.certificateDirectoryOffset,
        layer: name,
      };
    }
  },
};
