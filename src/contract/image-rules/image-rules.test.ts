import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type CraftBzImage, craftBzImage } from '../../../test/craft/bzimage.js';
import { type CraftElf, type CraftNote, craftElf, craftNotes } from '../../../test/craft/elf.js';
import { craftMultiboot, craftMultiboot2 } from '../../../test/craft/multiboot.js';
import { type CraftPe, craftPe } from '../../../test/craft/pe.js';
import { ascii, concat, le } from '../../../test/craft/write.js';
import { segmentType } from '../../abi/elf.js';
import { layers } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import type { Finding } from '../rule.js';
import { checkImage, imageRules } from './image-rules.js';

const KERNEL_BASE = 0xffffffff81000000n;
const LOAD_ADDRESS = 0x1000000n;
const text = new Uint8Array(0x100).fill(0x90);

/** A small vmlinux: one segment linked high, loaded low, and the Xen notes Linux has. */
const xen = (type: number, desc: CraftNote['desc'], owner: CraftNote['owner'] = 'Xen'): CraftNote => ({
  owner,
  type,
  desc,
});
const pvh = (address = LOAD_ADDRESS + 0x10n): CraftNote => xen(18, address);
const loadSegment = { vaddr: KERNEL_BASE, paddr: LOAD_ADDRESS, data: text, memSize: 0x200 };
const vmlinux = (options: Partial<CraftElf> = {}): Uint8Array =>
  craftElf({ entry: LOAD_ADDRESS, segments: [loadSegment], notes: [pvh()], ...options });
const noteSegment = (notes: readonly CraftNote[], align = 4) => ({
  type: segmentType.PT_NOTE,
  data: craftNotes(notes),
  align,
});
/** A text segment with the Xen notes in it. */
const notesInText = () => ({ ...loadSegment, data: concat(text, craftNotes([pvh()])) });
const bzImage = (options: CraftBzImage = {}): Uint8Array =>
  craftBzImage({ code: new Uint8Array(0x400).fill(0x90), ...options });
const pe = (options: CraftPe = {}): Uint8Array => craftPe(options);
const peText = { name: '.text', data: text };
const certificate = new Uint8Array(8).fill(1);

/** An image with a multiboot header and its address fields: the whole file loads at 0x100000. */
const kludge = (values: Record<string, number>, size = 0x1000): Uint8Array => {
  const file = new Uint8Array(size);
  file.set(
    craftMultiboot(0x10000, { header_addr: 0x100000, load_addr: 0x100000, entry_addr: 0x100040, ...values }),
  );
  return file;
};
const kludge2 = (address: readonly number[], entry = 0x100080): Uint8Array => {
  const file = new Uint8Array(0x1000);
  const words = concat(...address.map((value) => le(value, 4)));
  file.set(
    craftMultiboot2([
      { type: 2, data: words },
      { type: 3, data: le(entry, 4) },
    ]),
  );
  return file;
};
/** A payload with a relocation table behind it, as Linux appends it: 0, 64-bit ones, 0, 32-bit ones. */
const withRelocations = (...addresses: readonly bigint[]): Uint8Array =>
  concat(
    vmlinux({
      segments: [loadSegment, { ...noteSegment([pvh()]), vaddr: KERNEL_BASE + 0x80n }],
      notes: undefined,
    }),
    new Uint8Array(8),
    ...addresses.map((address) => le(address, 4)),
  );

/** A multiboot header in an ELF file: bytes without any valid mark would be no image at all. */
const multibootInElf = (header: Uint8Array): Uint8Array =>
  vmlinux({ segments: [{ ...loadSegment, data: concat(header, text) }] });

/** An i386 kernel at 1 MiB with a Multiboot header without address fields. */
const plainHeader = craftMultiboot(3).subarray(0, 12);
const M = 0x100000;
const multiboot1 = (options: Partial<CraftElf> & { text?: object; behind?: CraftElf['segments'] } = {}) =>
  craftElf({
    class: 32,
    entry: M + 0x20,
    ...options,
    segments: [{ vaddr: M, data: concat(plainHeader, text), ...options.text }, ...(options.behind ?? [])],
  });
const multiboot2 = (tags: Parameters<typeof craftMultiboot2>[0], options: Partial<CraftElf> = {}) =>
  craftElf({
    entry: M + 0x20,
    segments: [{ vaddr: M, data: concat(craftMultiboot2(tags), text) }],
    ...options,
  });
const linuxNote: CraftNote = { owner: 'Linux', type: 0x100, desc: '6.12' };

interface Cases {
  /** Images the rule finds something in, by what is wrong with them. */
  readonly fires: Readonly<Record<string, () => Uint8Array>>;
  /** Images that come close. */
  readonly silent: Readonly<Record<string, () => Uint8Array>>;
}

