import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

const SETUP_SECTS_OFFSET = 0x1f1;

/** boot.rst, "setup_sects": for backwards compatibility 0 means 4. */
export const setupSectsZero: ImageRule = {
  id: 'setup-sects-zero',
  order: 2,
  severity: 'warning',
  title: 'setup_sects is 0',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      if (layer.formats.bzimage?.header.setup_sects !== 0) continue;
      yield {
        message:
          'setup_sects is 0, which stands for 4: a loader without that exception, such as GRUB 2 where it loads a kernel for Xen, takes byte 0x200 for the start of the protected-mode code.',
        offset: SETUP_SECTS_OFFSET,
        layer: name,
      };
    }
  },
};
