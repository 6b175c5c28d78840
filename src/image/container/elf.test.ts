import { describe, expect, test } from 'vitest';
import { craftElf, craftNotes } from '../../../test/craft/elf.js';
import { corpusTest, linuxIds, output, withFile } from '../../../test/outside.js';
import { Bytes } from '../../core/bytes.js';
import { kernelElf } from '../image.js';
import { openImage } from '../open.js';
import { type Elf, parseElf } from './elf.js';

const parse = (data: Uint8Array) => parseElf(new Bytes(data))!;

const notes = [
  { owner: 'Xen', type: 18, desc: 0x10005f0 },
  { owner: 'Xen', type: 1, desc: 0xffffffff82c241c0n },
  { owner: 'GNU', type: 3, desc: Uint8Array.of(1, 2, 3, 4, 5) },
];

describe.each([
  [64, true],
  [64, false],
  [32, true],
  [32, false],
] as const)('ELF%i, little-endian %s', (width, littleEndian) => {
  const elf = parse(
    craftElf({
      class: width,
      littleEndian,
      machine: 0x1234,
      entry: 0x12345678,
      segments: [{ vaddr: 0x81000000, paddr: 0x1000000, data: new Uint8Array(32), memSize: 64, flags: 5 }],
      sections: [{ name: '.text', addr: 0x81000000, data: new Uint8Array(32) }],
      notes,
      noteHome: 'both',
    }),
  );

  test('header, segments and sections', () => {
    expect(elf).toMatchObject({ class: width, littleEndian, machine: 0x1234, entry: 0x12345678n });
    expect(elf.segments[0]).toMatchObject({
      typeName: 'PT_LOAD',
      vaddr: 0x81000000n,
      paddr: 0x1000000n,
      fileSize: 32,
      memSize: 64n,
      flags: 5,
    });
    expect(elf.sections.map((section) => section.name)).toEqual(['', '.text', '.notes', '.shstrtab']);
    expect(elf.problems).toEqual([]);
  });

  test('notes of the segment and of the section are the same bytes', () => {
    expect(elf.notes.map(({ owner, type, desc, segment }) => [owner, type, desc.length, segment])).toEqual([
      ['Xen', 18, 4, 1],
      ['Xen', 1, 8, 1],
      ['GNU', 3, 5, 1],
    ]);
    expect(elf.sectionNotes.map((note) => note.offset)).toEqual(elf.notes.map((note) => note.offset));
    expect(elf.sectionNotes[0]!.segment).toBe(-1);
  });
});

describe('notes', () => {
  test('of sections where there is no segment', () => {
    const elf = parse(craftElf({ notes, noteHome: 'section' }));
    expect(elf.notes).toHaveLength(3);
    expect(elf.notes[0]!.segment).toBe(-1);
  });

  test('padded to 8 and aligned to 8', () => {
    const elf = parse(craftElf({ notes, notePadding: 8, noteAlign: 8 }));
    expect(elf.notes.map((note) => [note.owner, note.padding])).toEqual([
      ['Xen', 8],
      ['Xen', 8],
      ['GNU', 8],
    ]);
    expect(elf.problems).toEqual([]);
  });

  test('padded to 4 in a segment aligned to 8 are found, and said', () => {
    const odd = [{ owner: 'GNU', type: 3, desc: 1 }, ...notes];
    const elf = parse(craftElf({ notes: odd, noteAlign: 8 }));
    expect(elf.notes.map((note) => note.padding)).toEqual([4, 4, 4, 4]);
    expect(elf.problems[0]!.message).toContain('padded to 4');
  });

  test('keep a name without NUL and one with bytes after it', () => {
    const elf = parse(
      craftElf({
        notes: [
          { owner: Uint8Array.of(0x58, 0x65, 0x6e), type: 1, desc: 0 },
          { owner: Uint8Array.of(0x58, 0x65, 0x6e, 0, 0x41), type: 1, desc: 0 },
        ],
      }),
    );
    expect(elf.notes.map((note) => note.owner)).toEqual(['Xen', 'Xen']);
    expect(elf.notes.map((note) => note.nameBytes.length)).toEqual([3, 5]);
  });

  test('a size past the end stops the list', () => {
    const data = craftNotes(notes);
    new DataView(data.buffer).setUint32(4 + 20, 0xfffffff0, true);
    const elf = parse(craftElf({ segments: [{ type: 4, data, align: 4 }] }));
    expect(elf.notes).toHaveLength(1);
    expect(elf.problems[0]!.message).toContain('descriptor of 4294967280 bytes');
  });
});

