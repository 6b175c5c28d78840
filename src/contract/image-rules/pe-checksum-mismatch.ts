import type { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

/** The checksum of a PE file: 16-bit words added with end-around carry, the field itself as 0, plus the length. */
function peChecksum({ view, length }: Bytes, field: number): number {
  let sum = 0;
  const even = length & ~1;
  for (let at = 0; at < even; at += 2) sum += view.getUint16(at, true);
  if (length & 1) sum += view.getUint8(even);
  for (let i = 0; i < 4 && field + i < length; i++) {
    sum -= view.getUint8(field + i) * ((field + i) & 1 ? 0x100 : 1);
  }
  // Folding once at the end gives what carrying around at each step gives: both are the sum modulo 0xffff.
  while (sum > 0xffff) sum = Math.floor(sum / 0x10000) + (sum % 0x10000);
  return sum + length;
}

/** Microsoft PE Format, "Optional Header": CheckSum, computed as IMAGHELP.DLL does. */
export const peChecksumMismatch: ImageRule = {
  id: 'pe-checksum-mismatch',
  order: 5,
  severity: 'note',
  title: 'The PE checksum of a signed image does not hold',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { pe } = layer.formats;
      if (!pe?.signed) continue;
      const offset = pe.checkSumOffset;
      const stored = layer.bytes.u32(offset);
      if (stored === 0) continue;
      const sum = peChecksum(layer.bytes, offset);
      if (sum === stored) continue;
      yield {
        message: `The PE checksum is ${hex(stored)}, the file adds up to ${hex(sum)}: UEFI firmware and shim do not look, but the file was changed after it was signed or the signing tool computed it wrongly, and tools that verify it (osslsigncode, Windows) complain.`,
        offset,
        layer: name,
      };
    }
  },
};
