import { indexOfBytes, latin1 } from '../core/bytes.js';

/** "Linux version ", with which linux_banner begins (init/version.c). */
export const linuxBanner: readonly number[] = Array.from('Linux version ', (char) => char.charCodeAt(0));

/** Where the words stand with a number behind them, from an offset on; -1: nowhere. A format string like "Linux version %s" is no banner. */
export function indexOfLinuxBanner(data: Uint8Array, from = 0): number {
  let at = indexOfBytes(data, linuxBanner, from);
  while (at !== -1 && !isDigit(data[at + linuxBanner.length])) at = indexOfBytes(data, linuxBanner, at + 1);
  return at;
}

/** Longer releases than those of 64 bytes do not exist (init/version.c, __NEW_UTS_LEN). */
const mostRelease = 64;

/** The release in the banner of a kernel that is not packed: "6.1.0-56-amd64". */
export function releaseInBanner(data: Uint8Array): string | undefined {
  for (let at = indexOfLinuxBanner(data); at !== -1; at = indexOfLinuxBanner(data, at + 1)) {
    const behind = at + linuxBanner.length;
    // Who compiled it stands behind it, in brackets; in messages with these words there is something else.
    const release = /^(\d+\.\d+[^\s\0]*) \(/.exec(latin1(data.subarray(behind, behind + mostRelease + 2)));
    if (release) return release[1];
  }
  return undefined;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
