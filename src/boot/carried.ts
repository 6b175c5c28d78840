import type { Bytes } from '../core/bytes.js';
import type { Uki } from '../image/container/uki.js';
import { type Image, layers } from '../image/image.js';
import { joinInitrds } from './initrds.js';

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
  if (parts.length === 0) return undefined;
  return joinInitrds(parts.map(({ offset, length }) => bytes.slice(offset, length)));
}
