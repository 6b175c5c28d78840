import { describe, expect, test } from 'vitest';
import { type CraftElf, type CraftNote, craftElf, craftNotes } from '../../../test/craft/elf.js';
import { ascii } from '../../../test/craft/write.js';
import { Bytes } from '../../core/bytes.js';
import { parseElf } from '../container/elf.js';
import { xenDomParms, xenPvVerdict } from './dom-parms.js';

const BASE = 0xffffffff80000000n;
const ENTRY = BASE + 0x1000100n;

/** The notes of a Linux kernel with CONFIG_XEN_PV, by type. */
const linux = new Map<number, CraftNote['desc']>([
  [6, 'linux'],
  [5, 'xen-3.0'],
  [8, 'generic'],
  [3, BASE],
  [4, 0n],
  [1, ENTRY],
]);

function examine(changes: Record<number, CraftNote['desc'] | undefined> = {}, options: CraftElf = {}) {
  const all = new Map([
    ...linux,
    ...Object.entries(changes).map(([type, desc]) => [Number(type), desc] as const),
  ]);
  const notes = [...all]
    .filter((pair): pair is [number, CraftNote['desc']] => pair[1] !== undefined)
    .map(([type, desc]) => ({ owner: 'Xen', type, desc }));
  const file = craftElf({
    entry: 0x1000000,
    segments: [{ vaddr: BASE + 0x1000000n, paddr: 0x1000000, data: new Uint8Array(0x1000) }],
    notes,
    ...options,
  });
  const bytes = new Bytes(file);
  const elf = parseElf(bytes)!;
  const parms = xenDomParms(elf, bytes);
  return { parms, verdict: xenPvVerdict(elf, parms) };
}

test('accepts what Linux says and computes its addresses', () => {
  expect(examine().verdict).toEqual({
    layout: { base: BASE, entry: ENTRY, kernelStart: BASE + 0x1000000n, kernelEnd: BASE + 0x1001000n },
  });
});

test('the address range is that of segments with any permission', () => {
  const { parms } = examine(
    {},
    {
      segments: [
        { paddr: 0x1000000, data: new Uint8Array(0x1000) },
        { paddr: 0x5000000, data: new Uint8Array(16), flags: 0 },
        { paddr: 0x1400000, memSize: 0x2000, flags: 6 },
      ],
    },
  );
  expect([parms.physicalStart, parms.physicalEnd]).toEqual([0x1000000n, 0x1402000n]);
});

describe('refusals of libelf', () => {
  const cases: [string, Record<number, CraftNote['desc'] | undefined>, RegExp][] = [
    [
      'neither a generic loader nor Linux',
      { 8: 'other', 6: 'plan9' },
      /LOADER is "other" and GUEST_OS "plan9"/,
    ],
    ['another Xen version', { 5: 'xen-2.0' }, /XEN_VERSION is "xen-2.0"/],
    ['no Xen version', { 5: undefined }, /XEN_VERSION is ""/],
    [
      'PADDR_OFFSET without VIRT_BASE',
      { 3: undefined, 1: undefined },
      /PADDR_OFFSET is set, VIRT_BASE is not/,
    ],
    ['an entry outside the kernel', { 1: BASE }, /ENTRY 0xffffffff80000000 .* out of the kernel's bounds/],
    ['no ENTRY and a physical e_entry', { 1: undefined }, /e_entry \(there is no ENTRY\) 0x1000000/],
    [
      'a base above the kernel',
      { 4: 0x2000000n, 1: BASE - 0x1000000n + 0x100n },
      /out of the kernel's bounds/,
    ],
    ['a p2m list inside the kernel', { 15: BASE + 0x1000800n }, /INIT_P2M .* is inside the kernel/],
    ['an unknown required feature', { 10: '!made_up' }, /requires made_up/],
  ];
  test.each(cases)('%s', (_, changes, message) => {
    const { verdict } = examine(changes);
    expect('refusal' in verdict && verdict.refusal).toMatch(message);
  });

  test('a required feature Xen knows, and an unknown one that is not required', () => {
    expect(examine({ 10: '!writable_page_tables|made_up' }).verdict).toHaveProperty('layout');
  });

  test('GUEST_OS alone is enough, and so is LOADER', () => {
    expect(examine({ 8: undefined }).verdict).toHaveProperty('layout');
    expect(examine({ 6: 'FreeBSD' }).verdict).toHaveProperty('layout');
  });
});

describe('where libelf looks', () => {
  const loaded = { data: new Uint8Array(0x1000), vaddr: BASE + 0x1000000n, paddr: 0x1000000 };

  test('SHT_NOTE sections, when no segment has Xen notes', () => {
    expect(examine({}, { noteHome: 'section' }).parms.from).toBe('notes');
    const other = { type: 4, data: new Uint8Array(16), flags: 4 };
    expect(examine({}, { noteHome: 'section', segments: [loaded, other] }).parms.from).toBe('notes');
  });

  test('descriptors that run past their segment are read, cut to the file', () => {
    // So is the PAE_MODE note of GRUB's i386 Xen image.
    const notes = craftNotes([{ owner: 'Xen', type: 9, desc: 'bimodal' }]);
    const segments = [loaded, { type: 4, flags: 4, data: notes, raw: { p_filesz: notes.length - 4 } }];
    expect(examine({}, { notes: undefined, segments }).parms.pae).toBe('bimodal');
  });

  test('padding is 4 bytes to libelf, whatever the alignment', () => {
    const notes = [
      { owner: 'Xen', type: 14, desc: 1 },
      { owner: 'Xen', type: 1, desc: ENTRY },
    ];
    expect(examine({}, { noteAlign: 8, notes }).parms.virtEntry).toBe(ENTRY);
    expect(examine({}, { noteAlign: 8, notePadding: 8, notes }).parms.virtEntry).toBeUndefined();
  });

  test('__xen_guest, only without notes; ELF_PADDR_OFFSET is then VIRT_BASE unless given', () => {
    const text = 'GUEST_OS=linux,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,PAE=yes,FEATURES=!made_up\0';
    const options: CraftElf = {
      class: 32,
      entry: 0xc0100000,
      notes: undefined,
      segments: [{ vaddr: 0xc0100000, paddr: 0xc0100000, data: new Uint8Array(0x1000) }],
      sections: [{ name: '__xen_guest', data: ascii(text) }],
    };
    const { parms, verdict } = examine({}, options);
    expect(parms).toMatchObject({ from: '__xen_guest', pae: 'yes' });
    // An unknown required feature is refused in notes only: the result of parsing the section is not looked at.
    expect(verdict).toEqual({
      layout: { base: 0xc0000000n, entry: 0xc0100000n, kernelStart: 0xc0100000n, kernelEnd: 0xc0101000n },
    });
    expect(examine({}, { ...options, notes: [{ owner: 'Xen', type: 5, desc: 'xen-3.0' }] }).parms.from).toBe(
      'notes',
    );
  });

  test('nothing at all', () => {
    const { parms, verdict } = examine({}, { notes: undefined });
    expect(parms.from).toBe('none');
    expect(verdict).toEqual({ refusal: 'no Xen ELF notes and no __xen_guest section' });
  });
});

describe('PAE mode', () => {
  test.each([
    ['yes', 'extended-cr3'],
    ['no', 'no'],
    ['bimodal', 'bimodal'],
    ['yes,bimodal', 'bimodal'],
  ])('%s is %s', (text, expected) => {
    expect(examine({ 9: text }).parms.pae).toBe(expected);
  });
});
