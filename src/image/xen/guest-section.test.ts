import { expect, test } from 'vitest';
import { ascii } from '../../../test/craft/write.js';
import { parseGuestSection } from './guest-section.js';

/** As in Linux 2.6.18-xen, arch/x86_64/kernel/head-xen.S. */
const linux2618 =
  'GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000,HYPERCALL_PAGE=0x202,' +
  'FEATURES=writable_page_tables|writable_descriptor_tables|auto_translated_physmap,LOADER=generic\0junk=1';

test('reads the pairs up to the NUL', () => {
  const section = parseGuestSection(ascii(linux2618));
  expect(section.pairs.map(([name]) => name)).toEqual([
    'GUEST_OS',
    'GUEST_VER',
    'XEN_VER',
    'VIRT_BASE',
    'HYPERCALL_PAGE',
    'FEATURES',
    'LOADER',
  ]);
  expect(section).toMatchObject({ guestOs: 'linux', xenVersion: 'xen-3.0', loader: 'generic', pae: '' });
});

test('HYPERCALL_PAGE is a page number from VIRT_BASE on', () => {
  expect(parseGuestSection(ascii(linux2618)).hypercallPage).toBe(0xffffffff80202000n);
});

test.each([
  ['ELF_PADDR_OFFSET=0xc0000000', 0xc0000000n],
  ['ELF_PADDR_OFFSET=4096', 4096n],
  ['ELF_PADDR_OFFSET=010', 8n],
  ['ELF_PADDR_OFFSET=0', 0n],
  ['ELF_PADDR_OFFSET=nonsense', 0n],
  ['GUEST_OS=linux', undefined],
])('%s gives %s', (text, expected) => {
  expect(parseGuestSection(ascii(text)).elfPaddrOffset).toBe(expected);
});

test('BSD_SYMTAB counts by being there, and the last of a repeated name counts', () => {
  const section = parseGuestSection(ascii('BSD_SYMTAB,PAE=no,PAE=yes[extended-cr3]'));
  expect(section).toMatchObject({ bsdSymtab: true, pae: 'yes[extended-cr3]' });
  expect(parseGuestSection(ascii('PAE=yes')).bsdSymtab).toBe(false);
});

test('a name or value beyond the buffers of libelf starts another pair', () => {
  const value = 'v'.repeat(130);
  expect(parseGuestSection(ascii(`GUEST_VER=${value}`)).pairs).toEqual([
    ['GUEST_VER', 'v'.repeat(127)],
    ['vvv', ''],
  ]);
});
