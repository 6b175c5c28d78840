import { indexOfBytes, latin1 } from '../core/bytes.js';
import type { LogLine } from './printk-ring.js';

/** The banner as the ring has it: the format string in the image has no prefix. */
const banner = Array.from('(XEN) Xen version ', (character) => character.charCodeAt(0));
/** The ring's largest size that is looked through, in bytes; 16 KiB unless conring_size says otherwise. */
const mostRing = 1 << 20;

/**
 * Xen's console ring (xen/drivers/char/console.c, conring), which holds what it said whether or not there is a console.
 * No symbol leads to it, so memory is searched for its banner; text goes from there to the first zero byte. Undefined
 * where there is none.
 */
export function readXenConsoleRing(memory: Uint8Array): LogLine[] | undefined {
  const at = indexOfBytes(memory, banner);
  if (at < 0) return undefined;
  const ring = latin1(memory.subarray(at, at + mostRing));
  return ring
    .split('\0', 1)[0]!
    .split('\n')
    .filter((line) => line !== '')
    .map((text) => ({ text }));
}
