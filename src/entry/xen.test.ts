/** PVH and Xen PV, on crafted ELF files. The rules of libelf themselves are tested beside `xenDomParms`. */
import { describe, expect, test } from 'vitest';
import { type CraftElf, type CraftNote, craftElf, craftNotes } from '../../test/craft/elf.js';
import { ascii, concat, le } from '../../test/craft/write.js';
import { offerOf } from '../../test/offer.js';

const VIRT = 0xffffffff80000000n;
const segments = [{ vaddr: VIRT + 0x1000000n, paddr: 0x1000000, data: new Uint8Array(0x1000).fill(0xf4) }];
const notesOf = (notes: Record<number, CraftNote['desc']>): CraftNote[] =>
  Object.entries(notes).map(([type, desc]) => ({ owner: 'Xen', type: Number(type), desc }));
const kernel = (notes: Record<number, CraftNote['desc']>, options: CraftElf = {}): Uint8Array =>
  craftElf({ entry: 0x1000000, segments, notes: notesOf(notes), ...options });

describe('pvh', () => {
  test.each([
    ['4', 0x1000b20],
    ['8', 0x1000b20n],
  ])('a descriptor of %s bytes', async (size, desc) => {
    const offer = await offerOf(kernel({ 18: desc }), 'pvh');
    expect(offer).toMatchObject({ offered: true, address: 0x1000b20n, addressKind: 'physical' });
    expect(offer.facts!['note descriptor']).toBe(`${size} bytes`);
    expect(offer.evidence.at(-1)!.bytes).toMatch(/^f4 f4/);
  });

  test('PHYS32_RELOC says where it may be moved, with the defaults of elfnote.h', async () => {
    const reloc = (...words: number[]) =>
      kernel({ 18: 0x1000b20, 19: concat(...words.map((word) => le(word, 4))) });
    const text = async (image: Uint8Array) => (await offerOf(image, 'pvh')).facts!.relocatable;
    expect(await text(reloc(0x400000, 0x1000000, 0x3fffffff))).toBe(
      '0x1000000–0x3fffffff, aligned to 0x400000',
    );
    expect(await text(reloc(0x400000))).toBe('0x0–0xffffffff, aligned to 0x400000');
    expect(await text(reloc())).toBe('0x0–0xffffffff, aligned to 0x200000');
    expect(await text(kernel({ 18: 0x1000b20 }))).toBe('no (no PHYS32_RELOC note)');
    const aligned = {
      segments: [{ ...segments[0]!, align: 0x1000 }],
      notes: notesOf({ 18: 0x1000b20, 19: '' }),
    };
    expect(await text(kernel({}, aligned))).toBe('0x0–0xffffffff, aligned to 0x1000');
  });

  test.each([
    [
      'an address that no segment loads',
      kernel({ 18: 0x10 }),
      /PHYS32_ENTRY is 0x10, where no segment is loaded/,
    ],
    [
      'Xen notes, but not that one',
      kernel({ 6: 'linux' }),
      /None of the 1 Xen notes is PHYS32_ENTRY .*: GUEST_OS/,
    ],
    ['no Xen notes', kernel({}), /has no notes of owner "Xen"/],
    [
      'a note in a loaded segment alone',
      craftElf({
        entry: 0x1000000,
        segments: [
          { ...segments[0]!, data: concat(segments[0]!.data, craftNotes(notesOf({ 18: 0x1000b20 }))) },
        ],
      }),
      /A note PHYS32_ENTRY \(0x1000b20\) is in the file, but no loader finds it: it stands at 0x\w+ in PT_LOAD segment 0, and the file has no PT_NOTE segment/,
    ],
    [
      'a note behind the end of PT_NOTE',
      kernel(
        {},
        {
          notes: undefined,
          segments: [
            ...segments,
            {
              type: 4,
              data: craftNotes(notesOf({ 6: 'linux', 18: 0x1000b20 })),
              align: 4,
              raw: { p_filesz: 24 },
            },
          ],
        },
      ),
      /None of the 1 Xen notes is PHYS32_ENTRY .*: GUEST_OS\. A note PHYS32_ENTRY .* no PT_NOTE segment covers it: segment 1 covers/,
    ],
    ['another machine', kernel({ 18: 0x1000b20 }, { machine: 183 }), /machine 183, not x86/],
  ])('not with %s', async (_, image, reason) => {
    const offer = await offerOf(image, 'pvh');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toMatch(reason);
  });

  test('a note that only Xen finds, by the section header', async () => {
    const offer = await offerOf(kernel({ 18: 0x1000b20 }, { noteHome: 'section' }), 'pvh');
    expect(offer.offered).toBe(true);
    expect(offer.facts!['found by']).toMatch(
      /^Xen, which reads sections too; not by QEMU and Firecracker: it is in no PT_LOAD segment, in section \.notes, and the file has no PT_NOTE/,
    );
  });

  test('a note that only readers of 8-byte padding find', async () => {
    const notes = [...notesOf({ 14: 1 }), ...notesOf({ 18: 0x1000b20 })];
    const image = kernel(
      {},
      { notes: [{ owner: 'GNU', type: 5, desc: 1 }, ...notes], notePadding: 8, noteAlign: 8 },
    );
    const offer = await offerOf(image, 'pvh');
    expect(offer.offered).toBe(true);
    expect(offer.facts!['note padding']).toContain('Xen pads notes to 4');
  });
});

