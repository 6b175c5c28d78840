import { describe, expect, test } from 'vitest';
import { type CraftNote, craftElf } from '../../../test/craft/elf.js';
import { concat, le } from '../../../test/craft/write.js';
import { corpusTest, linuxIds, output, withFile } from '../../../test/outside.js';
import { Bytes } from '../../core/bytes.js';
import { parseElf } from '../container/elf.js';
import { kernelElf } from '../image.js';
import { openImage } from '../open.js';
import { decodeXenNotes, xenNoteTypes, xenNumber } from './notes.js';

function decode(notes: readonly CraftNote[], options: { class?: 32 | 64; littleEndian?: boolean } = {}) {
  return decodeXenNotes(parseElf(new Bytes(craftElf({ ...options, notes })))!);
}

describe('every note by name', () => {
  const cases: [string, number, CraftNote['desc'], unknown, string][] = [
    ['INFO', 0, 'A=B', 'A=B', '"A=B"'],
    ['ENTRY', 1, 0xffffffff82c241c0n, '0xffffffff82c241c0', '0xffffffff82c241c0'],
    ['HYPERCALL_PAGE', 2, 0xffffffff81002000n, '0xffffffff81002000', '0xffffffff81002000'],
    ['VIRT_BASE', 3, 0xc0000000, '0xc0000000', '0xc0000000'],
    ['PADDR_OFFSET', 4, 0n, '0x0', '0x0'],
    ['XEN_VERSION', 5, 'xen-3.0', 'xen-3.0', '"xen-3.0"'],
    ['GUEST_OS', 6, 'linux', 'linux', '"linux"'],
    ['GUEST_VERSION', 7, '2.6', '2.6', '"2.6"'],
    ['LOADER', 8, 'generic', 'generic', '"generic"'],
    ['PAE_MODE', 9, 'yes', 'yes', '"yes"'],
    [
      'FEATURES',
      10,
      '!writable_page_tables|dom0',
      { supported: ['writable_page_tables', 'dom0'], required: ['writable_page_tables'], unknown: [] },
      '"!writable_page_tables|dom0"',
    ],
    ['BSD_SYMTAB', 11, 'yes', 'yes', '"yes"'],
    ['HV_START_LOW', 12, 0xffff800000000000n, '0xffff800000000000', '0xffff800000000000'],
    [
      'L1_MFN_VALID',
      13,
      concat(le(1, 8), le(1, 8), le(0x81, 8), le(0x80, 8)),
      [
        { mask: '0x1', value: '0x1' },
        { mask: '0x81', value: '0x80' },
      ],
      'mask 0x1 value 0x1, mask 0x81 value 0x80',
    ],
    ['SUSPEND_CANCEL', 14, 1, 1, '1'],
    ['INIT_P2M', 15, 0x8000000000n, '0x8000000000', '0x8000000000'],
    ['MOD_START_PFN', 16, 1, 1, '1'],
    [
      'SUPPORTED_FEATURES',
      17,
      0x8001,
      { supported: ['writable_page_tables', 'linux_rsdp_unrestricted'], required: [], unknown: [] },
      '0x8001 (writable_page_tables, linux_rsdp_unrestricted)',
    ],
    ['PHYS32_ENTRY', 18, 0x1000b20n, '0x1000b20', '0x1000b20'],
    [
      'PHYS32_RELOC',
      19,
      concat(le(0x200000, 4), le(0x1000000, 4), le(0x3fffffff, 4)),
      { align: '0x200000', min: '0x1000000', max: '0x3fffffff' },
      'align 0x200000, min 0x1000000, max 0x3fffffff',
    ],
    ['CRASH_INFO', 0x1000001, Uint8Array.of(1, 2), '01 02', '01 02'],
  ];

  test.each(cases)('%s', (name, type, desc, value, text) => {
    expect(decode([{ owner: 'Xen', type, desc }])).toMatchObject([{ name, type, value, text }]);
  });

  test('0 to 19 are all there', () => {
    expect(xenNoteTypes.map(({ type }) => type).filter((type) => type < 100)).toEqual(
      Array.from({ length: 20 }, (_, type) => type),
    );
  });
});

test('addresses are 4 or 8 bytes, and read in the byte order of the file', () => {
  expect(decode([{ owner: 'Xen', type: 18, desc: 0x1000b20 }], { class: 32 })).toMatchObject([
    { value: '0x1000b20', size: 4 },
  ]);
  expect(decode([{ owner: 'Xen', type: 18, desc: 0x1000b20n }], { littleEndian: false })).toMatchObject([
    { value: '0x1000b20', size: 8 },
  ]);
});

test('a number of a size Xen does not read is 0, as in libelf', () => {
  expect(decode([{ owner: 'Xen', type: 1, desc: Uint8Array.of(1, 2, 3) }])).toMatchObject([{ value: '0x0' }]);
  expect(decode([{ owner: 'Xen', type: 1, desc: new Uint8Array() }])).toMatchObject([{ value: '0x0' }]);
});

test('relocation constraints may be fewer than three, or none', () => {
  expect(decode([{ owner: 'Xen', type: 19, desc: 0x400000 }])).toMatchObject([
    { value: { align: '0x400000' } },
  ]);
  expect(decode([{ owner: 'Xen', type: 19, desc: new Uint8Array() }])).toMatchObject([
    { value: {}, text: 'no constraints' },
  ]);
});

test('other owners do not count, and unknown types are named by number', () => {
  const notes = decode([
    { owner: 'GNU', type: 3, desc: 'id' },
    { owner: 'Xenon', type: 18, desc: 1 },
    { owner: 'Xen', type: 99, desc: Uint8Array.of(0xab) },
  ]);
  expect(notes).toMatchObject([{ name: 'type 0x63', value: 'ab' }]);
});

test('of a repeated note the last counts', () => {
  const notes = decode([
    { owner: 'Xen', type: 18, desc: 1 },
    { owner: 'Xen', type: 18, desc: 2 },
  ]);
  expect(xenNumber(notes, 'PHYS32_ENTRY')).toBe(2n);
});

describe('same Xen notes as readelf', () => {
  for (const id of [...linuxIds, 'grub-xen-x86_64', 'grub-xen-i386-pvh']) {
    corpusTest('types and descriptors', id, ['readelf'], async ({ data }) => {
      const kernel = kernelElf(await openImage(data))!;
      const { elf } = kernel.formats;
      const ours = elf.notes
        .filter(({ owner }) => owner === 'Xen')
        .map(({ type, desc }) => ({ type, desc: Buffer.from(desc).toString('hex') }));
      const said = withFile(kernel.bytes.data, (path) => output('readelf', '-nW', path));
      expect(ours.length).toBeGreaterThan(0);
      expect(ours).toEqual(xenNotesOf(said));
      expect(decodeXenNotes(elf).map(({ type }) => type)).toEqual(ours.map(({ type }) => type));
    });
  }
});

/** readelf's Xen notes; it names types it takes for those of other owners. */
function xenNotesOf(text: string): { type: number; desc: string }[] {
  const misnamed: Record<string, number> = {
    'NT_VERSION (version)': 1,
    'NT_ARCH (architecture)': 2,
    OPEN: 0x100,
    func: 0x101,
    'GO BUILDID': 4,
  };
  return [...text.matchAll(/^ {2}Xen +0x[0-9a-f]+\s+(.*?)\s+description data: ([0-9a-f ]*)$/gm)].map(
    ([, what, bytes]) => ({
      type: misnamed[what!] ?? Number(/\((0x[0-9a-f]+)\)/.exec(what!)?.[1]),
      desc: bytes!.replaceAll(' ', ''),
    }),
  );
}
