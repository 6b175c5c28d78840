import { segmentType } from '../../../src/abi/elf.js';
import { type CraftElf, type CraftSegment, craftElf, craftNotes } from '../../../test/craft/elf.js';
import { type CraftMultiboot2Tag, craftMultiboot, craftMultiboot2 } from '../../../test/craft/multiboot.js';
import { ascii, concat, le, type Overrides } from '../../../test/craft/write.js';

/** Kernels on which loaders may disagree; the letter K on COM1 says that one was entered. */
export interface Disputed {
  readonly version: 1 | 2;
  readonly file: Uint8Array;
}

const BASE = 0x100000;
const HIGH = 0xc0000000;
/** Of the code, behind the longest header. */
const CODE = 0x100;

/** With another value in EAX it was not entered, but came upon. */
const code = Uint8Array.of(
  ...[0x3d, 0x02, 0xb0, 0xad, 0x2b, 0x74, 0x07], // cmp $0x2badb002,%eax; je to the third line
  ...[0x3d, 0x89, 0x62, 0xd7, 0x36, 0x75, 0x07], // cmp $0x36d76289,%eax; jne to hlt
  ...[0x66, 0xba, 0xf8, 0x03], // mov $0x3f8,%dx
  ...[0xb0, 0x4b], // mov $'K',%al
  0xee, // out %al,(%dx)
  ...[0xf4, 0xeb, 0xfd], // hlt; jmp to it
);

/** Header, code, and bytes that are no zeros. */
function text(header: Uint8Array, size = 0x200): Uint8Array {
  const bytes = new Uint8Array(size).fill(0x90);
  bytes.set(header);
  bytes.set(code, CODE);
  return bytes;
}

const data = new Uint8Array(0x100).fill(0x44);
const plain = craftMultiboot(3).subarray(0, 12);

interface Options extends CraftElf {
  readonly header?: Uint8Array;
  /** Of the segment with the text. */
  readonly text?: Partial<CraftSegment>;
  /** Further segments, before it and behind it. */
  readonly before?: readonly CraftSegment[];
  readonly behind?: readonly CraftSegment[];
}

function elf({ header = plain, before = [], behind = [], ...options }: Options = {}): Uint8Array {
  const segment = { vaddr: BASE, data: text(header), align: 0x1000, ...options.text };
  return craftElf({
    class: 32,
    entry: BASE + CODE,
    ...options,
    segments: [...before, segment, ...behind],
  });
}

/** A flat file with address fields. */
function flat(values: Overrides = {}, flags = 0x10003): Uint8Array {
  return text(
    craftMultiboot(flags, {
      header_addr: BASE,
      load_addr: BASE,
      entry_addr: BASE + CODE,
      ...values,
    }),
    0x400,
  );
}

/** The header of a kernel at a place of the file. */
const headerAt = (offset: number, options: Options = {}): Uint8Array =>
  elf({ ...options, text: { offset, data: text(plain, 0x2000) } });

const tags = (...list: CraftMultiboot2Tag[]): Uint8Array => craftMultiboot2(list);
const words = (...values: number[]): Uint8Array => concat(...values.map((value) => le(value, 4)));
const tag = (type: number, ...values: number[]): CraftMultiboot2Tag => ({ type, data: words(...values) });
/** A Multiboot2 header whose bytes behind the start are these. */
function rawTags(body: Uint8Array, length = 16 + body.length): Uint8Array {
  const header = [0xe85250d6, 0, length];
  return concat(words(...header, -header.reduce((sum, word) => sum + word, 0) >>> 0), body);
}
const second = (options: Options | Uint8Array): Disputed => ({
  version: 2,
  file: options instanceof Uint8Array ? options : elf({ header: tags(), class: 64, ...options }),
});
const first = (file: Uint8Array): Disputed => ({ version: 1, file });
const linux = (file: Uint8Array): Uint8Array => {
  file.set(ascii('HdrS'), 0x202);
  return file;
};
const pvhNote: CraftSegment = {
  type: segmentType.PT_NOTE,
  data: craftNotes([{ owner: 'Xen', type: 18, desc: BASE + CODE }]),
  align: 4,
};
const higher = { vaddr: HIGH + BASE, paddr: BASE };

