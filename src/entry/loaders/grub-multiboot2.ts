import {
  MULTIBOOT2_SEARCH,
  multiboot2Header,
  multiboot2InfoType,
  multiboot2Tag,
  multiboot2TagType,
} from '../../abi/multiboot2.js';
import type { Bytes } from '../../core/bytes.js';
import { hex } from '../../core/errors.js';
import type { Multiboot2Header } from '../../image/container/multiboot2.js';
import { addressFields, findTag, words } from '../multiboot2-tags.js';
import { loads } from './elf-memory.js';
import { grubElf, grubEntry } from './grub-elf.js';
import type { LoadedFile, LoaderRules, Objection } from './loading.js';

type File = LoadedFile<Multiboot2Header>;

/** GRUB's command `multiboot2`. */
export const grubMultiboot2: LoaderRules<Multiboot2Header> = {
  loader: 'GRUB 2',
  source: 'GRUB 2.06 grub-core/loader/multiboot_mbi2.c, multiboot_elfxx.c; grub-core/lib/relocator.c',
  objections: [architecture, tags, addressWithoutEntry, address, elf],
  entry: ({ header, elf }) => {
    const [entry] = words(findTag(header, 'entry address'));
    return entry === undefined ? elf && grubEntry(elf) : BigInt(entry);
  },
};

/** Tags that GRUB knows: not the entry for EFI i386 (8); and the information that it has: not SMBIOS (13). */
const known = (Object.values(multiboot2TagType) as number[]).filter(
  (type) => type !== multiboot2TagType['entry address EFI i386'],
);
const information = (Object.values(multiboot2InfoType) as number[]).filter(
  (type) => type !== multiboot2InfoType.SMBIOS,
);

function architecture({ header }: File): Objection | undefined {
  if (header.architecture === 0) return undefined;
  const why = `"no multiboot header found" (this one is for architecture ${header.architecture})`;
  return { outcome: 'refuses', why, offset: header.offset + 4, size: 4 };
}

/** Walks the tags as GRUB does: up to the end tag, whatever length the header states. */
function tags({ header, layer: { bytes } }: File): Objection | undefined {
  const end = Math.min(bytes.length, MULTIBOOT2_SEARCH);
  let before: { at: number; size: number } | undefined;
  for (let at = header.offset + multiboot2Header.size; ; ) {
    if (at + multiboot2Tag.size > end) {
      const why = `reads on behind the bytes that it has, since no end tag comes before ${hex(end)}`;
      return { outcome: 'fails', why, offset: header.offset, size: 16 };
    }
    const { type, flags, size } = multiboot2Tag.read(bytes, at);
    if (type === multiboot2TagType.end) return undefined;
    const optional = (flags & 1) === 1;
    if (!optional && !known.includes(type)) {
      const why = `"unsupported tag: ${hex(type)}"${unpadded(bytes, before) ?? ` at ${hex(at)}`}`;
      return { outcome: 'refuses', why, offset: at, size: 8 };
    }
    if (!optional && type === multiboot2TagType['information request']) {
      for (let word = at + 8; word + 4 <= Math.min(at + size, end); word += 4) {
        const wanted = bytes.u32(word);
        if (information.includes(wanted)) continue;
        const why = `"unsupported information tag: ${hex(wanted)}" at ${hex(word)}`;
        return { outcome: 'refuses', why, offset: word, size: 4 };
      }
    }
    if (size === 0) {
      const why = `never comes to an end: the tag ${type} at ${hex(at)} has a size of 0`;
      return { outcome: 'fails', why, offset: at, size: 8 };
    }
    before = { at, size };
    at += Math.ceil(size / 8) * 8;
  }
}

/** The tag before may be the cause. */
function unpadded(bytes: Bytes, tag: { at: number; size: number } | undefined): string | undefined {
  if (!tag || tag.size % 8 === 0) return undefined;
  const behind = tag.at + tag.size;
  const isEnd =
    bytes.has(behind, 8) && bytes.u32(behind) === 0 && bytes.u32(behind + 4) === multiboot2Tag.size;
  if (!isEnd) return undefined;
  const next = tag.at + Math.ceil(tag.size / 8) * 8;
  return ` (the tag of ${tag.size} bytes at ${hex(tag.at)} is not padded to a multiple of 8, but the next one is read at ${hex(next)})`;
}

function addressWithoutEntry({ header }: File): Objection | undefined {
  const tag = findTag(header, 'address');
  if (!tag || findTag(header, 'entry address')) return undefined;
  const why = '"load address tag without entry address tag"';
  return { outcome: 'refuses', why, offset: tag.offset, size: 8 };
}

function address({ header, layer }: File): Objection | undefined {
  const tag = findTag(header, 'address');
  const fields = addressFields(header);
  if (!tag || !fields) return undefined;
  const object = (outcome: Objection['outcome'], why: string): Objection => ({
    outcome,
    why,
    offset: tag.offset,
    size: 24,
  });
  const { headerAddr, loadAddr, loadEndAddr, bssEndAddr } = fields;
  const start = header.offset - (headerAddr - loadAddr);
  if (start < 0 || start > layer.bytes.length)
    return object('refuses', '"attempt to seek outside of the file"');
  if (loadEndAddr !== 0 && loadEndAddr < loadAddr) return object('refuses', '"address is out of range"');
  const size = loadEndAddr === 0 ? layer.bytes.length - start : loadEndAddr - loadAddr;
  if (bssEndAddr !== 0 && bssEndAddr < loadAddr + size) {
    const why = `clears a negative number of bytes (bss_end_addr ${hex(bssEndAddr)} lies before the end of the data, ${hex(loadAddr + size)}) and overwrites itself`;
    return object('fails', why);
  }
  if (start + size > layer.bytes.length) {
    return object(
      'fails',
      `without a word loads no more than the ${hex(layer.bytes.length - start)} bytes there are of ${hex(size)}`,
    );
  }
  return undefined;
}

function elf(file: File): Objection | undefined {
  const { header } = file;
  if (findTag(header, 'address')) return undefined;
  const tag = findTag(header, 'relocatable');
  const [min = 0, max = 0] = words(tag);
  if (tag && file.elf) {
    const all = loads(file.elf);
    const low = all.reduce((least, { paddr }) => (paddr < least ? paddr : least), all[0]?.paddr ?? 0n);
    const high = all.reduce(
      (most, { paddr, memSize }) => (paddr + memSize > most ? paddr + memSize : most),
      0n,
    );
    if (BigInt(min) + (high - low) > BigInt(max)) {
      const why = `"invalid min/max address and/or load size" (${hex(high - low)} bytes between ${hex(min)} and ${hex(max)})`;
      return { outcome: 'refuses', why, offset: tag.offset, size: 24 };
    }
  }
  return grubElf(file, { version: 2, relocatable: tag !== undefined });
}
