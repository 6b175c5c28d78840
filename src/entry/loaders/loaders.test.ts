import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packedKernel, pvhKernel } from '../../../test/cli/crafted.js';
import { craftArm64Image } from '../../../test/craft/arm64.js';
import { craftBzImage } from '../../../test/craft/bzimage.js';
import { craftElf } from '../../../test/craft/elf.js';
import { craftMultiboot, craftMultiboot2 } from '../../../test/craft/multiboot.js';
import { craftPe } from '../../../test/craft/pe.js';
import { ascii, concat, type Overrides } from '../../../test/craft/write.js';
import { corpusTest, withFile } from '../../../test/outside.js';
import { missing } from '../../../tools/check/missing.js';
import { disputed } from '../../../tools/oracle/multiboot/disputed.js';
import { Bytes } from '../../core/bytes.js';
import type { Image } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import { entries } from '../entries.js';
import { loaderAnswers, loaders } from './loaders.js';

/** What each loader does, in a word: the entry it takes, or the verdict. */
async function answers(data: Uint8Array): Promise<Record<string, string>> {
  const image = await openImage(data);
  return Object.fromEntries(
    loaderAnswers(image).map(({ way, decision }) => [
      way.id,
      decision.verdict === 'takes' ? decision.entry : decision.verdict,
    ]),
  );
}

const code = new Uint8Array(0x1000).fill(0xf4);
const load = { vaddr: 0x1000000, data: code, align: 0x200000 };
const note = [{ owner: 'Xen', type: 18, desc: 0x1000000 }];
const multibootElf = (width: 32 | 64, flags = 0, values = {}): Uint8Array => {
  const data = code.slice();
  data.set(craftMultiboot(flags, values), 0);
  return craftElf({ class: width, entry: 0x1000000, segments: [{ vaddr: 0x1000000, data }] });
};

test('ids are unique, every rule has a source, and the last one decides about anything', () => {
  const ids = loaders.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { rules } of loaders) for (const { source } of rules) expect(source).toMatch(/\w+ .*[/§]/);
  const nothing: Image = { name: 'nothing', bytes: new Bytes(new Uint8Array(0)), formats: {}, problems: [] };
  const verdicts = loaderAnswers(nothing).map(({ decision }) => decision.verdict);
  expect(verdicts.filter((verdict) => verdict === 'takes')).toEqual([]);
});

describe('corpus', () => {
  corpusTest('a bzImage', 'debian-13-cloud-amd64', [], async ({ data }) => {
    expect(await answers(data)).toMatchObject({
      'qemu-seabios': 'linux16',
      'qemu-ovmf': 'efi',
      firecracker: 'refuses',
      'cloud-hypervisor': 'linux32',
      crosvm: 'linux64',
      kexec: 'linux64',
      'kexec-file': 'linux64',
      'grub-linux': 'linux32',
      'grub-linux16': 'linux16',
      'grub-multiboot': 'refuses',
      'grub-efi': 'efi',
      // Its payload is packed with zstd, which GRUB's file filters do not know.
      'grub-xen-pv': 'refuses',
      'systemd-boot': 'efi',
      'u-boot-zboot': 'linux32',
      'xen-domu-pv': 'xen-pv',
      'xen-domu-pvh': 'pvh',
      // CONFIG_XEN_DOM0 is not set, and its SUPPORTED_FEATURES say so.
      'xen-dom0-pv': 'refuses',
      'xen-dom0-pvh': 'pvh',
    });
  });
  corpusTest('one that can be a dom0', 'debian-13-amd64', [], async ({ data }) => {
    expect(await answers(data)).toMatchObject({ 'xen-dom0-pv': 'xen-pv', 'xen-dom0-pvh': 'pvh' });
  });
  corpusTest('a kernel that lost its PV entry', 'debian-11-686-pae', [], async ({ data }) => {
    expect(await answers(data)).toMatchObject({
      'xen-domu-pv': 'refuses',
      'xen-domu-pvh': 'pvh',
      'kexec-file': 'refuses',
      kexec: 'linux32',
      crosvm: 'linux32',
    });
  });
  corpusTest('an arm64 Image', 'debian-13-cloud-arm64', [], async ({ data }) => {
    expect(await answers(data)).toMatchObject({
      'u-boot-booti': 'arm64',
      'systemd-boot': 'arm64-efi',
      'grub-linux': 'refuses',
    });
  });
  corpusTest('Xen itself, which GRUB unpacks', 'xen', [], async ({ data }) => {
    expect(await answers(data)).toMatchObject({
      'grub-multiboot': 'multiboot',
      'grub-multiboot2': 'multiboot2',
      kexec: 'multiboot2',
      'xen-dom0-pv': 'refuses',
    });
  });
});

