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

/** Finds the first valid Multiboot2 header for i386, else the first for another machine; undefined when there is none. */
export function parseMultiboot2(bytes: Bytes): Multiboot2Header | undefined {
  const end = Math.min(bytes.length, MULTIBOOT2_SEARCH);
  let other: number | undefined;
  for (let offset = 0; offset + multiboot2Header.size <= end; offset += 8) {
    if (bytes.u32(offset) !== MULTIBOOT2_MAGIC) continue;
    const { magic, architecture, header_length, checksum } = multiboot2Header.read(bytes, offset);
    if ((magic + architecture + header_length + checksum) % 2 ** 32 !== 0) continue;
    // A loader goes on until one is for its machine.
    if (architecture === 0) return readHeader(bytes, offset, end);
    other ??= offset;
  }
  return other === undefined ? undefined : readHeader(bytes, other, end);
}

function readHeader(bytes: Bytes, offset: number, end: number): Multiboot2Header {
  const { architecture, header_length: length } = multiboot2Header.read(bytes, offset);
  const problems = new Problems();
  const tags = readTags(bytes, offset, Math.min(end, offset + length), problems);
  if (offset + length > end) {
    problems.add(
      offset + 8,
      `Multiboot2 header of ${length} bytes at ${hex(offset)} does not fit into the first ${end} bytes`,
    );
  }
  return { offset, architecture, length, tags, problems: problems.list };
}

function readTags(bytes: Bytes, header: number, end: number, problems: Problems): Multiboot2Tag[] {
  const tags: Multiboot2Tag[] = [];
  let at = header + multiboot2Header.size;
  while (at + multiboot2Tag.size <= end) {
    const raw = multiboot2Tag.read(bytes, at);
    if (raw.size < multiboot2Tag.size || at + raw.size > end) {
      problems.add(
        at,
        `Multiboot2 tag ${raw.type} at ${hex(at)} has a size of ${raw.size} bytes${unpadded(bytes, tags)}`,
      );
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
  problems.add(Math.min(at, end), `the Multiboot2 header has no end tag${unpadded(bytes, tags)}`);
  return tags;
}

/** Multiboot2 3.1.3: tags begin at multiples of 8. One that is not padded hides those behind it. */
function unpadded(bytes: Bytes, tags: readonly Multiboot2Tag[]): string {
  const last = tags.at(-1);
  const size = last && multiboot2Tag.size + last.data.length;
  if (!last || !size || size % 8 === 0) return '';
  const behind = last.offset + size;
  if (!bytes.has(behind, 8) || bytes.u32(behind) !== multiboot2TagType.end) return '';
  if (bytes.u32(behind + 4) !== multiboot2Tag.size) return '';
  const next = last.offset + Math.ceil(size / 8) * 8;
  return ` where one is read at ${hex(next)}, behind the ${size} bytes of tag ${last.type} at ${hex(last.offset)} padded to a multiple of 8`;
}
