/** The three Linux/x86 protocols, on crafted kernels: what each header field makes them offer. */
import { describe, expect, test } from 'vitest';
import { craftBzImage } from '../../test/craft/bzimage.js';
import { type CraftElf, craftElf } from '../../test/craft/elf.js';
import { craftMultiboot } from '../../test/craft/multiboot.js';
import { ascii, concat } from '../../test/craft/write.js';
import { offered, offerOf } from '../../test/offer.js';
import { segmentType } from '../abi/elf.js';
import { openImage } from '../image/open.js';
import { isLinux } from './linux.js';

describe('linux16', () => {
  test.each([
    [0x0200, []],
    [0x0201, ['LOADED_HIGH']],
    [0x0204, ['LOADED_HIGH']],
    [0x020f, ['LOADED_HIGH']],
  ] as const)('protocol %i with loadflags %j', async (version, loadflags) => {
    const offer = await offerOf(craftBzImage({ version, loadflags }), 'linux16');
    expect(offer).toMatchObject({ offered: true, via: 'image', address: 0x200n });
    const kind = loadflags.length > 0 ? 'A bzImage' : 'A zImage';
    expect(offer.reason).toMatch(new RegExp(`^${kind}`));
    expect(offer.facts!['protected-mode code']).toMatch(loadflags.length > 0 ? /0x100000$/ : /0x10000$/);
  });

  test('a kernel older than 2.00 has a boot sector and a size only', async () => {
    const offer = await offerOf(craftBzImage({ version: 0, loadflags: [] }), 'linux16');
    expect(offer).toMatchObject({ offered: true, via: 'image' });
    expect(offer.reason).toContain('older than 2.00');
    expect(offer.evidence.map(({ offset }) => offset)).toEqual([0x1fe, 0x1f4]);
  });

  test('not when the setup code is cut off', async () => {
    const offer = await offerOf(craftBzImage({ setupSects: 64 }).subarray(0, 0x400), 'linux16');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toMatch(/setup code of 0x8200 bytes is not all in the file/);
  });

  test('a wrong boot_flag is said, as GRUB and kexec refuse it', async () => {
    const offer = await offerOf(craftBzImage({ header: { boot_flag: 0 } }), 'linux16');
    expect(offer.offered).toBe(true);
    expect(offer.facts!.boot_flag).toContain('not 0xaa55');
  });

  test('no magic: quotes what stands there', async () => {
    const offer = await offerOf(craftElf({ segments: [{ data: new Uint8Array(0x400) }] }), 'linux16');
    expect(offer.offered).toBe(false);
    expect(offer.evidence).toMatchObject([{ offset: 0x202, bytes: '00 00 00 00' }]);
  });
});

describe('linux32', () => {
  test('code32_start is the address', async () => {
    const offer = await offerOf(craftBzImage({ header: { code32_start: 0x1400000 } }), 'linux32');
    expect(offer).toMatchObject({ offered: true, address: 0x1400000n, addressKind: 'physical' });
  });

  test('from protocol 2.02 on, and GRUB from 2.03', async () => {
    expect((await offerOf(craftBzImage({ version: 0x0201 }), 'linux32')).reason).toMatch(/before 2\.02/);
    expect((await offerOf(craftBzImage({ version: 0x0202 }), 'linux32')).facts!.loaders).toContain('2.03');
    expect((await offerOf(craftBzImage({ version: 0x0203 }), 'linux32')).facts!.loaders).toBeUndefined();
  });

  test('not in a zImage', async () => {
    const offer = await offerOf(craftBzImage({ version: 0x0204, loadflags: [] }), 'linux32');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toMatch(/loadflags 0x0, bit 0 clear/);
    expect(offer.evidence.at(-1)).toMatchObject({ offset: 0x211, bytes: '00' });
  });

  test('says where it may be loaded, as far as the version does', async () => {
    const relocatable = await offerOf(craftBzImage({ header: { kernel_alignment: 0x1000000 } }), 'linux32');
    expect(relocatable.facts!.relocatable).toBe('yes, aligned to 0x1000000 if possible, else to 0x200000');
    const fixed = await offerOf(craftBzImage({ header: { relocatable_kernel: 0 } }), 'linux32');
    expect(fixed.facts!.relocatable).toBe('no');
    const old = await offerOf(craftBzImage({ version: 0x0204 }), 'linux32');
    expect(old.facts!.relocatable).toBeUndefined();
  });
});

describe('linux64', () => {
  test('startup_64 stands 0x200 behind startup_32', async () => {
    const code = concat(new Uint8Array(0x200), ascii('startup_64 here.'));
    const offer = await offerOf(craftBzImage({ code }), 'linux64');
    expect(offer).toMatchObject({ offered: true, address: 0x100200n, addressKind: 'physical' });
    expect(offer.evidence.at(-1)).toMatchObject({
      offset: 5 * 512 + 0x200,
      bytes: Buffer.from('startup_64 here.').toString('hex').replace(/../g, '$& ').trim(),
    });
    expect(offer.facts!['entry if loaded where preferred']).toBe('0x1000200');
  });

  test('not with bit 0 of xloadflags clear: quotes them', async () => {
    const offer = await offerOf(craftBzImage({ xloadflags: ['XLF_EFI_HANDOVER_32'] }), 'linux64');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toContain('xloadflags is 0x4: bit 0, XLF_KERNEL_64, is clear');
    expect(offer.evidence).toMatchObject([{ offset: 0x236, bytes: '04 00' }]);
  });

  test('not before protocol 2.12, whatever stands where xloadflags would', async () => {
    const offer = await offerOf(craftBzImage({ version: 0x020b, header: { xloadflags: 1 } }), 'linux64');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toContain('since 2.12');
  });
});