describe('crafted files', () => {
  test.each<[string, Uint8Array, Record<string, string>]>([
    [
      'a vmlinux with a PVH note',
      craftElf({ entry: 0x1000000, segments: [load], notes: note }),
      {
        'qemu-seabios': 'pvh',
        firecracker: 'pvh',
        'firecracker-1.11': 'linux64',
        'cloud-hypervisor': 'pvh',
        crosvm: 'linux64',
      },
    ],
    [
      'one without',
      craftElf({ entry: 0x1000000, segments: [load] }),
      { 'qemu-seabios': 'refuses', firecracker: 'linux64', 'cloud-hypervisor': 'refuses' },
    ],
    [
      'one that is not aligned to 2 MiB',
      pvhKernel(),
      { 'qemu-seabios': 'pvh', firecracker: 'refuses', 'cloud-hypervisor': 'refuses', 'xen-domu-pvh': 'pvh' },
    ],
    [
      'a note of type 18 that is not of Xen',
      craftElf({ entry: 0x1000000, segments: [load], notes: [{ ...note[0]!, owner: 'stapsdt' }] }),
      { 'qemu-seabios': 'mistakes', firecracker: 'linux64' },
    ],
    [
      'an ELF32 with a PVH note',
      craftElf({ class: 32, entry: 0x1000000, segments: [load], notes: note }),
      { 'qemu-seabios': 'pvh', firecracker: 'refuses', 'cloud-hypervisor': 'refuses', 'xen-domu-pvh': 'pvh' },
    ],
    [
      'a Multiboot ELF32',
      multibootElf(32),
      { 'qemu-seabios': 'multiboot', 'grub-multiboot': 'multiboot', kexec: 'multiboot' },
    ],
    [
      'a Multiboot ELF64 without address fields',
      multibootElf(64),
      { 'qemu-seabios': 'refuses', 'grub-multiboot': 'multiboot' },
    ],
    [
      'a zImage',
      craftBzImage({ loadflags: [] }),
      {
        'qemu-seabios': 'linux16',
        'grub-linux': 'refuses',
        'grub-linux16': 'linux16',
        'kexec-file': 'refuses',
        'cloud-hypervisor': 'refuses',
      },
    ],
    [
      'a bzImage without a 64-bit entry',
      craftBzImage({ xloadflags: [], tail: code }),
      { crosvm: 'linux32', kexec: 'linux32', 'kexec-file': 'refuses' },
    ],
    [
      'a packed bzImage',
      new Uint8Array(gzipSync(packedKernel())),
      { 'grub-linux': 'linux32', kexec: 'linux64', 'kexec-file': 'refuses', 'grub-efi': 'linux32' },
    ],
    [
      'a bzImage whose protected-mode part is no code to enter, as that of iPXE',
      craftBzImage({ xloadflags: [], header: { code32_start: 0 }, tail: code }),
      {
        'qemu-seabios': 'linux16',
        'grub-linux16': 'linux16',
        'cloud-hypervisor': 'refuses',
        'grub-linux': 'mistakes',
        'u-boot-zboot': 'mistakes',
        crosvm: 'mistakes',
        kexec: 'mistakes',
      },
    ],
    [
      'a bzImage cut short',
      packedKernel().slice(0, -64),
      { crosvm: 'refuses', 'cloud-hypervisor': 'linux32', 'qemu-seabios': 'linux16' },
    ],
    [
      'a Multiboot2 ELF64, which kexec takes for that first',
      craftElf({
        entry: 0x1000000,
        segments: [{ vaddr: 0x1000000, data: concat(craftMultiboot2([]), code) }],
      }),
      { kexec: 'multiboot2', 'grub-multiboot2': 'multiboot2' },
    ],
    [
      'address fields with a load address that is not aligned: kexec goes on to its next file type',
      multibootElf(32, 0x10000, {
        header_addr: 0x1000010,
        load_addr: 0x1000010,
        load_end_addr: 0x1000100,
        bss_end_addr: 0x1000100,
        entry_addr: 0x1000040,
      }),
      { kexec: 'linux32', crosvm: 'multiboot', 'grub-multiboot': 'multiboot' },
    ],
    [
      'address fields without ends: for kexec these are too small',
      multibootElf(32, 0x10000, { header_addr: 0x1000000, load_addr: 0x1000000, entry_addr: 0x1000040 }),
      { kexec: 'linux32', crosvm: 'multiboot', 'qemu-seabios': 'multiboot' },
    ],
    [
      'flags that Multiboot does not have, none of them a requirement',
      multibootElf(32, 0x100000),
      { crosvm: 'refuses', kexec: 'multiboot', 'grub-multiboot': 'multiboot' },
    ],
    [
      'an ELF file for below 2 MiB',
      craftElf({ entry: 0x100000, segments: [{ vaddr: 0x100000, data: code, align: 0x200000 }] }),
      { crosvm: 'refuses', firecracker: 'linux64' },
    ],
    [
      'an ELF file for RISC-V',
      craftElf({ machine: 243, entry: 0x1000000, segments: [load] }),
      { crosvm: 'mistakes', firecracker: 'mistakes', kexec: 'refuses', 'qemu-seabios': 'refuses' },
    ],
    [
      'program headers of a size of their own, which QEMU alone does not look at',
      craftElf({ entry: 0x1000000, segments: [load], notes: note, raw: { e_phentsize: 64 } }),
      { 'qemu-seabios': 'unknown' },
    ],
    [
      'a segment that is larger in the file than in memory: QEMU 7.2 never ends',
      craftElf({ entry: 0x1000000, segments: [{ ...load, memSize: 0x10 }], notes: note }),
      { 'qemu-seabios': 'mistakes' },
    ],
    [
      'a virtual e_entry',
      craftElf({
        entry: 0xffffffff81000000n,
        segments: [{ ...load, vaddr: 0xffffffff81000000n, paddr: 0x1000000 }],
      }),
      { crosvm: 'refuses' },
    ],
    [
      'a bzImage whose EFI stub does not ask for its initrd: GRUB enters it without',
      craftBzImage({ pe: { raw: { majorImageVersion: 0 } } }),
      { 'grub-efi': 'linux32', 'grub-chainloader': 'efi', 'systemd-boot': 'efi' },
    ],
    ['one that does', craftBzImage({ pe: { raw: { majorImageVersion: 1 } } }), { 'grub-efi': 'efi' }],
    [
      'the same, packed: GRUB unpacks it first',
      new Uint8Array(gzipSync(craftBzImage({ pe: { raw: { majorImageVersion: 1 } } }))),
      { 'grub-efi': 'efi', 'grub-chainloader': 'refuses' },
    ],
    [
      'a unified kernel image',
      craftPe({
        sections: [
          { name: '.osrel', data: ascii('ID=x\n') },
          { name: '.linux', data: packedKernel() },
        ],
      }),
      { kexec: 'linux64', 'kexec-file': 'refuses', 'systemd-boot': 'efi', 'grub-linux': 'refuses' },
    ],
    [
      'one whose kernel has no 64-bit entry',
      craftPe({
        sections: [
          { name: '.osrel', data: ascii('ID=x\n') },
          { name: '.linux', data: craftBzImage({ xloadflags: [] }) },
        ],
      }),
      { kexec: 'linux32' },
    ],
    [
      'a packed arm64 Image',
      new Uint8Array(gzipSync(craftArm64Image())),
      { 'u-boot-booti': 'arm64', 'grub-efi': 'refuses' },
    ],
  ])('%s', async (_what, data, expected) => {
    expect(await answers(data)).toMatchObject(expected);
  });
});

