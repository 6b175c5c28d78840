import { cpio } from './cpio.js';
import { initProgram } from './program.js';

/** The initramfs a boot gets when the user gives none: `/init` prints the marker and powers off. Or one with another `/init`. */
export function initramfs(bits: 32 | 64, init = initProgram(bits)): Uint8Array {
  return cpio([
    { name: 'dev', mode: 0o040755 },
    { name: 'dev/console', mode: 0o020600, device: { major: 5, minor: 1 } },
    { name: 'init', mode: 0o100755, data: init },
  ]);
}
