import { STARTUP_64 } from '../../abi/setup-header.js';
import { hex } from '../../core/errors.js';
import type { ImageRule } from '../rule.js';
import { namedLayers } from './layers.js';

const XLOADFLAGS_OFFSET = 0x236;
/** Fill bytes: no entry consists of these. int3, zeroes and erased flash. */
const padding = [0x00, 0xcc, 0xff];
const SPAN = 16;

/** boot.rst, "xloadflags": XLF_KERNEL_64 says that the legacy 64-bit entry point stands at 0x200. */
export const xlfKernel64WithoutCode: ImageRule = {
  id: 'xlf-kernel-64-without-code',
  order: 2,
  severity: 'error',
  title: 'XLF_KERNEL_64 is set, but there is no code at the 64-bit entry',
  *check(image) {
    for (const { layer, name } of namedLayers(image)) {
      const { bzimage } = layer.formats;
      if (!bzimage?.xloadflags.includes('XLF_KERNEL_64')) continue;
      const at = bzimage.setupSize + STARTUP_64;
      const end = Math.min(bzimage.end, layer.bytes.length);
      const code = layer.bytes.data.subarray(at, Math.min(at + SPAN, end));
      const fill = padding.find((byte) => code.every((there) => there === byte));
      if (code.length === SPAN && fill === undefined) continue;
      const what =
        code.length < SPAN ? 'the protected-mode code ends there' : `only ${hex(fill!)} stands there`;
      yield {
        message: `XLF_KERNEL_64 promises a 64-bit entry at file offset ${hex(at)}, but ${what}: kexec, Cloud Hypervisor and crosvm jump there all the same.`,
        offset: at < layer.bytes.length ? at : XLOADFLAGS_OFFSET,
        layer: name,
      };
    }
  },
};