/** What QEMU and GRUB said of Multiboot kernels (tools/oracle/multiboot/record-disputed.ts). */
const recorded: Readonly<Record<'qemu' | 'grub', Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(new URL('../../../tools/oracle/multiboot/disputed.json', import.meta.url), 'utf8'),
);

describe('all rules of a way together refuse the Multiboot kernels that the loader refused, and no others', () => {
  test.each([
    ...Object.entries(recorded.qemu).map(([name, answer]) => ['qemu-seabios', name, answer] as const),
    ...Object.entries(recorded.grub).map(
      ([name, answer]) =>
        [`grub-multiboot${disputed[name]!.version === 2 ? '2' : ''}`, name, answer] as const,
    ),
  ])('%s: %s', async (way, name, answer) => {
    const verdict = (await answers(disputed[name]!.file))[way]!;
    const refused = !['takes', 'silent', 'dies'].includes(answer);
    // What is mistaken shows when it boots; GRUB was asked to load.
    if (verdict === 'mistakes') return expect(way.startsWith('grub') || !refused).toBe(true);
    expect({ verdict, refused: verdict === 'refuses' }).toEqual({ verdict, refused });
  });
});

const odd = (raw: Overrides): Uint8Array =>
  craftElf({ entry: 0x1000000, segments: [load], notes: note, raw });