describe('xen-pv', () => {
  const linux = { 6: 'linux', 5: 'xen-3.0', 8: 'generic', 3: VIRT, 4: 0n, 1: VIRT + 0x1000200n };

  test('a virtual entry, and what the builder must know', async () => {
    const offer = await offerOf(
      kernel({ ...linux, 10: '!writable_page_tables', 15: 0x8000000000n, 16: 1 }),
      'xen-pv',
    );
    expect(offer).toMatchObject({ offered: true, address: VIRT + 0x1000200n, addressKind: 'virtual' });
    expect(offer.facts).toMatchObject({
      'guest type': 'xen-3.0-x86_64',
      'as domU': 'yes',
      'as dom0': 'not stated (no SUPPORTED_FEATURES note)',
      'features required': 'writable_page_tables',
      'p2m list': 'at 0x8000000000',
      initrd: 'not mapped, mod_start is a PFN',
    });
  });

  test.each([
    [0x0801, 'yes'],
    [0x0001, 'no: SUPPORTED_FEATURES lacks dom0'],
  ])('SUPPORTED_FEATURES %i as dom0: %s', async (features, text) => {
    expect((await offerOf(kernel({ ...linux, 17: features }), 'xen-pv')).facts!['as dom0']).toBe(text);
  });

  test('a kernel that requires dom0 is no domU', async () => {
    expect((await offerOf(kernel({ ...linux, 10: '!dom0' }), 'xen-pv')).facts!['as domU']).toMatch(/^no/);
  });

  test('notes of a kernel without CONFIG_XEN_PV, which libelf would accept', async () => {
    const offer = await offerOf(kernel({ 6: 'linux', 5: 'xen-3.0', 8: 'generic', 17: 0x8000 }), 'xen-pv');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toContain('none that a PV start needs');
  });

  test('without ENTRY the ELF entry point counts', async () => {
    const offer = await offerOf(kernel({ 5: 'xen-3.0', 8: 'generic', 3: 0 }), 'xen-pv');
    expect(offer).toMatchObject({ offered: true, address: 0x1000000n });
    expect(offer.reason).toContain('e_entry');
  });

  test('PVH only', async () => {
    const offer = await offerOf(kernel({ 18: 0x1000b20 }), 'xen-pv');
    expect(offer.reason).toMatch(/^Xen's libelf refuses it: LOADER is ""/);
  });

  test('i386: PAE mode and guest type', async () => {
    const image = kernel(
      { 5: 'xen-3.0', 8: 'generic', 3: 0xc0000000, 1: 0xc1000010, 9: 'yes,bimodal' },
      { class: 32, segments: [{ vaddr: 0xc1000000, paddr: 0x1000000, data: new Uint8Array(64) }] },
    );
    expect((await offerOf(image, 'xen-pv')).facts).toMatchObject({
      'guest type': 'xen-3.0-x86_32p',
      'PAE mode': 'bimodal',
    });
  });

  test('the legacy section, quoted', async () => {
    const text =
      'GUEST_OS=linux,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,ELF_PADDR_OFFSET=0xC0000000,LOADER=generic';
    const image = kernel(
      {},
      {
        class: 32,
        entry: 0xc1000010,
        notes: [],
        segments: [{ vaddr: 0xc1000000, data: new Uint8Array(64) }],
        sections: [{ name: '__xen_guest', data: ascii(`${text}\0`) }],
      },
    );
    const offer = await offerOf(image, 'xen-pv');
    expect(offer).toMatchObject({ offered: true, address: 0xc1000010n });
    expect(offer.evidence[0]!.meaning).toBe(`__xen_guest: "${text}"`);
  });

  test.each([
    ['another machine', { machine: 40 }],
    ['another byte order', { littleEndian: false }],
  ])('not for %s', async (_, options) => {
    expect((await offerOf(kernel(linux, options), 'xen-pv')).reason).toContain('is not for x86');
  });
});