const cases: Readonly<Record<string, Cases>> = {
  'header-unreadable': {
    fires: {
      'program headers that the file has no room for': () => vmlinux({ raw: { e_phnum: 0x7000 } }),
      'a kernel_info that is not there': () => bzImage({ header: { kernel_info_offset: 0x10 } }),
    },
    silent: { 'a kernel': () => bzImage({ payload: vmlinux() }) },
  },
  'kernel-truncated': {
    fires: { 'half a file': () => bzImage({ payload: vmlinux() }).subarray(0, 0xc00) },
    silent: {
      'a whole file': () => bzImage(),
      'an incomplete last paragraph': () => bzImage().subarray(0, -15),
    },
  },
  'payload-does-not-unpack': {
    fires: {
      'a payload of no known compression': () => bzImage({ payload: ascii('no compression at all') }),
      'a payload that is no image': () => bzImage({ payload: new Uint8Array(gzipSync('nothing')) }),
      'a damaged payload': () =>
        bzImage({ payload: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff) }),
    },
    silent: { 'a stored payload': () => bzImage({ payload: vmlinux() }), 'no payload': () => vmlinux() },
  },
  'missing-boot-flag': {
    fires: { 'another value': () => bzImage({ header: { boot_flag: 0x55aa } }) },
    silent: { 'the right one': () => bzImage(), 'an ELF file': () => vmlinux() },
  },
  'setup-sects-zero': {
    fires: { zero: () => bzImage({ setupSects: 0 }) },
    silent: { four: () => bzImage({ setupSects: 4 }) },
  },
  'xlf-kernel-64-without-code': {
    fires: {
      zeroes: () => bzImage({ code: new Uint8Array(0x400) }),
      'the end of the kernel': () => bzImage({ payloadOffset: 0, code: new Uint8Array(0x200).fill(0x90) }),
    },
    silent: {
      code: () => bzImage(),
      'no such flag': () => bzImage({ code: new Uint8Array(0x400), xloadflags: [] }),
    },
  },
  'xloadflags-before-2-12': {
    fires: { 'version 2.11': () => bzImage({ version: 0x020b, header: { xloadflags: 1 } }) },
    silent: {
      'version 2.11 without': () => bzImage({ version: 0x020b }),
      'version 2.12': () => bzImage({ version: 0x020c }),
      'a header that ends before': () => bzImage({ version: 0x0204, header: { xloadflags: 1 } }),
    },
  },
  'cmdline-size-implausible': {
    fires: {
      zero: () => bzImage({ header: { cmdline_size: 0 } }),
      'four gigabytes': () => bzImage({ header: { cmdline_size: 0xffffffff } }),
    },
    silent: {
      Linux: () => bzImage(),
      'before 2.06': () => bzImage({ version: 0x0205, header: { cmdline_size: 0 } }),
    },
  },
  'init-size-too-small': {
    fires: {
      'less than the segments span': () =>
        bzImage({
          payload: vmlinux({ segments: [{ ...loadSegment, memSize: 0x8000 }] }),
          header: { init_size: 0x7fff },
        }),
      'less than the payload': () =>
        bzImage({
          payload: vmlinux({ segments: [{ ...loadSegment, memSize: 0x100 }] }),
          header: { init_size: 0x101 },
        }),
    },
    silent: {
      'as much as the segments span': () =>
        bzImage({
          payload: vmlinux({ segments: [{ ...loadSegment, memSize: 0x8000 }] }),
          header: { init_size: 0x8000 },
        }),
    },
  },
  'handover-outside-image': {
    fires: {
      'an offset beyond the end': () =>
        bzImage({ xloadflags: ['XLF_EFI_HANDOVER_64'], header: { handover_offset: 0x300 } }),
      'no offset': () => bzImage({ xloadflags: ['XLF_EFI_HANDOVER_64'] }),
      '2.11, which has no flags': () => bzImage({ version: 0x020b, header: { handover_offset: 0x10000 } }),
    },
    silent: {
      'an offset inside': () =>
        bzImage({ xloadflags: ['XLF_EFI_HANDOVER_64'], header: { handover_offset: 0x190 } }),
      'no flag': () => bzImage({ header: { handover_offset: 0x10000 } }),
    },
  },
  'crc32-mismatch': {
    fires: {
      'a changed byte': () => {
        const file = bzImage({ crc: true });
        file[0x500]! ^= 1;
        return file;
      },
      'a signed kernel': () => {
        const file = bzImage({ crc: true, pe: {} });
        // CheckSum of the optional header, as a signing tool fills it in.
        file.set(le(0x1234, 4), 0x40 + 24 + 64);
        return file;
      },
    },
    silent: {
      'a right one': () => bzImage({ crc: true }),
      'Linux 6.15, which has none': () => bzImage({ kernelVersion: '6.15.0-craft' }),
      'before 2.08': () => bzImage({ version: 0x0207 }),
      'another maker': () => bzImage({ kernelVersion: 'Memtest86+ v7.00' }),
    },
  },
  'segment-outside-file': {
    fires: {
      'too many bytes': () => vmlinux({ segments: [{ ...loadSegment, raw: { p_filesz: 0x10000 } }] }),
    },
    silent: { 'a bss': () => vmlinux() },
  },
  'overlapping-segments': {
    fires: {
      'two at one place': () =>
        vmlinux({ segments: [loadSegment, { ...loadSegment, paddr: LOAD_ADDRESS + 0x1ffn }] }),
      'one inside a large one': () =>
        vmlinux({
          segments: [
            { ...loadSegment, memSize: 0x9000 },
            { ...loadSegment, paddr: LOAD_ADDRESS + 0x1000n },
            { ...loadSegment, paddr: LOAD_ADDRESS + 0x4000n },
          ],
        }),
    },
    silent: {
      'one behind the other': () =>
        vmlinux({ segments: [loadSegment, { ...loadSegment, vaddr: 0, paddr: LOAD_ADDRESS + 0x200n }] }),
      'an empty one inside another': () => multiboot1({ behind: [{ vaddr: M + 0x10 }] }),
      'no physical addresses': () =>
        vmlinux({
          segments: [
            { ...loadSegment, paddr: 0 },
            { ...loadSegment, vaddr: 0, paddr: 0 },
          ],
        }),
    },
  },
  'elf-entry-outside-segments': {
    fires: {
      e_entry: () => vmlinux({ entry: 0x2000000 }),
      'the Xen entry': () => vmlinux({ notes: [xen(3, 0xffffffff80000000n), xen(1, 0xffffffff82000000n)] }),
    },
    silent: {
      'a physical e_entry': () => vmlinux(),
      'a virtual e_entry': () => vmlinux({ entry: KERNEL_BASE }),
      'a Xen entry by VIRT_BASE': () =>
        vmlinux({
          segments: [{ ...loadSegment, vaddr: 0 }],
          notes: [xen(3, 0xffffffff80000000n), xen(1, KERNEL_BASE + 0x10n)],
        }),
    },
  },
  'entry-in-bss': {
    fires: {
      e_entry: () => vmlinux({ entry: LOAD_ADDRESS + 0x100n }),
      PVH: () => vmlinux({ notes: [pvh(LOAD_ADDRESS + 0x180n)] }),
      'Xen PV': () => vmlinux({ notes: [xen(1, KERNEL_BASE + 0x1f0n)] }),
    },
    silent: {
      'entries in the file': () =>
        vmlinux({ entry: LOAD_ADDRESS + 0xffn, notes: [pvh(), xen(1, KERNEL_BASE)] }),
    },
  },
  'several-pt-notes': {
    fires: {
      'the Xen notes in the first': () =>
        vmlinux({
          segments: [loadSegment, noteSegment([pvh()]), noteSegment([{ owner: 'GNU', type: 3, desc: 'id' }])],
          notes: undefined,
        }),
      'the Xen notes in the last': () =>
        vmlinux({ segments: [loadSegment, noteSegment([{ owner: 'GNU', type: 3, desc: 'id' }])] }),
    },
    silent: {
      one: () => vmlinux(),
      'two with the same': () => vmlinux({ segments: [loadSegment, noteSegment([pvh()])] }),
      'no Xen notes': () =>
        vmlinux({
          segments: [loadSegment, noteSegment([{ owner: 'GNU', type: 3, desc: 'id' }])],
          notes: [{ owner: 'GNU', type: 1, desc: 'x' }],
        }),
    },
  },
  'note-alignment': {
    fires: {
      'padded to 8': () =>
        vmlinux({ notePadding: 8, noteAlign: 8, notes: [{ owner: 'GNU', type: 5, desc: 'abc' }, pvh()] }),
      'padded to 4 and said to be to 8': () =>
        vmlinux({ noteAlign: 8, notes: [{ owner: 'GNU', type: 5, desc: 1 }, pvh()] }),
      'no alignment': () => vmlinux({ noteAlign: 0 }),
    },
    silent: {
      'padded to 4 and said to be to 8, without a PVH entry': () =>
        vmlinux({ noteAlign: 8, notes: [{ owner: 'GNU', type: 5, desc: 1 }, xen(1, KERNEL_BASE)] }),
      'no alignment, and sizes that need no padding': () => vmlinux({ noteAlign: 1 }),
      'padded to 4': () => vmlinux({ notes: [{ owner: 'GNU', type: 5, desc: 'abc' }, pvh()] }),
      'padded to 8 where 4 does as well': () =>
        vmlinux({ notePadding: 8, noteAlign: 8, notes: [{ owner: 'GNU', type: 5, desc: 1n }] }),
    },
  },
  'note-name-without-nul': {
    fires: { 'three bytes': () => vmlinux({ notes: [xen(18, LOAD_ADDRESS, ascii('Xen'))] }) },
    silent: { 'four bytes': () => vmlinux() },
  },
  'foreign-note-type-18': {
    fires: { 'another owner': () => vmlinux({ notes: [pvh(), xen(18, 1, 'Go')] }) },
    silent: { Xen: () => vmlinux(), 'another type': () => vmlinux({ notes: [pvh(), xen(4, 1, 'Go')] }) },
  },
  'pvh-entry-outside-segments': {
    fires: { 'an unused address': () => vmlinux({ notes: [pvh(0x100000n)] }) },
    silent: { 'the text': () => vmlinux(), 'no such note': () => vmlinux({ notes: [] }) },
  },
  'pvh-entry-virtual': {
    fires: {
      'eight bytes': () => vmlinux({ notes: [pvh(KERNEL_BASE + 0x10n)] }),
      'its low half': () => vmlinux({ notes: [xen(18, 0x81000010)] }),
    },
    silent: {
      'a physical one': () => vmlinux(),
      'one in no segment': () => vmlinux({ notes: [pvh(0x100000n)] }),
    },
  },
  'pvh-desc-size': {
    fires: {
      'two bytes': () => vmlinux({ notes: [xen(18, le(0x1000, 2))] }),
      'twelve bytes': () => vmlinux({ notes: [xen(18, le(LOAD_ADDRESS, 12))] }),
    },
    silent: {
      'four bytes': () => vmlinux({ notes: [xen(18, Number(LOAD_ADDRESS))] }),
      'eight bytes': () => vmlinux(),
    },
  },
  'phys32-reloc-range': {
    fires: {
      'a wrong order': () =>
        vmlinux({ notes: [pvh(), xen(19, concat(le(0x200000, 4), le(0x3fffffff, 4), le(0x1000000, 4)))] }),
      'no power of two': () => vmlinux({ notes: [pvh(), xen(19, le(0x300000, 4))] }),
      'too little room': () =>
        vmlinux({ notes: [pvh(), xen(19, concat(le(0x200000, 4), le(0x1000000, 4), le(0x10001fe, 4)))] }),
      'five bytes': () => vmlinux({ notes: [pvh(), xen(19, le(0x200000, 5))] }),
    },
    silent: {
      "Linux's": () =>
        vmlinux({ notes: [pvh(), xen(19, concat(le(0x200000, 4), le(0x1000000, 4), le(0x3fffffff, 4)))] }),
      'no constraints': () => vmlinux({ notes: [pvh(), xen(19, new Uint8Array(0))] }),
    },
  },
  'xen-feature-unknown': {
    fires: { 'a required one': () => vmlinux({ notes: [xen(10, 'dom0|!teleportation')] }) },
    silent: {
      "Linux's": () => vmlinux({ notes: [xen(10, '!writable_page_tables|pae_pgdir_above_4gb')] }),
      'an optional one': () => vmlinux({ notes: [xen(10, 'teleportation')] }),
    },
  },
  'notes-relocated': {
    fires: {
      'a word of the note': () =>
        bzImage({ payload: withRelocations(KERNEL_BASE, KERNEL_BASE + 0x80n + 16n) }),
    },
    silent: {
      'words around it': () =>
        bzImage({ payload: withRelocations(KERNEL_BASE + 0x7fn, KERNEL_BASE + 0x80n + 24n) }),
      'a file without a table': () => withRelocations(),
    },
  },
  'efi-entry-outside-section': {
    fires: {
      'no section': () => pe({ entry: 0x3000 }),
      'two sections': () =>
        pe({
          sections: [
            { name: '.a', data: text },
            { name: '.b', data: text, virtualAddress: 0x1000 },
          ],
        }),
      data: () => pe({ sections: [{ name: '.data', data: text, characteristics: 0xc0000040 }] }),
    },
    silent: { code: () => pe(), 'no EFI application': () => pe({ entry: 0x3000, subsystem: 3 }) },
  },
  'pe-section-past-end': {
    fires: {
      'too many bytes': () =>
        pe({ sections: [{ name: '.text', data: text, raw: { sizeOfRawData: 0x10000 } }] }),
    },
    silent: {
      'a bss': () =>
        pe({
          sections: [
            { name: '.text', data: text },
            { name: '.bss', virtualSize: 0x10000 },
          ],
        }),
    },
  },
  'pe-section-outside-image': {
    fires: {
      bytes: () => pe({ sections: [peText, { name: '.data', data: text, virtualAddress: 0x3000 }] }),
      'a bss': () =>
        pe({ sections: [peText, { name: '.bss', virtualAddress: 0x2000, virtualSize: 0x1001 }] }),
    },
    silent: {
      'the last byte': () =>
        pe({ sections: [peText, { name: '.bss', virtualAddress: 0x1200, virtualSize: 0xe00 }] }),
      'an empty one': () =>
        pe({ sections: [peText, { name: '.none', virtualAddress: 0x9000, virtualSize: 0 }] }),
    },
  },
  'pe-sections-overlap': {
    fires: {
      'the next': () => pe({ sections: [peText, { name: '.data', data: text, virtualAddress: 0x10ff }] }),
      'one after the next': () =>
        pe({
          sections: [
            { ...peText, virtualSize: 0x1001 },
            { name: '.a', data: text, virtualAddress: 0x1800 },
            { name: '.b', data: text, virtualAddress: 0x2000 },
          ],
        }),
      'where only the file says a size': () =>
        pe({
          sections: [
            { ...peText, raw: { virtualSize: 0 } },
            { name: '.a', data: text, virtualAddress: 0x1010 },
          ],
        }),
    },
    silent: {
      'one behind the other': () =>
        pe({ sections: [peText, { name: '.data', data: text, virtualAddress: 0x1100 }] }),
      'an empty one': () =>
        pe({ sections: [peText, { name: '.none', virtualAddress: 0x1000, virtualSize: 0 }] }),
    },
  },
  'pe-section-in-headers': {
    fires: {
      'in memory': () => pe({ sections: [peText, { name: '.a', data: text, virtualAddress: 0x100 }] }),
      'in the file': () =>
        pe({ sections: [peText, { name: '.a', data: text, raw: { pointerToRawData: 0x100 } }] }),
      'the table': () => pe({ raw: { sizeOfHeaders: 0x140 } }),
    },
    silent: {
      'a bss': () =>
        pe({
          sections: [
            peText,
            { name: '.bss', virtualAddress: 0x2000, virtualSize: 8, characteristics: 0xc0000080 },
          ],
        }),
      'a table that ends with them': () => pe({ raw: { sizeOfHeaders: 0x80 + 24 + 112 + 6 * 8 + 40 } }),
    },
  },
  'pe-section-virtual-size': {
    fires: {
      zero: () => pe({ sections: [peText, { name: '.cmdline', data: text, raw: { virtualSize: 0 } }] }),
      'a part of the kernel': () =>
        pe({ sections: [peText, { name: '.linux', data: new Uint8Array(0x800), virtualSize: 0x600 }] }),
    },
    silent: {
      padding: () =>
        pe({ sections: [peText, { name: '.linux', data: new Uint8Array(0x800), virtualSize: 0x601 }] }),
      'a bss': () => pe({ sections: [peText, { name: '.bss', virtualAddress: 0x1100, virtualSize: 0x100 }] }),
    },
  },
  'pe-section-unaligned': {
    fires: {
      'half a page': () =>
        pe({
          sections: [
            { name: '.linux', data: text },
            { name: '.cmdline', data: text, virtualAddress: 0x1800 },
          ],
        }),
    },
    silent: {
      'smaller steps': () =>
        pe({
          raw: { sectionAlignment: 0x20 },
          sections: [
            { name: '.linux', data: text },
            { name: '.cmdline', data: text, virtualAddress: 0x1820 },
          ],
        }),
      'what no stub looks for': () =>
        pe({ sections: [peText, { name: '.data', data: text, virtualAddress: 0x1800 }] }),
    },
  },
  'nx-compat-writable-code': {
    fires: {
      'all rights': () => pe({ sections: [{ name: '.text', data: text, characteristics: 0xe0000020 }] }),
    },
    silent: {
      'no such claim': () =>
        pe({ dllCharacteristics: 0, sections: [{ name: '.text', data: text, characteristics: 0xe0000020 }] }),
      'a discardable one': () =>
        pe({ sections: [{ name: '.text', data: text, characteristics: 0xe2000020 }] }),
      'read and execute': () => pe(),
    },
  },
  'signed-without-sbat': {
    fires: { 'a signature': () => pe({ certificate }) },
    silent: {
      'no signature': () => pe(),
      SBAT: () =>
        pe({
          certificate,
          sections: [
            { name: '.text', data: text },
            { name: '.sbat', data: ascii('sbat,1,…') },
          ],
        }),
    },
  },
  'pe-checksum-mismatch': {
    fires: { 'a wrong sum': () => pe({ certificate, raw: { checkSum: 1 } }) },
    silent: {
      none: () => pe({ certificate }),
      'no signature': () => pe({ raw: { checkSum: 1 } }),
      'the right sum': () => {
        const at = 0x80 + 24 + 64;
        const file = pe({ certificate });
        let sum = 0;
        for (let i = 0; i < file.length; i += 2) {
          sum += file[i]! + 0x100 * file[i + 1]!;
          if (sum > 0xffff) sum -= 0xffff;
        }
        file.set(le(sum + file.length, 4), at);
        return file;
      },
    },
  },
  'multiboot-checksum': {
    fires: {
      Multiboot: () => multibootInElf(craftMultiboot(3, { checksum: 1 })),
      Multiboot2: () => multibootInElf(craftMultiboot2().map((byte, i) => (i === 12 ? byte ^ 1 : byte))),
    },
    silent: {
      Multiboot: () => multibootInElf(craftMultiboot(3)),
      Multiboot2: () => multibootInElf(craftMultiboot2()),
      neither: () => vmlinux(),
    },
  },
  'multiboot-address-outside-file': {
    fires: {
      'too much to load': () => kludge({ load_end_addr: 0x101001 }),
      'a load address behind the header': () => kludge({ load_addr: 0x100004 }),
      'a start before the file': () => kludge({ load_addr: 0xff000 }),
      'a bss before its data': () => kludge({ bss_end_addr: 0x100010 }),
      'an entry elsewhere': () => kludge({ entry_addr: 0x200000 }),
      'Multiboot2 with too much to load': () => kludge2([0x100000, 0x100000, 0x200000, 0]),
      'Multiboot2 with an entry elsewhere': () => kludge2([0x100000, 0x100000, 0, 0], 0x90000),
    },
    silent: {
      'the whole file': () => kludge({}),
      'the end and a bss': () => kludge({ load_end_addr: 0x101000, bss_end_addr: 0x200000 }),
      Multiboot2: () => kludge2([0x100000, 0x100000, 0, 0]),
      'Multiboot2 from the start of the file': () => kludge2([0x100000, 0xffffffff, 0, 0]),
      'an ELF file': () => vmlinux(),
    },
  },
  'linux-elf-alignment': {
    fires: {
      '1 MiB further': () =>
        vmlinux({
          entry: 0x1100000,
          segments: [{ ...loadSegment, paddr: 0x1100000 }],
          notes: [linuxNote],
        }),
    },
    silent: {
      'a multiple of 2 MiB': () => vmlinux({ notes: [linuxNote] }),
      'not Linux': () => vmlinux({ entry: 0x1100000, segments: [{ ...loadSegment, paddr: 0x1100000 }] }),
      'a second segment': () =>
        vmlinux({
          segments: [loadSegment, { ...loadSegment, vaddr: 0, paddr: 0x1100000 }],
          notes: [linuxNote],
        }),
      'the payload of a bzImage': () =>
        bzImage({
          payload: vmlinux({ segments: [{ ...loadSegment, paddr: 0x1100000 }], notes: [linuxNote] }),
        }),
      i386: () => multiboot1({ notes: [linuxNote], entry: 0x1000020, text: { vaddr: 0x1001000 } }),
    },
  },
  'xen-note-misplaced': {
    fires: {
      'no PT_NOTE': () => vmlinux({ notes: undefined, segments: [notesInText()] }),
      'a section without a segment': () => vmlinux({ noteHome: 'section' }),
      'a section of another type': () =>
        vmlinux({ notes: undefined, sections: [{ name: '.note.Xen', data: craftNotes([pvh()]) }] }),
      'PT_NOTE that points elsewhere': () =>
        vmlinux({
          notes: undefined,
          segments: [notesInText(), { ...noteSegment([linuxNote]), vaddr: KERNEL_BASE + 4n }],
        }),
      'PT_NOTE that ends before': () =>
        vmlinux({
          notes: undefined,
          segments: [
            loadSegment,
            { ...noteSegment([linuxNote, pvh()]), raw: { p_filesz: craftNotes([linuxNote]).length } },
          ],
        }),
      'a note before it that leads elsewhere': () =>
        vmlinux({
          notes: undefined,
          segments: [
            loadSegment,
            {
              ...noteSegment([]),
              data: concat(craftNotes([linuxNote]), le(4, 4), le(64, 4), le(1, 4), craftNotes([pvh()])),
            },
          ],
        }),
      'PT_NULL in place of PT_NOTE': () =>
        vmlinux({ notes: undefined, segments: [loadSegment, { ...noteSegment([pvh()]), type: 0 }] }),
      'big-endian': () => vmlinux({ littleEndian: false, noteHome: 'section' }),
    },
    silent: {
      'a PT_NOTE segment': () => vmlinux(),
      'a segment and a section': () => vmlinux({ noteHome: 'both' }),
      'padding to 8': () => vmlinux({ notes: [xen(14, 1), pvh()], notePadding: 8, noteAlign: 8 }),
      'the owner in code': () =>
        vmlinux({ segments: [{ ...loadSegment, data: concat(text, ascii('Xen\0')) }] }),
      'a type that no kernel has': () =>
        vmlinux({ segments: [{ ...loadSegment, data: craftNotes([xen(99, 0)]) }] }),
      'an ELF file inside': () => vmlinux({ segments: [{ ...loadSegment, data: concat(text, vmlinux()) }] }),
    },
  },
  'setup-header-misplaced': {
    fires: {
      'an older kernel by its boot flag': () => {
        const file = bzImage();
        file.copyWithin(0x206, 0x202, 0x268);
        file.fill(0, 0x202, 0x206);
        return file;
      },
      'behind a PE image': () => concat(pe({ sections: [peText] }), bzImage()),
    },
    silent: {
      'a bzImage': () => bzImage(),
      'words in code': () =>
        pe({ sections: [{ name: '.text', data: concat(new Uint8Array(0x400), ascii('HdrS'), text) }] }),
      'a kernel in a section': () => pe({ sections: [peText, { name: '.kernel', data: bzImage() }] }),
      'a kernel in an ELF file': () => vmlinux({ segments: [{ ...loadSegment, data: bzImage() }] }),
    },
  },
  'multiboot-header-misplaced': {
    fires: {
      'behind 8 KiB': () => multiboot1({ text: { offset: 0x2ff0 } }),
      'across 8 KiB': () => multiboot1({ text: { offset: 8184 } }),
      'not aligned': () => multiboot1({ text: { data: concat(new Uint8Array(2), plainHeader, text) } }),
      'Multiboot2 behind 32 KiB': () =>
        multiboot2([], { segments: [{ vaddr: M, data: concat(craftMultiboot2(), text), offset: 0x9000 }] }),
      'Multiboot2 at a multiple of 4': () =>
        multiboot2([], {
          segments: [{ vaddr: M, data: concat(new Uint8Array(4), craftMultiboot2(), text) }],
        }),
    },
    silent: {
      'the last place GRUB looks at': () => multiboot1({ text: { offset: 8180 } }),
      'the last place for Multiboot2': () =>
        multiboot2([], {
          segments: [{ vaddr: M, data: concat(craftMultiboot2(), text), offset: 32768 - 24 }],
        }),
      'the magic in code': () =>
        multiboot1({ text: { offset: 0x2ff0, data: concat(le(0x1badb002, 4), text) } }),
      'a second one, behind': () =>
        multiboot1({ behind: [{ vaddr: 2 * M, data: plainHeader, offset: 0x4000 }] }),
      'one that no segment loads': () =>
        craftElf({
          segments: [{ vaddr: M, data: text }],
          sections: [{ name: '.data', data: concat(new Uint8Array(0x4000), plainHeader) }],
        }),
      'no ELF file': () =>
        pe({ sections: [{ name: '.text', data: concat(new Uint8Array(0x4000), plainHeader) }] }),
    },
  },
  'multiboot-loaders-disagree': {
    fires: {
      'an ELF64': () => multiboot1({ class: 64 }),
      'an empty segment at the start of another': () =>
        multiboot1({ behind: [{ vaddr: 2 * M }, { vaddr: 2 * M, data: text }] }),
      'an empty segment inside another': () => multiboot1({ behind: [{ vaddr: M + 0x10 }] }),
      'a physical entry of the higher half': () => multiboot1({ text: { vaddr: 0xc0100000, paddr: M } }),
      'low memory and above the hole': () =>
        multiboot1({ entry: 0x8020, text: { vaddr: 0x8000 }, behind: [{ vaddr: M, data: text }] }),
      'zeros over data': () =>
        multiboot1({ text: { memSize: 0x2000 }, behind: [{ vaddr: M + 0x1000, data: text }] }),
      'a header that only GRUB finds': () => multiboot1({ text: { offset: 8144 } }),
      'program headers behind 8 KiB': () => multiboot1({ programHeaders: 0x3000 }),
      'section headers that were cut off': () =>
        multiboot1({ raw: { e_shoff: 0x9000, e_shnum: 3, e_shentsize: 40 } }),
      'an unknown requirement': () =>
        multiboot1({ text: { data: concat(craftMultiboot(8).subarray(0, 12), text) } }),
      'load_addr above header_addr': () => kludge({ load_addr: 0x100004 }),
      'Multiboot2 with an empty segment inside another': () =>
        multiboot2([], {
          segments: [{ vaddr: M, data: concat(craftMultiboot2(), text) }, { vaddr: M + 0x80 }],
        }),
      'Multiboot2 that requires unknown information': () => multiboot2([{ type: 1, data: le(999, 4) }]),
      'Multiboot2 with a section of relocations': () =>
        multiboot2([], { sections: [{ name: '.rela', type: 4, data: text }] }),
    },
    silent: {
      'an ELF32': () => multiboot1(),
      'a virtual entry of the higher half': () =>
        multiboot1({ entry: 0xc0100020, text: { vaddr: 0xc0100000, paddr: M } }),
      'an empty segment behind another': () => multiboot1({ behind: [{ vaddr: M + 0x10c }] }),
      'address fields in an ELF64': () =>
        multiboot1({
          class: 64,
          text: {
            data: concat(
              craftMultiboot(0x10003, { header_addr: M, load_addr: M, entry_addr: M + 0x40 }),
              text,
            ),
          },
        }),
      'the last header that QEMU finds': () => multiboot1({ text: { offset: 8140 } }),
      'program headers up to 8 KiB': () => multiboot1({ programHeaders: 8192 - 32, text: { offset: 0x400 } }),
      'unknown options': () =>
        multiboot1({ text: { data: concat(craftMultiboot(0x20003).subarray(0, 12), text) } }),
      'Multiboot2 that asks for what there is': () => multiboot2([{ type: 1, data: le(6, 4) }]),
      'Multiboot2 that would like unknown information': () =>
        multiboot2([{ type: 1, optional: true, data: le(999, 4) }]),
      'no header': () => vmlinux(),
    },
  },
  'multiboot-hides-pvh': {
    fires: { 'an ELF64': () => multiboot1({ class: 64, notes: [xen(18, M + 0x20)] }) },
    silent: {
      'an ELF32': () => multiboot1({ notes: [xen(18, M + 0x20)] }),
      'no PVH entry': () => multiboot1({ class: 64 }),
      'a header that QEMU does not find': () =>
        multiboot1({ class: 64, notes: [xen(18, M + 0x20)], text: { offset: 8144 } }),
    },
  },
  'multiboot-fields-against-segments': {
    fires: {
      'a segment elsewhere': () =>
        multiboot1({
          text: {
            data: concat(
              craftMultiboot(0x10003, { header_addr: M, load_addr: M, entry_addr: M + 0x40 }),
              text,
            ),
          },
          behind: [{ vaddr: M + 0x4000, data: text }],
        }),
      'a segment that is not loaded': () =>
        multiboot1({
          text: {
            data: concat(
              craftMultiboot(0x10003, {
                header_addr: M,
                load_addr: M,
                load_end_addr: M + 0x100,
                entry_addr: M + 0x40,
              }),
              text,
            ),
          },
        }),
      Multiboot2: () =>
        multiboot2([
          { type: 2, data: concat(le(M + 8, 4), le(M + 8, 4), le(0, 4), le(0, 4)) },
          { type: 3, data: le(M + 0x40, 4) },
        ]),
    },
    silent: {
      'the same places': () =>
        multiboot1({
          text: {
            data: concat(
              craftMultiboot(0x10003, { header_addr: M, load_addr: M, entry_addr: M + 0x40 }),
              text,
            ),
          },
        }),
      'no address fields': () => multiboot1({ behind: [{ vaddr: M + 0x4000, data: text }] }),
      'no ELF file': () => kludge({}),
    },
  },
  'multiboot-segment-without-ram': {
    fires: {
      'virtual addresses': () => multiboot1({ entry: 0xc0100020, text: { vaddr: 0xc0100000 } }),
      'display memory': () => multiboot1({ behind: [{ vaddr: 0xb8000, data: text }] }),
      'the first byte of it': () => multiboot1({ behind: [{ vaddr: 0x9fff0, memSize: 0x11 }] }),
    },
    silent: {
      'up to display memory': () => multiboot1({ behind: [{ vaddr: 0x9fff0, memSize: 0x10 }] }),
      'at 1 MiB': () => multiboot1(),
      'an empty segment': () => multiboot1({ behind: [{ vaddr: 0xb8000 }] }),
      'a Multiboot2 kernel that can be moved': () =>
        multiboot2([{ type: 10, data: concat(le(M, 4), le(0xffffffff, 4), le(0x1000, 4), le(0, 4)) }], {
          entry: 0xc0100020,
          segments: [
            {
              vaddr: 0xc0100000,
              data: concat(
                craftMultiboot2([
                  { type: 10, data: concat(le(M, 4), le(0xffffffff, 4), le(0x1000, 4), le(0, 4)) },
                ]),
                text,
              ),
            },
          ],
        }),
      'another kernel': () => vmlinux({ segments: [{ ...loadSegment, paddr: 0xc0000000 }] }),
    },
  },
};

