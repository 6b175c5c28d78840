import { elf32Header, elf32SectionHeader } from '../../../src/abi/elf.js';
import { Bytes } from '../../../src/core/bytes.js';
import { craftElf } from '../../../test/craft/elf.js';
import { craftMultiboot, craftMultiboot2 } from '../../../test/craft/multiboot.js';
import { concat, le } from '../../../test/craft/write.js';

/**
 * Kernels that keep what they were entered with and halt: EAX goes to ESI, EDX to EDI, then one letter goes to COM1. They run
 * wherever they are loaded.
 */
const code = Uint8Array.of(
  ...[0x89, 0xc6], // mov %eax,%esi
  ...[0x89, 0xd7], // mov %edx,%edi
  ...[0x66, 0xba, 0xf8, 0x03], // mov $0x3f8,%dx
  ...[0xb0, 0x4b], // mov $'K',%al
  0xee, // out %al,(%dx)
  ...[0xf4, 0xeb, 0xfd], // hlt; jmp to it
);

/** Where kernels are linked to lie. */
export const LINKED = 0x200000;
/** File offset of headers. */
const HEADER = 0x20;
/** Of the code, behind the longest header. */
const CODE = 0x100;
const FILE = 0x1800;
/** Bytes in memory, if there is a bss. */
const SIZE = 0x4000;

/** What the file has at LINKED: header, code, then bytes that are no zeros. */
function text(header: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from({ length: FILE }, (_, i) => (i * 7) % 251 || 1);
  bytes.set(header, HEADER);
  bytes.set(code, CODE);
  return bytes;
}

/** Linked high, as kernels are, loaded at LINKED; symbols and names are no part of what runs. */
function elf(header: Uint8Array): Uint8Array {
  const lift = 0xc0000000;
  const file = craftElf({
    class: 32,
    entry: lift + LINKED + CODE,
    segments: [{ vaddr: lift + LINKED, paddr: LINKED, data: text(header), memSize: SIZE, align: 0x1000 }],
    sections: [
      { name: '.text', addr: lift + LINKED },
      { name: '.comment', data: new TextEncoder().encode('not part of what runs\0') },
    ],
  });
  // GRUB puts sections with an alignment of 0, which is as good as 1, at address 0.
  const view = new DataView(file.buffer);
  const { e_shoff, e_shnum, e_shentsize } = elf32Header.read(new Bytes(file));
  for (let i = 0; i < e_shnum; i++) {
    elf32SectionHeader.write(view, Number(e_shoff) + i * e_shentsize, { sh_addralign: 1 });
  }
  return file;
}

const addresses = (load = LINKED): Uint8Array[] => [
  le(LINKED + HEADER, 4),
  le(load, 4),
  le(LINKED + FILE - 0x100, 4),
  le(LINKED + SIZE, 4),
];
const tags = {
  request: { type: 1, data: concat(le(4, 4), le(6, 4), le(8, 4)) },
  address: { type: 2, data: concat(...addresses()) },
  addressFromFileStart: {
    type: 2,
    data: concat(le(LINKED + HEADER, 4), le(0xffffffff, 4), le(0, 4), le(LINKED + SIZE, 4)),
  },
  entry: { type: 3, data: le(LINKED + CODE, 4) },
  aligned: { type: 6, data: new Uint8Array(0) },
  relocatable: (preference: number) => ({
    type: 10,
    data: concat(le(0x400000, 4), le(0x3000000, 4), le(0x10000, 4), le(preference, 4)),
  }),
};

export interface Kernel {
  readonly version: 1 | 2;
  readonly file: Uint8Array;
  /** Bytes in memory. */
  readonly size: number;
}

/** By name. */
export const kernels: Readonly<Record<string, Kernel>> = {
  fields: {
    version: 1,
    size: SIZE,
    file: text(
      craftMultiboot(0x10003, {
        header_addr: LINKED + HEADER,
        load_addr: LINKED,
        load_end_addr: LINKED + FILE - 0x100,
        bss_end_addr: LINKED + SIZE,
        entry_addr: LINKED + CODE,
      }),
    ),
  },
  elf: { version: 1, size: SIZE, file: elf(craftMultiboot(3)) },
  'fields, to the end of the file': {
    version: 1,
    size: FILE,
    file: text(
      craftMultiboot(0x10000, {
        header_addr: LINKED + HEADER,
        load_addr: LINKED,
        entry_addr: LINKED + CODE,
      }),
    ),
  },
  'tags: address': {
    version: 2,
    size: SIZE,
    file: text(craftMultiboot2([tags.request, tags.address, tags.entry, tags.aligned])),
  },
  'tags: address from the beginning of the file': {
    version: 2,
    size: SIZE,
    file: text(craftMultiboot2([tags.addressFromFileStart, tags.entry])),
  },
  'tags: elf': { version: 2, size: SIZE, file: elf(craftMultiboot2([tags.request])) },
  'tags: elf, relocatable, lowest': {
    version: 2,
    size: SIZE,
    file: elf(craftMultiboot2([tags.relocatable(1)])),
  },
  'tags: elf, relocatable, highest': {
    version: 2,
    size: SIZE,
    file: elf(craftMultiboot2([tags.relocatable(2)])),
  },
  'tags: address, relocatable, lowest': {
    version: 2,
    size: SIZE,
    file: text(craftMultiboot2([tags.address, tags.entry, tags.relocatable(1)])),
  },
};

export const commandLine = 'first second=2';
export const moduleString = 'module string';
export const module = Uint8Array.from({ length: 5000 }, (_, i) => (i * 13) % 256);
