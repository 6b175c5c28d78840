import { indexOfBytes } from '../core/bytes.js';

/** "Linux version ", with which linux_banner begins (init/version.c). */
export const linuxBanner: readonly number[] = Array.from('Linux version ', (char) => char.charCodeAt(0));

/** Where the words stand with a number behind them, from an offset on; -1: nowhere. A format string like "Linux version %s" is no banner. */
export function indexOfLinuxBanner(data: Uint8Array, from = 0): number {
  let at = indexOfBytes(data, linuxBanner, from);
  while (at !== -1 && !isDigit(data[at + linuxBanner.length])) at = indexOfBytes(data, linuxBanner, at + 1);
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
