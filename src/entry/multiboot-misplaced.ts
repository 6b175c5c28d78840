import { MULTIBOOT_MAGIC, MULTIBOOT_SEARCH } from '../abi/multiboot.js';
import { MULTIBOOT2_MAGIC, MULTIBOOT2_SEARCH } from '../abi/multiboot2.js';
import { type Bytes, indexOfBytes } from '../core/bytes.js';
import { hex } from '../core/errors.js';
import type { Elf } from '../image/container/elf.js';
import type { Image } from '../image/image.js';

/** How a header of each version is found. */
const versions = {
  1: { title: 'Multiboot', magic: MULTIBOOT_MAGIC, align: 4, search: MULTIBOOT_SEARCH, words: 3, size: 12 },
  2: {
    title: 'Multiboot2',
    magic: MULTIBOOT2_MAGIC,
    align: 8,
    search: MULTIBOOT2_SEARCH,
    words: 4,
    size: 16,
  },
} as const;

/** A sound header where no loader looks. */
export interface MisplacedHeader {
  readonly title: string;
  readonly offset: number;
  readonly size: number;
  /** Where it stands and why that is wrong: a clause. */
  readonly where: string;
  /** What put it there, as far as that shows: a clause, or nothing. */
  readonly moved: string;
}

/** Longer headers are no headers. */
const MAX_LENGTH = 0x10000;

/** The first header with a right checksum that loaders do not find, for a file in which they find none of that version. */
export function misplacedHeader({ bytes, formats }: Image, version: 1 | 2): MisplacedHeader | undefined {
  if (version === 1 ? formats.multiboot : formats.multiboot2) return undefined;
  const { title, magic, align, search, size } = versions[version];
  const pattern = [0, 8, 16, 24].map((shift) => (magic >>> shift) & 0xff);
  let offset = indexOfBytes(bytes.data, pattern);
  while (offset !== -1 && !isHeader(bytes, offset, version)) {
    offset = indexOfBytes(bytes.data, pattern, offset + 1);
  }
  if (offset === -1) return undefined;
  const faults = [
    offset >= search ? `beyond the first ${search} bytes` : '',
    offset < search && offset + size > search ? `across the end of the first ${search} bytes` : '',
    offset % align === 0 ? '' : `not at a multiple of ${align}`,
  ].filter(Boolean);
  return {
    title,
    offset,
    size,
    where: `one with a right checksum stands at ${hex(offset)}, ${faults.join(' and ')}`,
    moved: formats.elf && offset + size > search ? whatMoved(formats.elf, offset) : '',
  };
}

function isHeader(bytes: Bytes, offset: number, version: 1 | 2): boolean {
  const { words, size } = versions[version];
  if (!bytes.has(offset, size)) return false;
  let sum = 0;
  for (let word = 0; word < words; word++) sum = (sum + bytes.u32(offset + word * 4)) >>> 0;
  if (sum !== 0) return false;
  return version === 1 || (bytes.u32(offset + 4) === 0 && bytes.u32(offset + 8) <= MAX_LENGTH);
}

/** Why a header lies far back in an ELF file: what the linker put before its segment, and before it in that. */
function whatMoved(elf: Elf, offset: number): string {
  const loads = elf.segments.filter(({ typeName, fileSize }) => typeName === 'PT_LOAD' && fileSize > 0);
  const home = loads.find(
    (segment) => offset >= segment.offset && offset < segment.offset + segment.fileSize,
  );
  if (!home) return 'no PT_LOAD segment holds it';
  const earlier = loads.filter((segment) => segment.offset < home.offset);
  const sections = elf.sections
    .filter(
      ({ addr, size, offset: at, type }) =>
        addr !== 0n && size > 0 && type !== 8 && at >= home.offset && at < offset,
    )
    .filter(({ offset: at, size }) => at + size <= offset)
    .map(({ name }) => name);
  const parts = [`its segment ${home.index} begins at ${hex(home.offset)}`];
  if (earlier.length > 0) {
    const list = earlier.map(({ index }) => index).join(', ');
    parts.push(`behind segment ${list} (the linker's -z separate-code, or the order of sections)`);
  } else if (home.align > 0x1000n && home.offset > 0 && BigInt(home.offset) % home.align === 0n) {
    parts.push(`since p_align is ${hex(home.align)} (the linker's -z max-page-size)`);
  }
  if (sections.length > 0) {
    const shown = sections.slice(0, 4).join(', ');
    parts.push(`with ${shown}${sections.length > 4 ? ', …' : ''} before it`);
  }
  return parts.join(' ');
}
