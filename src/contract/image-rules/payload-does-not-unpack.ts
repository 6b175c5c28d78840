import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** boot.rst, "payload_offset" and "payload_length"; drivers/firmware/efi/libstub/zboot.c. */
export const payloadDoesNotUnpack: ImageRule = {
  id: 'payload-does-not-unpack',
  order: 1,
  severity: 'error',
  fatal: {
    cause: 'payload damaged',
    sentence: 'the kernel packed into the file does not unpack',
    advice: 'Copy, download or build the image again: what it wraps is damaged.',
  },
  title: 'The payload does not unpack',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { inner } = layer;
      if (!inner?.problem) continue;
      const xen =
        inner.how === 'bzimage-payload' ? ', and Xen, which unpacks a bzImage itself, refuses it' : '';
      yield {
        message: `What the image wraps is no kernel that can be read (${inner.problem}): every entry that unpacks it ends there${xen}.`,
        offset: Math.min(inner.offset, layer.bytes.length - 1),
        layer: name,
      };
    }
  },
};