async function findings(file: Uint8Array): Promise<{ found: Finding[]; sizes: number[] }> {
  const image = await openImage(file);
  return { found: checkImage(image, []), sizes: layers(image).map(({ bytes }) => bytes.length) };
}

const byCase = (kind: keyof Cases) =>
  Object.entries(cases).flatMap(([id, { [kind]: images }]) =>
    Object.entries(images).map(([name, make]) => [id, name, make] as const),
  );

test.each(byCase('fires'))('%s fires on %s', async (id, _, make) => {
  const { found, sizes } = await findings(make());
  const mine = found.filter(({ rule }) => rule === id);
  expect(mine.map(({ rule }) => rule)).not.toEqual([]);
  for (const { message, offset, layer } of mine) {
    expect(message).toMatch(/^[^\n]+\.$/);
    if (offset !== undefined)
      expect(offset).toBeLessThan(layer === 'image' ? sizes[0]! : Math.max(...sizes.slice(1)));
  }
});

test.each(byCase('silent'))('%s is silent on %s', async (id, _, make) => {
  const { found } = await findings(make());
  expect(found.filter(({ rule }) => rule === id)).toEqual([]);
});

test('a sound kernel has no findings', async () => {
  const payload = vmlinux();
  const file = bzImage({ payload, crc: true, pe: {} });
  expect((await findings(file)).found).toEqual([]);
  expect((await findings(payload)).found).toEqual([]);
});