describe('hostile files are read in bounded time and memory', () => {
  test('65535 program headers', () => {
    const elf = parse(craftElf({ segments: [{}], raw: { e_phnum: 0xfffe } }));
    expect(elf.segments.length).toBeLessThan(3);
    expect(elf.problems[0]!.message).toContain('65534 entries');
  });

  test('PN_XNUM with 2^32 − 1 program headers in section 0', () => {
    const file = craftElf({
      segments: [{}],
      sections: [{ name: '.x', data: new Uint8Array(8) }],
      raw: { e_phnum: 0xffff },
    });
    const sections = parse(file).sectionHeaders;
    new DataView(file.buffer).setUint32(sections + 44, 0xffffffff, true);
    expect(parse(file).segments.length).toBeLessThan(10);
  });

  test('a section count of 2^64 − 1 in section 0', () => {
    const file = craftElf({ sections: [{ name: '.x', data: new Uint8Array(8) }], raw: { e_shnum: 0 } });
    new DataView(file.buffer).setBigUint64(parse(file).sectionHeaders + 32, 2n ** 64n - 1n, true);
    const elf = parse(file);
    expect(elf.sections).toHaveLength(3);
    expect(elf.problems[0]!.message).toContain('section headers');
  });

  test('offsets and sizes near 2^64', () => {
    const most = 2n ** 64n - 1n;
    const raw = { p_offset: most, p_filesz: most, p_memsz: most };
    const elf = parse(
      craftElf({
        segments: [{ raw }, { type: 4, raw }],
        sections: [{ name: '.s', raw: { sh_offset: most } }],
      }),
    );
    expect(elf.segments[0]!.offset).toBe(Number.MAX_SAFE_INTEGER);
    expect(elf.problems[0]!.message).toContain('not all in the file');
    expect(parse(craftElf({ raw: { e_phoff: most, e_phnum: 5, e_shoff: most, e_shnum: 5 } }))).toMatchObject({
      segments: [],
      sections: [],
    });
  });

  test('entries of no size', () => {
    const elf = parse(craftElf({ segments: [{}], raw: { e_phentsize: 0 } }));
    expect(elf.segments).toEqual([]);
    expect(elf.problems[0]!.message).toContain('entries of 0 bytes');
  });

  test('a segment of millions of empty notes, many times over', () => {
    const segments = Array.from({ length: 200 }, () => ({
      type: 4,
      raw: { p_offset: 0x4000, p_filesz: 1 << 24 },
    }));
    const file = new Uint8Array((1 << 24) + 0x4000);
    file.set(craftElf({ segments }));
    expect(parse(file).notes.length).toBeLessThan(20_000);
  });

  test('the section name table is not in the file', () => {
    const file = craftElf({
      sections: [{ name: '.x', data: new Uint8Array(8) }],
      raw: { e_shstrndx: 0xfffe },
    });
    expect(parse(file).sections.map((section) => section.name)).toEqual(['', '', '']);
  });

  test('class, data encoding and a cut header are errors with an offset', () => {
    const file = craftElf();
    expect(() => parse(file.slice(0, 40))).toThrow(/bytes wanted at offset/);
    file[4] = 7;
    expect(() => parse(file)).toThrow(expect.objectContaining({ offset: 4 }));
    file[4] = 2;
    file[5] = 0;
    expect(() => parse(file)).toThrow(expect.objectContaining({ offset: 5 }));
    expect(parseElf(new Bytes(new Uint8Array(100)))).toBeUndefined();
  });
});

