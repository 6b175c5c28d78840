import { indexOfBytes, latin1 } from '../core/bytes.js';
import { type Image, layers } from './image.js';
import { releaseInBanner } from './linux-banner.js';

/**
 * The release of a kernel, e.g. "6.12.107-cloud-amd64", or for other systems the version they carry;
 * undefined when the image does not say. Cheap where a header says it, else a search through the innermost layer.
 */
export function kernelRelease(image: Image): string | undefined {
  const all = layers(image);
  for (const { formats } of all) {
    const stated = formats.bzimage?.kernelVersion ?? formats.uki?.uname;
    if (stated) return /^\d\S*/.exec(stated)?.[0] ?? stated;
  }
  const innermost = all.at(-1)!;
  return releaseInBanner(innermost.bytes.data) ?? xenVersion(innermost);
}

const MAX_LENGTH = 128;

/**
 * Xen's banner is only a format. A distribution's full version stands before the compiler's in
 * xen/common/version.c; without it the PE header of xen.efi has major and minor.
 */
function xenVersion({ bytes, formats }: Image): string | undefined {
  if (indexOfBytes(bytes.data, ascii('Xen version %d.%d%s')) === -1) return undefined;
  for (const compiler of ['gcc (', 'gcc version ', 'clang version ']) {
    const at = indexOfBytes(bytes.data, ascii(compiler));
    if (at === -1) continue;
    const before = latin1(bytes.data.subarray(Math.max(0, at - MAX_LENGTH), at));
    const version = /(?:^|\0)(\d+\.\d+[\w.+~:-]*)\0+[^\0]*$/.exec(before);
    if (version) return version[1];
  }
  return formats.pe && `${formats.pe.majorImageVersion}.${formats.pe.minorImageVersion}`;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