/** By name. */
export const disputed: Readonly<Record<string, Disputed>> = {
  ELF32: first(elf()),
  'ELF64 for x86-64': first(elf({ class: 64 })),
  'ELF32 for x86-64': first(elf({ machine: 62 })),
  'ELF64 for i386': first(elf({ class: 64, machine: 3 })),
  'ELF64 with address fields': first(
    elf({
      class: 64,
      header: craftMultiboot(0x10003, { header_addr: BASE, load_addr: BASE, entry_addr: BASE + CODE }),
    }),
  ),
  'ELF64 with a PVH note': first(elf({ class: 64, behind: [pvhNote] })),
  'ELF32, big-endian': first(elf({ littleEndian: false })),
  'ELF32, shared object': first(elf({ type: 3 })),
  'ELF32, object file': first(elf({ type: 1 })),
  'empty segment before one': first(
    elf({ behind: [{ vaddr: BASE + 0x1000 }, { vaddr: BASE + 0x1000, data }] }),
  ),
  'empty segment behind one, at its start': first(
    elf({
      behind: [
        { vaddr: BASE + 0x1000, data },
        { vaddr: BASE + 0x1000, raw: { p_filesz: 0 } },
      ],
    }),
  ),
  'empty segment inside another': first(elf({ behind: [{ vaddr: BASE + 0x80 }] })),
  'empty segment at the end of another': first(elf({ behind: [{ vaddr: BASE + 0x200 }] })),
  'two empty segments at one place': first(
    elf({ behind: [{ vaddr: BASE + 0x1000 }, { vaddr: BASE + 0x1000 }] }),
  ),
  'empty segment at 0': first(elf({ behind: [{ vaddr: 0 }] })),
  'empty segment above 4 GiB': first(elf({ class: 64, behind: [{ vaddr: 0x200000000n }] })),
  'bss over the data of another': first(
    elf({ text: { memSize: 0x2000 }, behind: [{ vaddr: BASE + 0x1000, data }] }),
  ),
  'bss over the bss of another': first(
    elf({ text: { memSize: 0x2000 }, behind: [{ vaddr: BASE + 0x1000, memSize: 0x100 }] }),
  ),
  'data over data': first(elf({ behind: [{ vaddr: BASE + 0x180, data }] })),
  'higher half, virtual entry': first(elf({ entry: HIGH + BASE + CODE, text: higher })),
  'higher half, physical entry': first(elf({ text: higher })),
  'higher half, virtual entry, text not executable': first(
    elf({ entry: HIGH + BASE + CODE, text: { ...higher, flags: 6 } }),
  ),
  'higher half, physical entry that a note segment holds': first(
    elf({ text: higher, before: [{ type: segmentType.PT_NOTE, vaddr: BASE, memSize: 0x1000, paddr: BASE }] }),
  ),
  'higher half, loaded there': first(elf({ entry: HIGH + BASE + CODE, text: { vaddr: HIGH + BASE } })),
  'higher half, its data loaded there': first(elf({ behind: [{ vaddr: HIGH + BASE + 0x1000, data }] })),
  'above 4 GiB': first(elf({ class: 64, behind: [{ vaddr: 0x100000000n, data }] })),
  'entry in no segment': first(elf({ entry: 0x300000 })),
  'entry 0': first(elf({ entry: 0 })),
  'low memory': first(elf({ entry: 0x8000 + CODE, text: { vaddr: 0x8000 } })),
  'low memory, and above 1 MiB': first(
    elf({ entry: 0x8000 + CODE, text: { vaddr: 0x8000 }, behind: [{ vaddr: BASE, data }] }),
  ),
  'low memory up to the hole': first(
    elf({ entry: 0x80000 + CODE, text: { vaddr: 0x80000, memSize: 0x20000 } }),
  ),
  'low memory into the EBDA': first(
    elf({ entry: 0x8f000 + CODE, text: { vaddr: 0x8f000, memSize: 0x10d00 } }),
  ),
  'low memory up to the EBDA': first(
    elf({ entry: 0x8f000 + CODE, text: { vaddr: 0x8f000, memSize: 0xc00 + 0x10000 } }),
  ),
  'low memory into the hole': first(
    elf({ entry: 0x90000 + CODE, text: { vaddr: 0x90000, memSize: 0x14000 } }),
  ),
  'low memory through the hole': first(
    elf({ entry: 0x90000 + CODE, text: { vaddr: 0x90000, memSize: 0x80000 } }),
  ),
  'in the hole': first(elf({ behind: [{ vaddr: 0xf0000, data }] })),
  "over QEMU's information": first(
    elf({ entry: 0x8800 + CODE, text: { vaddr: 0x8800, data: text(plain, 0x1000) } }),
  ),
  'data below and above the hole': first(elf({ behind: [{ vaddr: 0x8000, data }] })),
  'data up to 0xc8100': first(
    elf({ entry: 0x8000 + CODE, text: { vaddr: 0x8000 }, behind: [{ vaddr: 0xc8000, data }] }),
  ),
  'data from 0xd0000 on': first(elf({ behind: [{ vaddr: 0xd0000, data }] })),
  'over the BIOS data area': first(elf({ entry: 0x400 + CODE, text: { vaddr: 0x400 } })),
  'from address 0': first(elf({ entry: CODE, text: { vaddr: 0 } })),
  'header at 8140': first(headerAt(8140)),
  'header at 8144': first(headerAt(8144)),
  'header at 8180': first(headerAt(8180)),
  'header at 8184': first(headerAt(8184)),
  'header not aligned': first(elf({ header: concat(new Uint8Array(2), plain) })),
  'header behind 8 KiB': first(headerAt(0x2ff0)),
  'program headers up to 8 KiB': first(headerAt(0x1000, { programHeaders: 8192 - 32 })),
  'program headers across 8 KiB': first(headerAt(0x1000, { programHeaders: 8192 - 28 })),
  'program headers at the end': first(headerAt(0x1000, { programHeaders: 0x4000 })),
  'an unknown requirement': first(elf({ header: craftMultiboot(8).subarray(0, 12) })),
  'all unknown options': first(elf({ header: craftMultiboot(0xfffe0003).subarray(0, 12) })),
  'a video mode of type 2': first(elf({ header: craftMultiboot(7, { mode_type: 2 }) })),
  'section headers behind the end': first(elf({ raw: { e_shoff: 0x10000, e_shnum: 3, e_shentsize: 40 } })),
  'a section behind the end': first(
    elf({ sections: [{ name: '.debug', data, raw: { sh_offset: 0x10000, sh_addralign: 1 } }] }),
  ),
  'a segment behind the end': first(
    elf({ behind: [{ vaddr: BASE + 0x1000, data, raw: { p_filesz: 0x9000, p_memsz: 0x9000 } }] }),
  ),
  'a relocation section': first(
    elf({ sections: [{ name: '.rel', type: 9, data, raw: { sh_addralign: 1 } }] }),
  ),
  "Linux's mark": first(linux(headerAt(0x1000))),
  'address fields': first(flat()),
  'address fields against segments': first(
    elf({
      header: craftMultiboot(0x10003, { header_addr: BASE, load_addr: BASE, entry_addr: BASE + CODE }),
      behind: [{ vaddr: BASE + 0x4000, data }],
    }),
  ),
  'load_addr above header_addr': first(flat({ load_addr: BASE + 4 })),
  'load_addr before the file': first(flat({ load_addr: BASE - 0x100 })),
  'load_end_addr below load_addr': first(flat({ load_end_addr: BASE - 0x1000 })),
  'load_end_addr behind the file': first(flat({ load_end_addr: BASE + 0x1000 })),
  'bss_end_addr below load_end_addr': first(
    flat({ load_end_addr: BASE + 0x300, bss_end_addr: BASE + 0x280 }),
  ),
  'bss_end_addr below the end of the file': first(flat({ bss_end_addr: BASE + 0x280 })),
  'bss_end_addr 0': first(flat({ load_end_addr: BASE + 0x300 })),
  'entry_addr outside': first(flat({ entry_addr: BASE + 0x800 })),
  'address fields across 8 KiB': first(elf({ text: { offset: 8192 - 20, data: flat() } })),
  "address fields, video fields across QEMU's limit": first(elf({ text: { offset: 8144, data: flat() } })),

  'tags: ELF32': second({ class: 32 }),
  'tags: ELF64': second({}),
  'tags: not padded': second({
    header: rawTags(concat(le(3, 2), le(0, 2), words(12, BASE + CODE), le(0, 4), words(8))),
  }),
  'tags: not padded, optional': second({
    header: rawTags(concat(le(9, 2), le(1, 2), words(12, BASE + CODE), le(0, 4), words(8))),
  }),
  'tags: without end tag': second({ header: rawTags(concat(le(3, 2), le(0, 2), words(12, BASE + CODE, 0))) }),
  'tags: end tag behind the stated length': second({
    header: rawTags(concat(le(3, 2), le(0, 2), words(12, BASE + CODE, 0), words(0, 8)), 32),
  }),
  'tags: more length than tags': second({ header: rawTags(words(0, 8, 3, 12, 0, 0)) }),
  'tags: end tag of size 0': second({ header: rawTags(words(0, 0)) }),
  'tags: request of 999': second({ header: tags(tag(1, 6, 999)) }),
  'tags: request of 999, optional': second({ header: tags({ ...tag(1, 6, 999), optional: true }) }),
  'tags: request of 13': second({ header: tags(tag(1, 13)) }),
  'tags: request of 0 and 21': second({ header: tags(tag(1, 0, 21)) }),
  'tags: request of 22': second({ header: tags(tag(1, 22)) }),
  'tags: tag 77': second({ header: tags(tag(77, 0)) }),
  'tags: tag 77, optional': second({ header: tags({ ...tag(77, 0), optional: true }) }),
  'tags: at 4': second({ entry: BASE + CODE, header: concat(new Uint8Array(4), tags()) }),
  'tags: at 0x9000': second({ text: { offset: 0x9000, data: text(tags()) } }),
  'tags: at the end of 32 KiB': second({ text: { offset: 32768 - 24, data: text(tags()) } }),
  'tags: across 32 KiB': second({ text: { offset: 32768 - 24, data: text(tags(tag(3, BASE + CODE))) } }),
  'tags: MIPS first': second({ header: concat(craftMultiboot2([], 4), tags()) }),
  'tags: a relocation section': second({
    sections: [{ name: '.rel', type: 9, data, raw: { sh_addralign: 1 } }],
  }),
  'tags: program headers at 32 KiB': second({ programHeaders: 0x8000 }),
  'tags: address without entry': second(text(tags(tag(2, BASE, BASE, 0, 0)), 0x400)),
  'tags: address and entry': second(text(tags(tag(2, BASE, BASE, 0, 0), tag(3, BASE + CODE)), 0x400)),
  'tags: load_addr above header_addr': second(
    text(tags(tag(2, BASE, BASE + 8, 0, 0), tag(3, BASE + CODE)), 0x400),
  ),
  'tags: bss_end_addr below the end': second(
    text(tags(tag(2, BASE, BASE, BASE + 0x300, BASE + 0x280), tag(3, BASE + CODE)), 0x400),
  ),
  'tags: entry, e_entry in no segment': second({ entry: 0, header: tags(tag(3, BASE + CODE)) }),
  'tags: empty segment inside another': second({ behind: [{ vaddr: BASE + 0x80 }] }),
  'tags: overlapping, relocatable': second({
    header: tags(tag(10, BASE, 0xffffffff, 0x1000, 1)),
    text: { memSize: 0x2000 },
    behind: [{ vaddr: BASE + 0x1000, data }],
  }),
  'tags: relocatable to nowhere': second({ header: tags(tag(10, 0x200000, 0x100000, 0x1000, 1)) }),
  'tags: higher half, physical entry': second({ text: higher }),
};
