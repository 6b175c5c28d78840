import { isLinux } from '../../entry/linux.js';
import { releaseInBanner } from '../../image/linux-banner.js';
import type { NamedLayer } from './layers.js';

/** Kernel release: from a header where one states it, else from the kernel's own banner. */
export function releaseOf(layers: readonly NamedLayer[]): string | null {
  for (const { image } of layers) {
    const { bzimage, uki } = image.formats;
    const version = bzimage?.kernelVersion;
    // Other systems have the header too; theirs is a name and a version.
    if (version) return /^\d/.test(version) ? version.split(' ')[0]! : version;
    if (uki?.uname) return uki.uname;
  }
  // What a layer wraps is packed, so that only the innermost can hold the banner in clear.
  const { image } = layers.at(-1)!;
  // Other systems' drivers have the words as well.
  if (image.formats.elf && !isLinux(image)) return null;
  return releaseInBanner(image.bytes.data) ?? null;
}