/** What `readelf -hlSn -W` says, in our words. */
function readelf(path: string) {
  const text = output('readelf', '-hlSn', '-W', path);
  const field = (name: string) => new RegExp(`^  ${name}:\\s+(.*)$`, 'm').exec(text)?.[1];
  const segments = [
    ...text.matchAll(
      /^ {2}([A-Z]\w*)\s+0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+) 0x(\w+) ([R ][W ][E ]) (?:0x)?(\w+)$/gm,
    ),
  ].map(([, type, offset, vaddr, paddr, fileSize, memSize, flags, align]) => ({
    type: type!,
    offset: Number.parseInt(offset!, 16),
    vaddr: BigInt(`0x${vaddr}`),
    paddr: BigInt(`0x${paddr}`),
    fileSize: Number.parseInt(fileSize!, 16),
    memSize: BigInt(`0x${memSize}`),
    flags: (flags![0] === 'R' ? 4 : 0) | (flags![1] === 'W' ? 2 : 0) | (flags![2] === 'E' ? 1 : 0),
    align: BigInt(`0x${align}`),
  }));
  const sections = [
    ...text.matchAll(
      /^ {2}\[ *(\d+)\] (\S*)\s+([A-Z]\S*)\s+([0-9a-f]{8,16}) ([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+) .{3}\s+(\d+)\s+(\d+)\s+(\d+)$/gm,
    ),
  ].map(([, index, name, , addr, offset, size, entsize, link, info, align]) => ({
    index: Number(index),
    name: name!,
    addr: BigInt(`0x${addr}`),
    offset: Number.parseInt(offset!, 16),
    size: Number.parseInt(size!, 16),
    entsize: BigInt(`0x${entsize}`),
    link: Number(link),
    info: Number(info),
    addralign: BigInt(align!),
  }));
  const noteList = [...text.matchAll(/^ {2}(\S+)\s+0x(\w{8})\t(.*)$/gm)].map(
    ([, owner, size]) => `${owner} ${Number.parseInt(size!, 16)}`,
  );
  return { field, segments, sections, notes: noteList };
}

function expectAgreement(elf: Elf, data: Uint8Array, path: string): void {
  const theirs = readelf(path);
  expect(theirs.field('Class')).toBe(`ELF${elf.class}`);
  expect(theirs.field('Data')).toContain(elf.littleEndian ? 'little' : 'big');
  expect(BigInt(theirs.field('Entry point address')!)).toBe(elf.entry);
  expect(Number(theirs.field('Number of program headers'))).toBe(elf.segments.length);
  expect(Number(theirs.field('Number of section headers'))).toBe(elf.sections.length);
  expect(Number.parseInt(theirs.field('Start of section headers')!, 10)).toBe(elf.sectionHeaders);
  expect(
    elf.segments.map(({ typeName, offset, vaddr, paddr, fileSize, memSize, flags, align }) => {
      return { type: typeName.replace('PT_', ''), offset, vaddr, paddr, fileSize, memSize, flags, align };
    }),
  ).toEqual(theirs.segments);
  expect(
    elf.sections.map(({ index, name, addr, offset, size, entsize, link, info, addralign }) => {
      return { index, name, addr, offset, size, entsize, link, info, addralign };
    }),
  ).toEqual(theirs.sections);
  // readelf reads the sections where there are any, and then not the segments.
  const ours = elf.sectionNotes.length > 0 ? elf.sectionNotes : elf.notes;
  expect(ours.map((note) => `${note.owner} ${note.desc.length}`)).toEqual(theirs.notes);
  expect(data.length).toBeGreaterThan(0);
}

describe('readelf says the same', () => {
  for (const id of linuxIds) {
    corpusTest('the kernel inside', id, ['readelf'], async ({ data }) => {
      const { bytes, formats } = kernelElf(await openImage(data))!;
      withFile(bytes.data, (path) => expectAgreement(formats.elf, bytes.data, path));
    });
  }
  for (const id of ['grub-xen-x86_64', 'grub-xen-i386', 'grub-xen-i386-pvh']) {
    corpusTest('an ELF file', id, ['readelf'], ({ data, path }) => {
      expectAgreement(parse(data), data, path);
    });
  }
  corpusTest('the hypervisor inside', 'xen', ['readelf'], async ({ data }) => {
    const { bytes, formats } = kernelElf(await openImage(data))!;
    withFile(bytes.data, (path) => expectAgreement(formats.elf, bytes.data, path));
  });
});
