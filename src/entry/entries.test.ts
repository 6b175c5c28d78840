import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { craftArm64Image, craftEfiZboot } from '../../test/craft/arm64.js';
import { craftBzImage } from '../../test/craft/bzimage.js';
import { craftElf } from '../../test/craft/elf.js';
import { craftPe } from '../../test/craft/pe.js';
import { misquotes, offered, offerOf } from '../../test/offer.js';
import { corpusTest, linuxIds, output, withFile } from '../../test/outside.js';
import { corpusFile } from '../../tools/corpus/locate.js';
import { fileIds } from '../../tools/corpus/packages.js';
import { kernelElf } from '../image/image.js';
import { openImage } from '../image/open.js';
import { entries, offers } from './entries.js';

test('every entry is in the table once, and answers for every image', async () => {
  const ids = entries.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(existsSync(new URL(`${id}.ts`, import.meta.url)), id).toBe(true);
  expect(offers(await openImage(craftBzImage())).map(({ id }) => id)).toEqual(ids);
});

describe('what the kernels of the corpus were configured with', () => {
  for (const id of linuxIds) {
    corpusTest('configuration', id, [], async ({ data }) => {
      const config = readFileSync(corpusFile(id)!.config!, 'utf8');
      const has = (name: string): boolean => config.includes(`\nCONFIG_${name}=y\n`);
      const value = (name: string): string => new RegExp(`^CONFIG_${name}=(.*)$`, 'm').exec(config)![1]!;
      const image = await openImage(data);
      const offer = (entry: string) => offers(image).find((one) => one.id === entry)!;

      expect(offer('linux16').via).toBe('image');
      expect(offer('linux32').via).toBe('image');
      expect(offer('linux64').offered).toBe(has('X86_64'));
      expect(offer('linux32').facts!.relocatable).toBe(
        has('RELOCATABLE') ? `yes, aligned to ${alignments(value('PHYSICAL_ALIGN'), has('X86_64'))}` : 'no',
      );
      expect(offer('linux32').facts!['preferred load address']).toBe(value('PHYSICAL_START'));
      expect(offer('efi').offered).toBe(has('EFI_STUB'));
      expect(offer('efi').facts!['mixed mode entry'] !== undefined).toBe(has('EFI_MIXED'));
      // The option is younger than the oldest kernels here, whose stub always had that entry.
      const optional = config.includes('CONFIG_EFI_HANDOVER_PROTOCOL');
      expect(offer('efi-handover').offered).toBe(optional ? has('EFI_HANDOVER_PROTOCOL') : has('EFI_STUB'));
      expect(offer('efi-handover').facts!['64-bit entry'] !== 'no').toBe(has('X86_64'));
      expect(offer('efi-handover').facts!['32-bit entry'] !== 'no').toBe(has('EFI_MIXED') || !has('X86_64'));
      expect(offer('pvh').via).toBe(has('PVH') ? 'payload' : null);
      expect(offer('xen-pv').via).toBe(has('XEN_PV') ? 'payload' : null);
      if (!has('X86_64')) expect(offer('linux64').reason).toMatch(/bit 0, XLF_KERNEL_64, is clear/);
      for (const none of ['multiboot', 'multiboot2', 'arm64', 'arm64-efi']) {
        expect(offer(none)).toMatchObject({ offered: false, via: null });
      }
    });
  }

  corpusTest('configuration', 'debian-13-cloud-arm64', [], async ({ data }) => {
    expect(await offered(data)).toEqual(['arm64', 'arm64-efi']);
  });

  test('the dom0 claim of 6.12 follows CONFIG_XEN_DOM0', async ({ skip }) => {
    for (const [id, claim] of [
      ['debian-13-amd64', 'yes'],
      ['debian-13-cloud-amd64', 'no: SUPPORTED_FEATURES lacks dom0'],
    ] as const) {
      const file = corpusFile(id);
      if (!file) return skip(`${id} is not in the corpus`);
      expect((await offerOf(readFileSync(file.path), 'xen-pv')).facts!['as dom0']).toBe(claim);
    }
  });
});

/** kernel_alignment is CONFIG_PHYSICAL_ALIGN, min_alignment 2 MiB on x86-64 and 8 KiB (two pages) else. */
function alignments(preferred: string, wide: boolean): string {
  const least = wide ? '0x200000' : '0x2000';
  return preferred === least ? preferred : `${preferred} if possible, else to ${least}`;
}

describe('addresses as other programs have them', () => {
  for (const id of linuxIds) {
    corpusTest('entry of the unpacked ELF file', id, ['readelf'], async ({ data }) => {
      const kernel = kernelElf(await openImage(data))!.bytes.data;
      const said = withFile(kernel, (path) => output('readelf', '-hW', path));
      const entry = BigInt(/Entry point address: +(0x[0-9a-f]+)/.exec(said)![1]!);
      const id64 = said.includes('ELF64') ? 'linux64' : 'linux32';
      expect(await offerOf(kernel, id64)).toMatchObject({ offered: true, via: 'image', address: entry });
      expect((await offerOf(kernel, 'pvh')).via).toBe('image');
    });
  }
  for (const id of linuxIds.filter((one) => one.endsWith('amd64'))) {
    corpusTest('PE entry point', id, ['objdump'], async ({ data, path }) => {
      const said = output('objdump', '-p', path);
      const entry = BigInt(`0x${/AddressOfEntryPoint\s+([0-9a-f]+)/.exec(said)![1]}`);
      expect((await offerOf(data, 'efi', { unpack: false })).address).toBe(entry);
      expect(said).toMatch(/Subsystem\s+0000000a/);
    });
  }
});

