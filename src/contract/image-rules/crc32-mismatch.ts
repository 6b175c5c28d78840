import { hex } from '../../core/errors.js';
import { bzImageCrc } from '../../image/container/bzimage-crc.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** First protocol version with the checksum. */
const SINCE = 0x0208;
/** First Linux without it: 6.15 no longer writes one. */
const dropped = [6, 15] as const;

/** boot.rst, "THE IMAGE CHECKSUM": the CRC of the file up to the limit of syssize is 0. */
export const crc32Mismatch: ImageRule = {
  id: 'crc32-mismatch',
  order: 2,
  severity: 'warning',
  title: 'The image checksum of the boot protocol does not hold',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { bzimage } = layer.formats;
      if (!bzimage || bzimage.version < SINCE || !writesChecksum(bzimage.kernelVersion)) continue;
      const crc = bzImageCrc(layer.bytes, bzimage);
      if (!crc || crc.stored === crc.computed) continue;
      const { pe } = layer.formats;
      const unsigned = pe && bzImageCrc(layer.bytes, bzimage, pe);
      const signed = unsigned !== undefined && unsigned.stored === unsigned.computed;
      yield signed
        ? {
            message:
              'Signing changed the PE header after the CRC-32 of the boot protocol was computed, so a loader that verifies the checksum rejects the kernel; no known one does, and Linux dropped it in 6.15.',
            offset: crc.offset,
            layer: name,
            severity: 'note',
          }
        : {
            message: `The CRC-32 at the end of the kernel is ${hex(crc.stored)}, the file's is ${hex(crc.computed)}: the kernel was changed after it was built, or is damaged, and no loader notices before it misbehaves.`,
            offset: crc.offset,
            layer: name,
          };
    }
  },
};

/** True for Linux versions whose build appends the checksum; other makers' images make no such promise. */
function writesChecksum(version: string | undefined): boolean {
  const found = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (!found) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major < dropped[0] || (major === dropped[0] && minor < dropped[1]);
}
