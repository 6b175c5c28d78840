import type { Bytes } from '../core/bytes.js';
import { misplacedSetup } from './container/misplaced-setup.js';
import { releaseInBanner } from './linux-banner.js';

/** What a file without any known header seems to be, and what to give instead. */
export interface Guess {
  /** A noun with its article. */
  readonly what: string;
  readonly advice: string;
}

/** startup_32 of arch/x86/boot/compressed/head_64.S and head_32.S: since 5.9, and before with KEEP_SEGMENTS. */
const decompressors = [
  [0xfc, 0xfa, 0x8d, 0xa6, 0xe8, 0x01, 0x00, 0x00, 0xe8],
  [0xfc, 0x8d, 0xa6, 0xe8, 0x01, 0x00, 0x00, 0xe8],
  [0xfc, 0xf6, 0x86, 0x11, 0x02, 0x00, 0x00, 0x40, 0x75],
];

/** By the code it begins with and the words in it: enough for advice, never for an entry. */
export function guess(bytes: Bytes): Guess | undefined {
  if (decompressors.some((code) => startsWith(bytes, code))) {
    return {
      what: 'the protected-mode part of a bzImage without its setup code (arch/x86/boot/vmlinux.bin)',
      advice: 'give the whole bzImage (arch/x86/boot/bzImage, /boot/vmlinuz-*) or the vmlinux',
    };
  }
  const setup = misplacedSetup(bytes);
  if (setup) {
    const { shift, where } = setup;
    return {
      what: `a bzImage that does not begin where it should: ${where}`,
      advice:
        shift > 0
          ? `take away what stands before it (tail -c +${shift + 1} FILE), or build the kernel without it`
          : 'give the whole bzImage (arch/x86/boot/bzImage, /boot/vmlinuz-*)',
    };
  }
  if (bytes.matches(0, '070701') || bytes.matches(0, '070702')) {
    return { what: 'a cpio archive, as an initramfs is', advice: 'give the kernel, and this with --initrd' };
  }
  const release = releaseInBanner(bytes.data);
  if (release) {
    return {
      what: `what "objcopy -O binary" makes of Linux ${release}: memory without headers, which say where it goes and begins`,
      advice: 'give the vmlinux it was made from, or the bzImage',
    };
  }
  return undefined;
}

function startsWith({ data }: Bytes, code: readonly number[]): boolean {
  return code.every((byte, index) => data[index] === byte);
}