describe('every quoted byte stands in the file where the evidence says', () => {
  for (const id of fileIds()) {
    corpusTest('evidence', id, [], async ({ data }) => {
      expect(await misquotes(data)).toEqual([]);
    });
  }
});

describe('other images of the corpus', () => {
  corpusTest('entries', 'xen', [], async ({ data }) => {
    expect(await offered(data)).toEqual(['multiboot', 'multiboot2']);
    expect(await offerOf(data, 'multiboot')).toMatchObject({ via: 'payload', address: 0x200000n });
  });
  corpusTest('entries', 'xen-efi', [], async ({ data }) => {
    expect(await offered(data)).toEqual(['efi']);
  });
  corpusTest('entries', 'grub-xen-x86_64', [], async ({ data }) => {
    expect(await offered(data)).toEqual(['xen-pv']);
  });
  corpusTest('entries', 'grub-xen-i386', [], async ({ data }) => {
    expect(await offered(data)).toEqual(['xen-pv']);
    expect((await offerOf(data, 'xen-pv')).facts!['PAE mode']).toBe('extended-cr3');
  });
  corpusTest('entries', 'grub-xen-i386-pvh', [], async ({ data }) => {
    expect(await offered(data)).toEqual(['pvh']);
    expect(await offerOf(data, 'pvh')).toMatchObject({ via: 'image', address: 0x100000n });
  });
  corpusTest('entries', 'memtest86+x64', [], async ({ data }) => {
    expect(await offered(data)).toEqual(['linux16', 'linux32', 'linux64', 'efi-handover']);
  });
});

describe('layers', () => {
  const pvhKernel = craftElf({
    segments: [{ vaddr: 0x1000000, data: new Uint8Array(0x100) }],
    notes: [{ owner: 'Xen', type: 18, desc: 0x1000010 }],
  });
  const packed = craftBzImage({ payload: gzipSync(pvhKernel), xloadflags: [] });

  test('an entry of the payload names those who can use it', async () => {
    const offer = await offerOf(packed, 'pvh');
    expect(offer).toMatchObject({ offered: true, via: 'payload', address: 0x1000010n });
    expect(offer.reason).toMatch(/Only loaders that unpack the payload of the bzImage can use it: Xen's/);
    expect(offer.evidence.every(({ layer }) => layer === 'payload')).toBe(true);
  });

  test('the same entry of the file itself comes first', async () => {
    expect(await offerOf(pvhKernel, 'pvh')).toMatchObject({ offered: true, via: 'image' });
  });

  test('what could be in a payload that was not unpacked is not known', async () => {
    const offer = await offerOf(packed, 'pvh', { unpack: false });
    expect(offer).toMatchObject({ offered: false, via: null });
    expect(offer.reason).toContain('not known: the payload was not unpacked (unpacking was not asked for)');
    expect((await offerOf(packed, 'linux64', { unpack: false })).reason).toContain('not known');
    // A payload is an ELF file, whatever it holds.
    expect((await offerOf(packed, 'arm64', { unpack: false })).reason).not.toContain('not known');
    expect((await offerOf(packed, 'efi', { unpack: false })).reason).not.toContain('not known');
  });

  test('so is what a damaged payload holds, with the reason', async () => {
    const damaged = craftBzImage({ payload: Uint8Array.of(...gzipSync(pvhKernel).subarray(0, 40)) });
    expect((await offerOf(damaged, 'pvh')).reason).toMatch(
      /not known: the payload was not unpacked \(cannot be/,
    );
  });

  test('of a wrapper without a format of its own only the content counts', async () => {
    const offer = await offerOf(gzipSync(pvhKernel), 'xen-pv');
    expect(offer.reason).toMatch(/^Xen's libelf refuses it/);
    expect((await offerOf(gzipSync(pvhKernel), 'pvh')).reason).toContain('GRUB and kexec-tools do');
  });

  test('reasons that are the same for several layers are given once', async () => {
    expect((await offerOf(packed, 'multiboot')).reason).toMatch(
      /^The file itself and the payload of the bzImage: The first 8192 bytes/,
    );
  });

  test('all wrappers on the way are named', async () => {
    const { reason } = await offerOf(gzipSync(packed), 'pvh');
    expect(reason).toMatch(/unpack the gzip file .* unpack the payload of the bzImage/);
  });

  test('a unified kernel image is an EFI application around a kernel', async () => {
    const uki = craftPe({ sections: [{ name: '.linux', data: packed }] });
    expect(await offerOf(uki, 'efi')).toMatchObject({ via: 'image' });
    expect(await offerOf(uki, 'linux32')).toMatchObject({ via: 'payload' });
    expect((await offerOf(uki, 'linux32')).reason).toContain('.linux section');
  });

  test('an EFI zboot image holds an arm64 Image', async () => {
    const zboot = craftEfiZboot(gzipSync(craftArm64Image()));
    expect(await offered(zboot)).toEqual(['arm64', 'arm64-efi']);
    expect((await offerOf(zboot, 'arm64')).reason).toContain('QEMU and kexec-tools do');
    expect((await offerOf(zboot, 'arm64', { unpack: false })).reason).toContain('not known');
  });
});