describe('Linux as ELF file', () => {
  const kernel = (options: CraftElf = {}): Uint8Array =>
    craftElf({
      entry: 0x1000010,
      segments: [{ vaddr: 0xffffffff81000000n, paddr: 0x1000000, data: new Uint8Array(0x100) }],
      notes: [{ owner: 'Linux', type: 0x100, desc: '6.12' }],
      ...options,
    });
  const loaded = (text: string) => [{ vaddr: 0x1000000, data: ascii(text) }];

  test('x86-64 is linux64 and not linux32', async () => {
    expect(await offerOf(kernel(), 'linux64')).toMatchObject({ offered: true, address: 0x1000010n });
    expect((await offerOf(kernel(), 'linux32')).reason).toContain('entered in 64-bit mode');
  });

  test('i386 is linux32 and not linux64', async () => {
    const elf = kernel({ class: 32, segments: loaded('x'.repeat(64)) });
    expect(await offerOf(elf, 'linux32')).toMatchObject({ offered: true, address: 0x1000010n });
    expect((await offerOf(elf, 'linux64')).offered).toBe(false);
  });

  test('a virtual entry point is moved to its physical address', async () => {
    const elf = kernel({ entry: 0xffffffff81000020n });
    expect((await offerOf(elf, 'linux64')).address).toBe(0x1000020n);
  });

  test('not with the entry point outside all segments', async () => {
    expect((await offerOf(kernel({ entry: 0x10 }), 'linux64')).reason).toContain('No segment holds');
  });

  test.each([
    ["Xen's GUEST_OS", { notes: [{ owner: 'Xen', type: 6, desc: 'linux' }] }, true],
    ['another GUEST_OS', { notes: [{ owner: 'Xen', type: 6, desc: 'FreeBSD' }] }, false],
    ['module parameters', { notes: [], sections: [{ name: '__param', addr: 0x1000000 }] }, true],
    ['exported symbols', { notes: [], sections: [{ name: '__ksymtab', addr: 0x1000000 }] }, true],
    ['a section that is not loaded', { notes: [], sections: [{ name: '__param' }] }, false],
    ['the banner alone', { notes: [], segments: loaded('....Linux version 2.6.32 (gcc)\n....') }, false],
    ['a format string', { notes: [], segments: loaded('....Linux version %s (%s)\n.........') }, false],
    ['nothing', { notes: [], segments: loaded('x'.repeat(64)) }, false],
    ['a note of the vDSO', { notes: [{ owner: 'Linux', type: 0, desc: 0x060c00 }] }, false],
    ['a module', { type: 1 }, false],
    ['a shared object', { type: 3 }, false],
  ] satisfies [string, CraftElf, boolean][])('is recognised, or not, by %s', async (_, options, expected) => {
    const offer = await offerOf(kernel(options), 'linux64');
    expect(offer.offered).toBe(expected);
    if (!expected) expect(offer.reason).toContain('nothing shows that it is a Linux kernel');
  });

  test.each([
    [
      'a dynamic linker',
      {
        segments: [
          ...loaded('x'.repeat(64)),
          { type: segmentType.PT_INTERP, data: ascii('/lib64/ld-linux-x86-64.so.2\0') },
        ],
      },
      'PT_INTERP "/lib64/ld-linux-x86-64.so.2"',
    ],
    ['its sections', { sections: [{ name: '.uml.setup.init', addr: 0x1000000 }] }, 'section .uml.setup.init'],
  ] satisfies [
    string,
    CraftElf,
    string,
  ][])('User Mode Linux is a program, which shows by %s', async (_, options, mark) => {
    const elf = kernel(options);
    const offer = await offerOf(elf, 'linux64');
    expect(offer.offered).toBe(false);
    expect(offer.reason).toContain(`User Mode Linux (${mark}), a program that runs on Linux.`);
    expect(isLinux(await openImage(elf))).toBe(false);
  });

  test('what is not recognised can be named, where e_entry is physical', async () => {
    const plain = { notes: [], segments: [{ vaddr: 0x2000000, paddr: 0x1000000, data: new Uint8Array(64) }] };
    const offer = await offerOf(kernel(plain), 'linux64');
    expect(offer).toMatchObject({ offered: false, byName: true, via: null, address: 0x1000010n });
    expect(offer.reason).toContain('A loader that does not ask (zeropage loaders) enters it at 0x1000010');
    for (const no of [{ entry: 0x2000010 }, { entry: 0x10 }, { class: 32 }] satisfies CraftElf[]) {
      expect((await offerOf(kernel({ ...plain, ...no }), 'linux64')).byName).toBeUndefined();
    }
    expect((await offerOf(kernel(), 'linux64')).byName).toBeUndefined();
  });

  test('nor is GNU Mach, whose drivers say that they are Linux 2.0.36', async () => {
    const words = 'Linux version 2.0.36 (root@hurd) (gcc version 4.9.2) #1 Thu Jan 1 00:00:00 UTC 1970\n';
    const mach = concat(craftMultiboot(3), ascii(words));
    const elf = kernel({ class: 32, notes: [], segments: [{ vaddr: 0x1000000, data: mach }] });
    const offer = await offerOf(elf, 'linux32');
    expect(offer).toMatchObject({ offered: false });
    const at = Buffer.from(elf).indexOf(words);
    expect(offer.reason).toContain(`the words at 0x${at.toString(16)} prove nothing`);
    expect(await offered(elf)).toEqual(['multiboot']);
    expect(isLinux(await openImage(elf))).toBe(false);
  });
});
