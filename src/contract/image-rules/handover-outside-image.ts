import { STARTUP_64 } from '../../abi/setup-header.js';
import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

const HANDOVER_OFFSET = 0x264;

/** boot.rst, "EFI HANDOVER PROTOCOL". */
export const handoverOutsideImage: ImageRule = {
  id: 'handover-outside-image',
  order: 2,
  severity: 'error',
  title: 'The EFI handover entry lies outside the kernel',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { bzimage } = layer.formats;
      const offset = bzimage?.header.handover_offset;
      if (!bzimage || typeof offset !== 'number') continue;
      // 2.11 has the offset, but not yet the flags that say which entries there are.
      const flagged = bzimage.version >= 0x020c;
      const flags = bzimage.xloadflags;
      const entries: [string, number][] = [];
      if (flagged ? flags.includes('XLF_EFI_HANDOVER_32') : offset !== 0) entries.push(['32-bit', 0]);
      if (flags.includes('XLF_EFI_HANDOVER_64')) entries.push(['64-bit', STARTUP_64]);
      const end = Math.min(bzimage.end, layer.bytes.length);
      for (const [width, add] of entries) {
        const at = bzimage.setupSize + offset + add;
        if (at < end && offset !== 0) continue;
        yield {
          message:
            offset === 0
              ? `xloadflags offer the ${width} EFI handover entry, but handover_offset is 0: a GRUB 2 with the linuxefi patches refuses it ("kernel doesn't support EFI handover"), a loader that looks at the flags alone jumps to the ordinary entry.`
              : `handover_offset ${hex(offset)} puts the ${width} EFI handover entry at file offset ${hex(at)}, behind the end of the kernel (${hex(end)}): a GRUB 2 with the linuxefi patches, and systemd-stub for kernels without LoadFile2, jump there.`,
          offset: HANDOVER_OFFSET,
          layer: name,
        };
      }
    }
  },
};
