import type { Bytes } from '../core/bytes.js';
import type { Place, Uki } from '../image/container/uki.js';
import { type Image, layers } from '../image/image.js';

/** What an image brings along for the kernel inside it. */
export interface Carried {
  readonly commandLine?: string;
  readonly initrd?: Uint8Array;
}

/**
 * What a unified kernel image hands to the kernel in `layer` (systemd-stub(7)): its command line, and its microcode and initrd as
 * one. Nothing for a layer that no unified kernel image is around.
 */
export function carriedFor(image: Image, layer: Image): Carried {
  const all = layers(image);
  const around = all.slice(0, all.indexOf(layer)).find(({ formats }) => formats.uki);
  const uki = around?.formats.uki;
  if (!uki) return {};
  return { commandLine: uki.cmdline || undefined, initrd: initrdOf(around.bytes, uki) };
}

function initrdOf(bytes: Bytes, { microcode, initrd }: Uki): Uint8Array | undefined {
  const parts = [microcode, initrd].filter((part) => part !== undefined);
  return parts.length > 0 ? joined(bytes, parts) : undefined;
}

/** Archives one behind the other, each from a multiple of 4 on, as the kernel looks for them (buffer-format.rst). */
function joined(bytes: Bytes, parts: readonly Place[]): Uint8Array {
  const padded = (length: number): number => Math.ceil(length / 4) * 4;
  const all = new Uint8Array(parts.reduce((sum, { length }) => padded(sum) + length, 0));
  let at = 0;
  for (const { offset, length } of parts) {
    all.set(bytes.slice(offset, length), at);
    at = padded(at + length);
  }
  return all;
}
