import {
  MULTIBOOT2_MAGIC,
  MULTIBOOT2_SEARCH,
  multiboot2Header,
  multiboot2Tag,
  multiboot2TagType,
} from '../../abi/multiboot2.js';
import type { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import { type Problem, Problems } from './problem.js';

/** A Multiboot2 header (magic 0xE85250D6 within the first 32768 bytes, 8-aligned, checksum right). */
export interface Multiboot2Header {
  readonly offset: number;
  /** 0 = 32-bit protected mode i386, 4 = 32-bit MIPS. */
  readonly architecture: number;
  readonly length: number;
  readonly tags: readonly Multiboot2Tag[];
  /** Tags that do not fit, a missing end tag. */
  readonly problems: readonly Problem[];
}

export interface Multiboot2Tag {
  readonly type: number;
  readonly typeName: string;
  readonly optional: boolean;
  /** File offset of the tag. */
  readonly offset: number;
  /** The tag's bytes after type, flags and size. */
  readonly data: Uint8Array;
}

const tagNames = new Map<number, string>(
  Object.entries(multiboot2TagType).map(([name, value]) => [value, name]),
);

/** Finds the first valid Multiboot2 header; undefined when there is none. */
export function parseMultiboot2(bytes: Bytes): Multiboot2Header | undefined {
  const end = Math.min(bytes.length, MULTIBOOT2_SEARCH);
  for (let offset = 0; offset + multiboot2Header.size <= end; offset += 8) {
    if (bytes.u32(offset) !== MULTIBOOT2_MAGIC) continue;
    const header = multiboot2Header.read(bytes, offset);
    const sum = header.magic + header.architecture + header.header_length + header.checksum;
    if (sum % 2 ** 32 !== 0) continue;
    const problems = new Problems();
    const tags = readTags(bytes, offset, Math.min(end, offset + header.header_length), problems);
    if (offset + header.header_length > end) {
      problems.add(
        offset + 8,
        `Multiboot2 header of ${header.header_length} bytes at ${hex(offset)} does not fit into the first ${end} bytes`,
      );
    }
    return {
      offset,
      architecture: header.architecture,
      length: header.header_length,
      tags,
      problems: problems.list,
    };
  }
  return undefined;
}

function readTags(bytes: Bytes, header: number, end: number, problems: Problems): Multiboot2Tag[] {
  const tags: Multiboot2Tag[] = [];
  let at = header + multiboot2Header.size;
  while (at + multiboot2Tag.size <= end) {
    const raw = multiboot2Tag.read(bytes, at);
    if (raw.size < multiboot2Tag.size || at + raw.size > end) {
      problems.add(at, `Multiboot2 tag ${raw.type} at ${hex(at)} has a size of ${raw.size} bytes`);
      return tags;
    }
    tags.push({
      type: raw.type,
      typeName: tagNames.get(raw.type) ?? `tag ${raw.type}`,
      optional: (raw.flags & 1) === 1,
      offset: at,
      data: bytes.slice(at + multiboot2Tag.size, raw.size - multiboot2Tag.size),
    });
    if (raw.type === multiboot2TagType.end) return tags;
    at += Math.ceil(raw.size / 8) * 8;
  }
  problems.add(at, 'the Multiboot2 header has no end tag');
  return tags;
}