const noQemu = missing('qemu-system-x86_64');
describe.skipIf(noQemu)(`QEMU does what its rules say${noQemu ? ` (${noQemu})` : ''}`, () => {
  const fields = { header_addr: 0x1000000, load_addr: 0x1000000, entry_addr: 0x1000040 };
  test.each<[string, Uint8Array]>([
    ['a bzImage', packedKernel()],
    ['a bzImage that ends in its setup code', craftBzImage({}).slice(0, 0x600)],
    ['an ELF64 with a PVH note', pvhKernel()],
    ['an ELF32 with a PVH note', craftElf({ class: 32, entry: 0x1000000, segments: [load], notes: note })],
    ['an ELF file without one', craftElf({ entry: 0x1000000, segments: [load] })],
    [
      'an ELF file whose note is in a section only',
      craftElf({ entry: 0x1000000, segments: [load], notes: note, noteHome: 'section' }),
    ],
    [
      'an ELF file for another machine',
      craftElf({ machine: 183, entry: 0x1000000, segments: [load], notes: note }),
    ],
    [
      'an ELF file with strange e_flags',
      craftElf({ entry: 0x1000000, segments: [load], notes: note, raw: { e_flags: 4 } }),
    ],
    ['an ELF file whose program headers lie behind its end', odd({ e_phoff: 0x100000n })],
    ['one without program headers', odd({ e_phnum: 0 })],
    ['one of another version', odd({ e_version: 2 })],
    ['a relocatable one', craftElf({ type: 1, entry: 0x1000000, segments: [load], notes: note })],
    ['a core file', craftElf({ type: 4, entry: 0x1000000, segments: [load], notes: note })],
    ['a shared one', craftElf({ type: 3, entry: 0x1000000, segments: [load], notes: note })],
    [
      'a segment that ends behind the file',
      craftElf({ entry: 0x1000000, segments: [{ ...load, raw: { p_filesz: 0x100000n } }], notes: note }),
    ],
    [
      'a big-endian ELF file',
      craftElf({ littleEndian: false, entry: 0x1000000, segments: [load], notes: note }),
    ],
    [
      'a note of 8 bytes',
      craftElf({ entry: 0x1000000, segments: [load], notes: [{ ...note[0]!, desc: 0x1000000n }] }),
    ],
    [
      'an ELF file cut in its program headers',
      craftElf({ entry: 0x1000000, segments: [load], notes: note }).slice(0, 0x60),
    ],
    ['a Multiboot ELF32', multibootElf(32)],
    ['a Multiboot ELF64', multibootElf(64)],
    ['a Multiboot ELF64 with address fields', multibootElf(64, 0x10000, fields)],
    ['address fields that make no sense', multibootElf(32, 0x10000, { ...fields, load_addr: 0x2000000 })],
    ['a load end below the load address', multibootElf(32, 0x10000, { ...fields, load_end_addr: 0x1000 })],
  ])('%s', async (_what, data) => {
    const image = await openImage(data);
    const { decision } = loaderAnswers(image).find(({ way }) => way.id === 'qemu-seabios')!;
    const { status, stderr } = withFile(data, (path) =>
      spawnSync(
        'qemu-system-x86_64',
        ['-S', '-display', 'none', '-nodefaults', '-monitor', 'stdio', '-kernel', path],
        {
          input: 'quit\n',
          encoding: 'utf8',
        },
      ),
    );
    expect({ decision, refused: status !== 0, stderr }).toMatchObject({
      refused: decision.verdict === 'refuses',
    });
    const said = /^"([^"]+)"/.exec(decision.reason)?.[1];
    if (said) expect(stderr).toContain(said.replace(/\.$/, ''));
  });
});

test('entries that loaders take are entries there are', async () => {
  const ids = entries.map(({ id }) => id as string);
  const taken = Object.values(await answers(packedKernel()));
  expect(
    taken.filter((word) => !['refuses', 'mistakes', 'unknown'].includes(word) && !ids.includes(word)),
  ).toEqual([]);
});
