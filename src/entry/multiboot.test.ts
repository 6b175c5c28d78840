/** Both multiboot versions, on crafted files. */
import { describe, expect, test } from 'vitest';
import { type CraftElf, craftElf } from '../../test/craft/elf.js';
import { craftMultiboot, craftMultiboot2 } from '../../test/craft/multiboot.js';
import { concat, le, type Overrides } from '../../test/craft/write.js';
import { misquotes, offerOf } from '../../test/offer.js';

/** An i386 ELF file with the header in its text. */
const inElf = (header: Uint8Array, options: CraftElf = {}): Uint8Array =>
  craftElf({
    class: 32,
    entry: 0x100010,
    segments: [{ vaddr: 0x100000, data: concat(header, new Uint8Array(0x100)) }],
    ...options,
  });

describe('multiboot', () => {
  const flat = (values: Overrides = {}, flags = 0x10003): Uint8Array =>
    concat(
      new Uint8Array(0x40),
      craftMultiboot(flags, {
        header_addr: 0x100040,
        load_addr: 0x100000,
        load_end_addr: 0x101000,
        bss_end_addr: 0x102000,
        entry_addr: 0x100080,
        ...values,
      }),
      new Uint8Array(0x1000),
    );

  test('address fields say how a flat file is loaded', async () => {
    const offer = await offerOf(flat(), 'multiboot');
    expect(offer).toMatchObject({ offered: true, address: 0x100080n, addressKind: 'physical' });
    expect(offer.facts).toMatchObject({
      'load rule': 'address fields: from file offset 0x0 to 0x100000–0x101000, zeros to 0x102000',
      requires: 'page-aligned modules, memory information',
    });
  });

  test('they count before the ELF header', async () => {
    const header = craftMultiboot(0x10000, {
      header_addr: 0x100060,
      load_addr: 0x100000,
      entry_addr: 0x100080,
    });
    expect((await offerOf(inElf(header), 'multiboot')).address).toBe(0x100080n);
  });

  test.each([
    ['load_addr above header_addr', { load_addr: 0x100100 }],
    ['more before the header than the file has', { load_addr: 0x1000 }],
  ])('not with %s', async (_, values) => {
    expect((await offerOf(flat(values), 'multiboot')).reason).toContain('The address fields make no sense');
  });

  test('an ELF file is loaded by its segments', async () => {
    const header = craftMultiboot(0x3);
    expect(await offerOf(inElf(header), 'multiboot')).toMatchObject({ offered: true, address: 0x100010n });
    const virtual = { entry: 0xc0000010, segments: [{ vaddr: 0xc0000000, paddr: 0x200000, data: header }] };
    expect((await offerOf(inElf(header, virtual), 'multiboot')).address).toBe(0x200010n);
  });

  test('a 64-bit ELF file is one for GRUB', async () => {
    const offer = await offerOf(inElf(craftMultiboot(0), { class: 64 }), 'multiboot');
    expect(offer.offered).toBe(true);
    expect(offer.facts!.loaders).toContain('GRUB');
  });

  test('a physical entry of the higher half: QEMU enters it, GRUB refuses', async () => {
    const header = craftMultiboot(3);
    const higher = inElf(header, { segments: [{ vaddr: 0xc0100000, paddr: 0x100000, data: header }] });
    const offer = await offerOf(higher, 'multiboot');
    expect(offer).toMatchObject({ offered: true, address: 0x100010n });
    expect(offer.facts!.loaders).toMatch(
      /^QEMU takes it; GRUB 2 refuses it: "entry point isn't in a segment"/,
    );
    // e_entry proves it.
    expect(offer.evidence.at(-1)).toMatchObject({ offset: 24, bytes: '10 00 10 00' });
    expect(await misquotes(higher)).toEqual([]);
  });

  test('what no loader takes is not offered', async () => {
    const offer = await offerOf(flat({ load_end_addr: 0x100010 }), 'multiboot');
    expect(offer.offered).toBe(true);
    const cut = await offerOf(flat({ load_end_addr: 0x200000, bss_end_addr: 0 }), 'multiboot');
    expect(cut.offered).toBe(false);
    expect(cut.reason).toMatch(
      /QEMU refuses it: "fread\(\) failed"; GRUB 2 takes it, but without a word loads/,
    );
  });

  test.each([
    [
      'behind 8 KiB',
      { offset: 0x2ff0 },
      /stands at 0x2ff0, beyond the first 8192 bytes: its segment 0 begins at 0x2ff0/,
    ],
    ['across 8 KiB', { offset: 8184 }, /stands at 0x1ff8, across the end of the first 8192 bytes/],
    [
      'at p_align',
      { offset: 0x200000, align: 0x200000 },
      /since p_align is 0x200000 \(the linker's -z max-page-size\)/,
    ],
  ])('a header %s is named with what moved it', async (_, segment, reason) => {
    const data = concat(craftMultiboot(3), new Uint8Array(0x100));
    const file = inElf(new Uint8Array(), { segments: [{ vaddr: 0x100000, data, ...segment }] });
    const offer = await offerOf(file, 'multiboot');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toMatch(reason);
    expect(offer.evidence[0]).toMatchObject({
      offset: segment.offset,
      bytes: expect.stringMatching(/^02 b0 ad 1b/),
    });
  });

  test('what lies before it is named: segments and sections', async () => {
    const data = concat(new Uint8Array(0x3000), craftMultiboot(3));
    const file = craftElf({
      class: 32,
      entry: 0x101000,
      segments: [
        { vaddr: 0x100000, data: new Uint8Array(0x100) },
        { vaddr: 0x101000, data },
      ],
      sections: [{ name: '.note.gnu.build-id', addr: 0x101000, data, raw: { sh_size: 0x24 } }],
    });
    expect((await offerOf(file, 'multiboot')).reason).toMatch(
      /behind segment 0 \(the linker's -z separate-code, or the order of sections\) with \.note\.gnu\.build-id before it/,
    );
  });

  test.each([
    ['an entry point in no segment', { entry: 0x10 }, /no segment holds the entry point 0x10/],
    [
      'segments above 4 GiB',
      { class: 64, segments: [{ vaddr: 2 ** 32, data: craftMultiboot(0) }] },
      /below 4 GiB/,
    ],
    ['another machine', { machine: 40 }, /not for x86/],
    ['an object file', { type: 1 }, /type 1, not an executable/],
  ] satisfies [string, CraftElf, RegExp][])('not with %s', async (_, options, reason) => {
    const offer = await offerOf(inElf(craftMultiboot(0), options), 'multiboot');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toMatch(reason);
  });

  test('neither address fields nor ELF: nothing says how to load it', async () => {
    const offer = await offerOf(flat({}, 0x3), 'multiboot');
    expect(offer.reason).toMatch(/flags bit 16 is clear\), and the file is not an ELF file/);
    expect(offer.evidence[0]).toMatchObject({ offset: 0x40, bytes: '02 b0 ad 1b 03 00 00 00 fb 4f 52 e4' });
  });

  test('unknown requirements must be refused, unknown options ignored', async () => {
    expect((await offerOf(inElf(craftMultiboot(0x8)), 'multiboot')).reason).toMatch(
      /flags 0x8.* must refuse/,
    );
    expect((await offerOf(inElf(craftMultiboot(0x20000)), 'multiboot')).offered).toBe(true);
  });

  test('no header', async () => {
    expect((await offerOf(inElf(new Uint8Array(48)), 'multiboot')).reason).toContain(
      'hold no Multiboot header',
    );
  });
});

describe('multiboot2', () => {
  const words = (...values: number[]) => concat(...values.map((value) => le(value, 4)));
  const address = { type: 2, data: words(0x100040, 0x100000, 0x101000, 0x102000) };
  const entry = { type: 3, data: words(0x100080) };
  const flat = (...tags: Parameters<typeof craftMultiboot2>[0] & {}): Uint8Array =>
    concat(new Uint8Array(0x40), craftMultiboot2(tags), new Uint8Array(0x1000));

  /** A tag of 12 bytes, and the end tag right behind it. */
  const start = [0xe85250d6, 0, 36];
  const unpadded = concat(
    words(...start, -start.reduce((sum, word) => sum + word) >>> 0),
    words(3, 12, 0x100080),
    words(0, 8),
  );

  test('address and entry tags say how a flat file is loaded', async () => {
    const offer = await offerOf(flat(address, entry), 'multiboot2');
    expect(offer).toMatchObject({ offered: true, address: 0x100080n });
    expect(offer.facts!['load rule']).toBe(
      'address tag: from file offset 0x0 to 0x100000–0x101000, zeros to 0x102000',
    );
  });

  test('load_addr −1 stands for the beginning of the file', async () => {
    const offer = await offerOf(
      flat({ type: 2, data: words(0x100040, 0xffffffff, 0, 0) }, entry),
      'multiboot2',
    );
    expect(offer.facts!['load rule']).toBe(
      'address tag: from file offset 0x0 to 0x100000–the end of the file',
    );
  });

  test('an ELF file is loaded by its segments, and entered by the tag if there is one', async () => {
    expect((await offerOf(inElf(craftMultiboot2()), 'multiboot2')).address).toBe(0x100010n);
    expect((await offerOf(inElf(craftMultiboot2([entry])), 'multiboot2')).address).toBe(0x100080n);
  });

  test('relocation and EFI entries are facts', async () => {
    const tags = [
      { type: 10, optional: true, data: words(0x200000, 0xffffffff, 0x200000, 2) },
      { type: 7, data: new Uint8Array() },
      { type: 8, data: words(0x1111) },
      { type: 9, data: words(0x2222) },
    ];
    expect((await offerOf(inElf(craftMultiboot2(tags)), 'multiboot2')).facts).toMatchObject({
      relocatable: '0x200000–0xffffffff, aligned to 0x200000',
      'entry with EFI boot services, i386': '0x1111',
      'entry with EFI boot services, amd64': '0x2222',
      requires: 'EFI boot services, entry address EFI i386, entry address EFI amd64',
    });
  });

  test.each([
    ['an address tag alone', flat(address), /no entry address tag/],
    ['neither tag nor ELF', flat(), /has no address tag, and the file is not an ELF file/],
    [
      'a required tag nobody knows',
      inElf(craftMultiboot2([{ type: 99, data: words(1) }])),
      /requires tag 99/,
    ],
    [
      'unknown information that is required',
      inElf(craftMultiboot2([{ type: 1, data: words(6, 999) }]), { class: 64 }),
      /requires information 999, which .* GRUB 2 refuses it: "unsupported information tag: 0x3e7"/,
    ],
    [
      'a tag that is not padded',
      inElf(unpadded, { class: 64 }),
      /not as the specification demands: .* GRUB 2 refuses it: "unsupported tag: 0x8" \(the tag of 12 bytes at 0x[0-9a-f]+ is not padded to a multiple of 8/,
    ],
    ['MIPS', inElf(craftMultiboot2([], 4)), /architecture 4, not 0/],
    ['no header', inElf(new Uint8Array(48)), /hold no Multiboot2 header/],
  ])('not with %s', async (_, image, reason) => {
    const offer = await offerOf(image, 'multiboot2');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toMatch(reason);
  });

  test('a header for i386 behind one for MIPS counts', async () => {
    const image = inElf(concat(craftMultiboot2([], 4), craftMultiboot2()));
    expect((await offerOf(image, 'multiboot2')).offered).toBe(true);
  });

  test('a header that is not aligned is named', async () => {
    const data = concat(new Uint8Array(4), craftMultiboot2(), new Uint8Array(0x100));
    const image = inElf(new Uint8Array(), { segments: [{ vaddr: 0x100000, data, offset: 0x1000 }] });
    expect((await offerOf(image, 'multiboot2')).reason).toMatch(
      /stands at 0x1004, not at a multiple of 8\.$/,
    );
  });

  test('an optional tag nobody knows is ignored', async () => {
    const image = inElf(craftMultiboot2([{ type: 99, optional: true, data: words(1) }]));
    expect((await offerOf(image, 'multiboot2')).offered).toBe(true);
  });
});
