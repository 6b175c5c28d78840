import { MULTIBOOT_MAGIC, multibootHeader } from '../../src/abi/multiboot.js';
import { MULTIBOOT2_MAGIC } from '../../src/abi/multiboot2.js';
import { concat, le, type Overrides, put, roundUp } from './write.js';

/** A Multiboot 1 header of 48 bytes with the right checksum; other fields by name. */
export function craftMultiboot(flags: number, values: Overrides = {}): Uint8Array {
  const bytes = new Uint8Array(multibootHeader.size);
  const checksum = -(MULTIBOOT_MAGIC + flags) >>> 0;
  put(bytes, multibootHeader, 0, { magic: MULTIBOOT_MAGIC, flags: flags >>> 0, checksum, ...values });
  return bytes;
}

export interface CraftMultiboot2Tag {
  readonly type: number;
  readonly optional?: boolean;
  readonly data: Uint8Array;
}

/** A Multiboot2 header with these tags and an end tag. */
export function craftMultiboot2(tags: readonly CraftMultiboot2Tag[] = [], architecture = 0): Uint8Array {
  const end = { type: 0, data: new Uint8Array(0) };
  const body = [...tags, end].map((tag: CraftMultiboot2Tag) => {
    const size = 8 + tag.data.length;
    const padding = new Uint8Array(roundUp(size, 8) - size);
    return concat(le(tag.type, 2), le(tag.optional ? 1 : 0, 2), le(size, 4), tag.data, padding);
  });
  const length = 16 + body.reduce((sum, part) => sum + part.length, 0);
  const checksum = -(MULTIBOOT2_MAGIC + architecture + length) >>> 0;
  return concat(le(MULTIBOOT2_MAGIC, 4), le(architecture, 4), le(length, 4), le(checksum, 4), ...body);
}
