/** The three EFI entries, on crafted images. */
import { describe, expect, test } from 'vitest';
import { craftBzImage } from '../../test/craft/bzimage.js';
import { craftCompat, craftPe } from '../../test/craft/pe.js';
import { offerOf } from '../../test/offer.js';

describe('efi and arm64-efi', () => {
  test.each([
    ['x86-64', 'efi', 'arm64-efi'],
    ['ia32', 'efi', 'arm64-efi'],
    ['arm64', 'arm64-efi', 'efi'],
  ] as const)('%s is %s and not %s', async (machine, id, other) => {
    const image = craftPe({ machine, entry: 0x1234 });
    expect(await offerOf(image, id)).toMatchObject({ offered: true, address: 0x1234n, addressKind: 'RVA' });
    const refused = await offerOf(image, other);
    expect(refused.offered).toBe(false);
    expect(refused.reason).toContain(`see ${id}`);
  });

  test.each([11, 12, 3])('subsystem %i is none', async (subsystem) => {
    const offer = await offerOf(craftPe({ subsystem }), 'efi');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toContain(`PE subsystem ${subsystem} is not 10`);
    expect(offer.evidence.at(-1)!.bytes).toBe(`0${subsystem.toString(16)} 00`);
  });

  test('an unknown machine is none', async () => {
    const offer = await offerOf(craftPe({ machine: 0x5064 }), 'efi');
    expect(offer.reason).toBe('The PE image is for unknown (COFF machine 0x5064), not x86-64 or ia32.');
  });

  test('no entry point is none', async () => {
    expect((await offerOf(craftPe({ entry: 0 }), 'efi')).reason).toContain('AddressOfEntryPoint is 0');
  });

  test('a bzImage without EFI stub has no PE header', async () => {
    const offer = await offerOf(craftBzImage(), 'efi');
    expect(offer.reason).toContain('no PE header');
    expect(offer.evidence[0]).toMatchObject({ offset: 0, bytes: '00 00' });
  });

  test('.compat holds the entry for firmware of another width', async () => {
    const compat = craftCompat([{ machine: 0x14c, entry: 0x5678 }]);
    const offer = await offerOf(craftPe({ sections: [{ name: '.compat', data: compat }] }), 'efi');
    expect(offer.facts!['mixed mode entry']).toBe('RVA 0x5678 for COFF machine 0x14c');
    expect(offer.evidence.at(-1)!.bytes).toBe('01 08 4c 01 78 56 00 00');
  });

  test.each([
    [0, 'not stated'],
    [1, 'LINUX_EFI_INITRD_MEDIA_GUID (LoadFile2)'],
    [3, 'LINUX_EFI_INITRD_MEDIA_GUID (LoadFile2), initrd= on any volume'],
  ])('image version %i of a Linux stub', async (majorImageVersion, words) => {
    const image = craftPe({ linuxMagic: true, raw: { majorImageVersion } });
    expect((await offerOf(image, 'efi')).facts!.initrd).toBe(`EFI stub ${majorImageVersion}.0: ${words}`);
  });
});

describe('efi-handover', () => {
  const kernel = (bits: ('XLF_EFI_HANDOVER_32' | 'XLF_EFI_HANDOVER_64')[], offset = 0x190) =>
    craftBzImage({ xloadflags: bits, header: { handover_offset: offset } });
  const start = 5 * 512;

  test('both: the 64-bit entry is 0x200 further', async () => {
    const offer = await offerOf(kernel(['XLF_EFI_HANDOVER_32', 'XLF_EFI_HANDOVER_64']), 'efi-handover');
    expect(offer).toMatchObject({ offered: true, addressKind: 'file offset' });
    expect(offer.address).toBe(BigInt(start + 0x390));
    expect(offer.facts).toMatchObject({
      '32-bit entry': 'protected-mode code + 0x190',
      '64-bit entry': 'protected-mode code + 0x390',
    });
    expect(offer.evidence.map(({ offset }) => offset)).toEqual([
      0x206,
      0x264,
      0x236,
      start + 0x190,
      start + 0x390,
    ]);
  });

  test('one of them', async () => {
    const only32 = await offerOf(kernel(['XLF_EFI_HANDOVER_32']), 'efi-handover');
    expect(only32).toMatchObject({ address: BigInt(start + 0x190), facts: { '64-bit entry': 'no' } });
    const only64 = await offerOf(kernel(['XLF_EFI_HANDOVER_64']), 'efi-handover');
    expect(only64).toMatchObject({ address: BigInt(start + 0x390), facts: { '32-bit entry': 'no' } });
  });

  test('bits without an offset, an offset without bits', async () => {
    expect((await offerOf(kernel(['XLF_EFI_HANDOVER_64'], 0), 'efi-handover')).reason).toMatch(
      /handover_offset is 0: the kernel was built without/,
    );
    const offer = await offerOf(kernel([]), 'efi-handover');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toContain('xloadflags is 0x0');
  });

  test('2.11 has the offset alone, 2.10 nothing', async () => {
    const first = craftBzImage({ version: 0x020b, header: { handover_offset: 0x10 } });
    const offer = await offerOf(first, 'efi-handover');
    expect(offer.offered).toBe(true);
    expect(offer.reason).toContain('does not say for which firmware');
    expect((await offerOf(craftBzImage({ version: 0x020a }), 'efi-handover')).reason).toContain('since 2.11');
  });

  test('only bzImages have it', async () => {
    expect((await offerOf(craftPe(), 'efi-handover')).reason).toBe('The file is not a bzImage.');
  });
});
