import { type Bytes, indexOfBytes, latin1 } from '../core/bytes.js';
import { type Image, layers } from './image.js';

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
  return linuxBanner(innermost.bytes) ?? xenVersion(innermost);
}

const MAX_LENGTH = 128;
const MAX_TRIES = 64;

/** `linux_banner`, init/version.c. */
function linuxBanner(bytes: Bytes): string | undefined {
  const mark = ascii('Linux version ');
  let at = indexOfBytes(bytes.data, mark);
  // A kernel has the words a few times at most, in messages and in the banner.
  for (let tries = 0; at !== -1 && tries < MAX_TRIES; tries++) {
    const release = /^\d\S*/.exec(textAt(bytes.data, at + mark.length));
    if (release) return release[0];
    at = indexOfBytes(bytes.data, mark, at + 1);
  }
  return undefined;
}

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

function textAt(data: Uint8Array, offset: number): string {
  const text = latin1(data.subarray(offset, offset + MAX_LENGTH));
  return text.split('\0', 1)[0]!;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