describe.each(imageRules.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  test('has images it fires on and images it is silent on', () => {
    expect(Object.keys(cases[id]?.fires ?? {})).not.toEqual([]);
    expect(Object.keys(cases[id]?.silent ?? {})).not.toEqual([]);
  });

  test('has a page with its title and severity, and a line in the index', () => {
    const page = new URL(`../../../docs/rules/${id}.md`, import.meta.url);
    expect(existsSync(page), `docs/rules/${id}.md`).toBe(true);
    const content = readFileSync(page, 'utf8');
    expect(content).toContain(`# ${id}`);
    expect(content).toContain(rule.title);
    expect(content).toContain(`**${rule.severity}**`);
    for (const heading of ['What', 'Why', 'Who breaks', 'How to fix', 'Source'])
      expect(content).toContain(`## ${heading}\n`);
    const index = readFileSync(new URL('../../../docs/rules/README.md', import.meta.url), 'utf8');
    expect(index).toContain(`[${id}](${id}.md)`);
  });
});

test.each([
  ['Multiboot', multiboot1, /through Multiboot QEMU takes it; GRUB 2 refuses it: "overlap detected"/],
  [
    'PVH',
    () =>
      vmlinux({
        segments: [
          { ...loadSegment, memSize: 0x2000 },
          { ...loadSegment, vaddr: 0, paddr: LOAD_ADDRESS + 0x1000n },
        ],
      }),
    /: QEMU leaves out the zeros behind the bytes of segment 0, other loaders/,
  ],
  [
    'PVH',
    () => vmlinux({ segments: [loadSegment, { ...loadSegment, vaddr: 0, paddr: LOAD_ADDRESS + 0xffn }] }),
    /: QEMU stops with "Some ROM regions are overlapping"/,
  ],
] as const)('what overlapping segments do is said of the loaders there are: %s', async (_, make, expected) => {
  const file = make({ text: { memSize: 0x2000 }, behind: [{ vaddr: M + 0x1000, data: text }] });
  const { found } = await findings(file);
  expect(found.find(({ rule }) => rule === 'overlapping-segments')!.message).toMatch(expected);
});

test('no cases for rules that do not exist', () => {
  expect(Object.keys(cases).sort()).toEqual(imageRules.map(({ id }) => id).sort());
});

test('a rule that a file breaks thousands of times is reported a few times', async () => {
  const section = { name: '.x', data: text, raw: { sizeOfRawData: 0x7fffffff } };
  const { found } = await findings(pe({ sections: Array.from({ length: 90 }, () => section) }));
  expect(found.filter(({ rule }) => rule === 'pe-section-past-end')).toHaveLength(20);
});
