/** Against the real grub-file: every option, on every corpus file and on crafted files of every kind. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { craftArm64Image } from '../../test/craft/arm64.js';
import { craftBzImage } from '../../test/craft/bzimage.js';
import { type CraftElf, craftElf } from '../../test/craft/elf.js';
import { craftMultiboot, craftMultiboot2 } from '../../test/craft/multiboot.js';
import { craftPe } from '../../test/craft/pe.js';
import { ascii, concat, le } from '../../test/craft/write.js';
import { corpusTest, output, withFile } from '../../test/outside.js';
import { missing } from '../../tools/check/missing.js';
import { fileIds } from '../../tools/corpus/packages.js';
import { Bytes } from '../core/bytes.js';
import { findFormats } from '../image/formats.js';
import type { Image } from '../image/image.js';
import { openImage } from '../image/open.js';
import { grubFileChecks } from './grub-file.js';

const options = Object.keys(grubFileChecks);
const noGrubFile = missing('grub-file');

/** One shell for all options: starting them from here takes longer than their work. */
const loop =
  'file=$1; shift; for option; do grub-file "--$option" "$file" 2>/dev/null && echo "$option"; done';

/** The options grub-file says yes to. It is not asked what it crashes on: the NetBSD options for other than ELF. */
function grubSays(path: string): string[] {
  const isElf = readFileSync(path).subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
  const asked = options.filter((option) => isElf || !option.endsWith('knetbsd'));
  return spawnSync('sh', ['-c', loop, 'sh', path, ...asked], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter(Boolean);
}

function weSay(image: Image): string[] {
  return options.filter((option) => grubFileChecks[option]!(image));
}

test.skipIf(noGrubFile)(
  `the options are those of grub-file --help${noGrubFile ? ` (${noGrubFile})` : ''}`,
  () => {
    const help = output('grub-file', '--help');
    expect(options).toEqual([...help.matchAll(/^ +--(is-[a-z0-9_-]+)/gm)].map(([, option]) => option));
  },
);

describe('same answers on the corpus', () => {
  for (const id of fileIds()) {
    corpusTest('all options', id, ['grub-file'], async ({ data, path }) => {
      expect(weSay(await openImage(data))).toEqual(grubSays(path));
    });
  }
});

const xenNotes = [
  { owner: 'Xen', type: 5, desc: 'xen-3.0' },
  { owner: 'Xen', type: 8, desc: 'generic' },
];
const note = (type: number, desc: string) => ({ owner: 'Xen', type, desc });
const elf = (changes: CraftElf = {}): Uint8Array =>
  craftElf({ segments: [{ data: new Uint8Array(64) }], ...changes });
const elf32 = (changes: CraftElf = {}): Uint8Array => elf({ class: 32, ...changes });
const guest = (text: string): CraftElf => ({ sections: [{ name: '__xen_guest', data: ascii(`${text}\0`) }] });
const headed = (header: Uint8Array): Uint8Array => concat(header, new Uint8Array(0x1000));
const cut = (file: Uint8Array, size: number): Uint8Array => Uint8Array.from(file.subarray(0, size));
const changed = (file: Uint8Array, offset: number, ...bytes: number[]): Uint8Array => {
  const copy = Uint8Array.from(file);
  copy.set(bytes, offset);
  return copy;
};
const thinMachO = (magic: number, commands = 8): Uint8Array =>
  concat(le(magic, 4), new Uint8Array(16), le(commands, 4), new Uint8Array(64));
const fatMachO = (...types: number[]): Uint8Array => {
  const big = (value: number) => le(value, 4).reverse();
  const archs = types.map((type) => concat(big(type), big(0), big(0x100), big(96), big(0)));
  const head = concat(big(0xcafebabe), big(types.length), ...archs);
  return concat(head, new Uint8Array(0x100 - head.length), thinMachO(0xfeedfacf));
};

const crafted: Record<string, Uint8Array> = {
  'bzImage 2.15': craftBzImage(),
  'bzImage 2.02': craftBzImage({ version: 0x0202 }),
  'bzImage 2.03': craftBzImage({ version: 0x0203 }),
  'zImage 2.04': craftBzImage({ version: 0x0204, loadflags: [] }),
  'kernel before 2.00': craftBzImage({ version: 0, loadflags: [] }),
  'HdrS with version 1.05': craftBzImage({ header: { version: 0x0105 } }),
  'bzImage with a wrong boot_flag': craftBzImage({ header: { boot_flag: 0 } }),
  'bzImage with 64 setup sectors': craftBzImage({ setupSects: 64 }),
  'bzImage with 65 setup sectors': craftBzImage({ setupSects: 65 }),
  'bzImage cut inside the header': cut(craftBzImage(), 0x260),
  'bzImage cut behind the header': cut(craftBzImage(), 0x268),
  'bzImage in gzip': gzipSync(craftBzImage()),
  'bzImage in gzip twice': gzipSync(gzipSync(craftBzImage())),
  'bzImage around Xen, gzip': craftBzImage({ payload: gzipSync(elf({ notes: xenNotes })) }),
  'bzImage around Xen, stored': craftBzImage({ payload: elf({ notes: xenNotes }) }),
  'bzImage 2.07 around Xen': craftBzImage({ version: 0x0207, payload: gzipSync(elf({ notes: xenNotes })) }),
  'bzImage around no Xen': craftBzImage({ payload: gzipSync(elf()) }),
  'Xen x86-64': elf({ notes: xenNotes }),
  'Xen x86-64 in gzip': gzipSync(elf({ notes: xenNotes })),
  'Xen x86-64 with PAE_MODE': elf({ notes: [...xenNotes, note(9, 'yes')] }),
  'Xen i386': elf32({ notes: xenNotes }),
  'Xen i386 PAE': elf32({ notes: [...xenNotes, note(9, 'yes')] }),
  'Xen i386 bimodal': elf32({ notes: [...xenNotes, note(9, 'bimodal')] }),
  'Xen i386 PAE and bimodal': elf32({ notes: [...xenNotes, note(9, 'yes,bimodal')] }),
  'Xen i386 without PAE': elf32({ notes: [...xenNotes, note(9, 'yes'), note(9, 'no')] }),
  'Xen i386 with yes and more': elf32({ notes: [...xenNotes, note(9, 'yesss')] }),
  'Xen with another loader': elf({ notes: [note(8, 'special')] }),
  'Xen without a loader': elf({ notes: [note(18, 'abc')] }),
  'Xen notes in sections': elf({ notes: xenNotes, noteHome: 'section' }),
  'Xen without NUL in the name': elf({ notes: [{ owner: ascii('Xen'), type: 5, desc: 'x' }] }),
  'notes of another owner': elf({ notes: [{ owner: 'GNU', type: 5, desc: 'x' }] }),
  'Xen in big-endian': elf({ littleEndian: false, notes: xenNotes }),
  'Xen for arm64': elf({ machine: 183, notes: xenNotes }),
  '__xen_guest x86-64': elf(guest('GUEST_OS=linux,XEN_VER=xen-3.0,LOADER=generic')),
  '__xen_guest i386': elf32(guest('GUEST_OS=linux,XEN_VER=xen-3.0,LOADER=generic')),
  '__xen_guest i386 PAE': elf32(guest('GUEST_OS=linux,PAE=yes[extended-cr3],LOADER=generic')),
  '__xen_guest i386 PAE at the end': elf32(guest('GUEST_OS=linux,LOADER=generic,PAE=yes')),
  '__xen_guest i386 bimodal': elf32(guest('GUEST_OS=linux,PAE=yes,bimodal,LOADER=generic')),
  'Multiboot header': headed(craftMultiboot(3)),
  'Multiboot header at 8180': concat(new Uint8Array(8180), craftMultiboot(3)),
  'Multiboot header at 8184': concat(new Uint8Array(8184), craftMultiboot(3)),
  'Multiboot header, 28 bytes of file': cut(craftMultiboot(3), 28),
  'Multiboot2 header': headed(craftMultiboot2()),
  'Multiboot2 header for MIPS': headed(craftMultiboot2([], 4)),
  'Multiboot2 header at 4': concat(new Uint8Array(4), headed(craftMultiboot2())),
  'PE x86-64': craftPe(),
  'PE ia32': craftPe({ machine: 'ia32' }),
  'PE arm64': craftPe({ machine: 'arm64' }),
  'PE arm': craftPe({ machine: 0x1c2 }),
  'PE ia64': craftPe({ machine: 0x200 }),
  'PE riscv64': craftPe({ machine: 0x5064 }),
  'PE driver': craftPe({ subsystem: 11 }),
  'PE cut in the optional header': cut(craftPe(), 0x80 + 24 + 239),
  'PE cut behind the optional header': cut(craftPe(), 0x80 + 24 + 240),
  'arm64 Image': craftArm64Image(),
  'arm64 Image in gzip': gzipSync(craftArm64Image()),
  'arm zImage': changed(new Uint8Array(64), 36, 0x18, 0x28, 0x6f, 0x01),
  'arm short branch': changed(new Uint8Array(64), 0, 6, 0, 0, 0xea),
  'ELF ia64': elf({ machine: 50 }),
  'ELF mipsel': elf32({ machine: 8 }),
  'ELF mips': elf32({ machine: 8, littleEndian: false }),
  'ELF mips, as GRUB reads it': changed(elf32({ machine: 8, littleEndian: false }), 20, 1, 0, 0, 0),
  'ELF powerpc': elf32({ machine: 20, littleEndian: false }),
  'ELF powerpc, as GRUB reads it': changed(elf32({ machine: 0x1400, littleEndian: false }), 20, 1, 0, 0, 0),
  'ELF sparc64': elf({ machine: 43, littleEndian: false }),
  'ELF sparc64, as GRUB reads it': changed(elf({ machine: 0x2b00, littleEndian: false }), 20, 1, 0, 0, 0),
  'FreeBSD i386': changed(elf32(), 7, 9),
  'FreeBSD x86-64': changed(elf(), 7, 9),
  'FreeBSD module': changed(elf({ type: 1 }), 7, 9),
  'NetBSD i386': elf32({ sections: [{ name: '.note.netbsd.ident', data: new Uint8Array(16) }] }),
  'NetBSD x86-64': elf({ sections: [{ name: '.note.netbsd.ident', data: new Uint8Array(16) }] }),
  hiberfil: concat(ascii('HIBR'), new Uint8Array(100)),
  'boot sector': changed(new Uint8Array(512), 510, 0x55, 0xaa),
  'boot sector of 513 bytes': changed(new Uint8Array(513), 510, 0x55, 0xaa),
  'Mach-O i386': thinMachO(0xfeedface),
  'Mach-O x86-64': thinMachO(0xfeedfacf),
  'Mach-O cut in its commands': thinMachO(0xfeedfacf, 1000),
  'Mach-O fat': fatMachO(7, 0x01000007),
  'Mach-O lzss': concat(ascii('complzss'), new Uint8Array(4), le(100, 4).reverse(), new Uint8Array(64)),
  'XNU hibernation': changed(new Uint8Array(600), 76, 0x65, 0x6d, 0x69, 0x73),
  zeros: new Uint8Array(4096),
  'one byte': new Uint8Array(1),
};

describe('same answers on crafted files', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'zeropage-grub-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  for (const [name, data] of Object.entries(crafted)) {
    test.skipIf(noGrubFile)(noGrubFile ? `${name} (${noGrubFile})` : name, async () => {
      const path = join(directory, name.replaceAll(/\W/g, '-'));
      writeFileSync(path, data);
      expect(weSay(await openAnything(data))).toEqual(grubSays(path));
    });
  }
});

const noXz = noGrubFile ?? missing('xz');

test.skipIf(noXz)(`files packed with xz, and with both${noXz ? ` (${noXz})` : ''}`, async () => {
  const xz = (data: Uint8Array): Uint8Array =>
    Uint8Array.from(execFileSync('xz', ['-c', '--check=crc32'], { input: data }));
  const kernel = craftBzImage();
  for (const data of [xz(kernel), gzipSync(xz(kernel)), xz(gzipSync(kernel)), xz(elf({ notes: xenNotes }))]) {
    const real = withFile(data, grubSays);
    expect(weSay(await openImage(data))).toEqual(real);
  }
});

test('a packed file that was not unpacked is nothing', async () => {
  expect(weSay(await openImage(gzipSync(craftBzImage()), { unpack: false }))).toEqual([]);
});

/** Also files that are no image to us, which grub-file knows something about. */
async function openAnything(data: Uint8Array): Promise<Image> {
  try {
    return await openImage(data);
  } catch {
    const bytes = new Bytes(data);
    return { name: 'crafted', bytes, formats: findFormats(bytes).formats, problems: [] };
  }
}
