import { indexOfBytes, latin1 } from '../../core/bytes.js';
import { isLinux } from '../../entry/linux.js';
import type { NamedLayer } from './layers.js';

const BANNER = new TextEncoder().encode('Linux version ');
const MAX_RELEASE = 64;

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
  const { data } = image.bytes;
  for (let at = indexOfBytes(data, BANNER); at !== -1; at = indexOfBytes(data, BANNER, at + 1)) {
    const text = latin1(data.subarray(at + BANNER.length, at + BANNER.length + MAX_RELEASE));
    // The same words stand in messages and format strings too; a release begins with its number.
    const release = /^\d+\.\d+[^\s\0]*(?=\s)/.exec(text)?.[0];
    if (release) return release;
  }
  return null;
}
