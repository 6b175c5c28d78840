import { multiboot2TagType } from '../abi/multiboot2.js';
import { Bytes } from '../core/bytes.js';
import type { Multiboot1Header } from '../image/container/multiboot.js';
import type { Multiboot2Header, Multiboot2Tag } from '../image/container/multiboot2.js';

/** load_addr of an address tag that stands for "from the beginning of the file". */
const FROM_FILE_START = 0xffffffff;

/** The first header tag of a type. */
export function findTag(
  header: Multiboot2Header,
  name: keyof typeof multiboot2TagType,
): Multiboot2Tag | undefined {
  return header.tags.find(({ type }) => type === multiboot2TagType[name]);
}

/** The 32-bit words of a tag, behind its start. */
export function words(tag: Multiboot2Tag | undefined): number[] {
  if (!tag) return [];
  const bytes = new Bytes(tag.data, 'Multiboot2 tag');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.u32(index * 4));
}

/** What an address tag states, in the form in which Multiboot 1 states it; its entry is a tag of its own. */
export type AddressFields = Omit<NonNullable<Multiboot1Header['load']>, 'entryAddr'>;

/** The address tag; undefined when there is none. */
export function addressFields(header: Multiboot2Header): AddressFields | undefined {
  const tag = findTag(header, 'address');
  if (!tag) return undefined;
  const [headerAddr = 0, loadAddr = 0, loadEndAddr = 0, bssEndAddr = 0] = words(tag);
  return {
    headerAddr,
    loadAddr: loadAddr === FROM_FILE_START ? headerAddr - header.offset : loadAddr,
    loadEndAddr,
    bssEndAddr,
  };
}
