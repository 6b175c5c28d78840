import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { elfMachine } from '../../src/abi/elf.js';
import { boot } from '../../src/boot/boot.js';
import { initramfs } from '../../src/boot/init/initramfs.js';
import { userspaceMarker } from '../../src/boot/init/program.js';
import { offers } from '../../src/entry/entries.js';
import { isLinux } from '../../src/entry/linux.js';
import { kernelElf, layers } from '../../src/image/image.js';
import { openImage } from '../../src/image/open.js';
import type { StubId } from '../../src/stub/entries/entry-stub.js';
import { wrap } from '../../src/stub/wrap/wrap.js';
import { type CraftSegment, craftElf } from '../craft/elf.js';
import { corpusTest, withFile } from '../outside.js';

const PHYS32_ENTRY = 18;

/** The kernel proper of a bzImage, its PVH note made one that nobody knows. */
async function withoutPvhNote(data: Uint8Array): Promise<Uint8Array> {
  const elf = kernelElf(await openImage(data))!;
  const bytes = elf.bytes.data.slice();
  const notes = elf.formats.elf.notes.filter(({ owner, type }) => owner === 'Xen' && type === PHYS32_ENTRY);
  expect(notes.length).toBeGreaterThan(0);
  for (const { offset } of notes) bytes[offset + 8] = 0x99;
  // Sections hold the same notes for loaders that look there; in the file they are the same bytes.
  const image = await openImage(bytes);
  expect(offers(image).find(({ id }) => id === 'pvh')!.offered).toBe(false);
  return bytes;
}

async function wrapped(data: Uint8Array, entries?: readonly StubId[]): Promise<Uint8Array> {
  const image = await openImage(data);
  return wrap(image, isLinux(image), entries).file;
}

describe('a Debian kernel whose PVH note is gone', () => {
  for (const entry of ['pvh', 'multiboot2'] as const) {
    corpusTest(`reaches userspace through ${entry} again`, 'debian-13-cloud-amd64', [], async ({ data }) => {
      const image = await openImage(await wrapped(await withoutPvhNote(data)));
      const result = await boot(image, { entry });
      expect([result.verdict, result.via]).toEqual(['userspace', 'image']);
      expect(result.waypoints.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['entry', 'startup_64', 'x86_64_start_kernel', 'start_kernel', 'userspace']),
      );
    });
  }

  corpusTest(
    'reaches userspace under QEMU, which loads it by its new note',
    'debian-13-cloud-amd64',
    ['qemu-system-x86_64'],
    async ({ data }) => {
      const file = await wrapped(await withoutPvhNote(data), ['pvh']);
      const console = withFile(file, (kernel) =>
        withFile(initramfs(64), (initrd) => {
          const { stdout } = spawnSync(
            'qemu-system-x86_64',
            // QEMU 7.2 breaks flags in CMPXCHG16B, which kernels use where the processor has it.
            [
              '-cpu',
              'qemu64,-cx16',
              '-m',
              '512',
              '-display',
              'none',
              '-serial',
              'stdio',
              '-monitor',
              'none',
            ].concat([
              '-no-reboot',
              '-kernel',
              kernel,
              '-initrd',
              initrd,
              '-append',
              'console=ttyS0 panic=-1',
            ]),
            { encoding: 'utf8', input: '', timeout: 120_000 },
          );
          return stdout;
        }),
      );
      expect(console).toContain(userspaceMarker);
    },
  );
});

corpusTest(
  'a bzImage is wrapped whole, and found in the result',
  'debian-12-cloud-amd64',
  [],
  async ({ data }) => {
    const image = await openImage(await wrapped(data));
    const [outer, inner] = layers(image);
    expect(outer!.inner!.how).toBe('zeropage');
    expect(Buffer.compare(inner!.bytes.data, data)).toBe(0);
    const all = offers(image).filter((offer) => offer.offered);
    expect(all.find(({ id }) => id === 'pvh')!.via).toBe('image');
    expect(all.find(({ id }) => id === 'linux64')!.via).toBe('payload');
    const result = await boot(image, { entry: 'multiboot', until: 'start_kernel' });
    expect(result.verdict).toBe('reached');
  },
);

describe('what cannot be wrapped is refused with the reason', () => {
  const segment = (paddr: number | bigint, more: Partial<CraftSegment> = {}): CraftSegment => ({
    vaddr: paddr,
    data: new Uint8Array(64).fill(0xf4),
    ...more,
  });
  const cases: readonly (readonly [string, Parameters<typeof craftElf>[0], RegExp])[] = [
    [
      'no room below it',
      { entry: 0x100000, segments: [segment(0x100000)] },
      /begins at 0x100000, and the \d+ KiB of entry stubs below it would reach under 1 MiB/,
    ],
    [
      'above 4 GiB',
      { entry: 0x200000000n, segments: [segment(0x200000000n)] },
      /wants memory up to 0x200000040, above the 4 GiB/,
    ],
    [
      'at an address that wraps around',
      { entry: 0x200000, segments: [segment(0x200000), segment(0xfffffffffffff000n, { memSize: 0x2000 })] },
      /above the 4 GiB/,
    ],
    [
      'segments over each other',
      { entry: 0x200000, segments: [segment(0x200000, { memSize: 0x3000 }), segment(0x201000)] },
      /segments 0 and 1 overlap at 0x201000/,
    ],
    [
      'segments too far apart',
      { entry: 0x200000, segments: [segment(0x200000), segment(0x50000000)] },
      /spread from 0x200000 to 0x50000040, over more than 1 GiB/,
    ],
    ['nothing to load', { entry: 0x200000, segments: [] }, /no segment to load/],
    [
      'an entry outside',
      { entry: 0x300000, segments: [segment(0x200000)] },
      /no segment holds the entry point/,
    ],
    ['not on a page', { entry: 0x200010, segments: [segment(0x200010)] }, /not the start of a page/],
    ['32-bit code', { class: 32, entry: 0x200000, segments: [segment(0x200000)] }, /machine 3, class 32/],
    [
      'another processor',
      { machine: elfMachine.EM_AARCH64, entry: 0x200000, segments: [segment(0x200000)] },
      /machine 183/,
    ],
    [
      'content outside the file',
      {
        entry: 0x200000,
        segments: [segment(0x200000, { raw: { p_filesz: 0x100000n, p_memsz: 0x100000n } })],
      },
      /wanted at offset|outside/,
    ],
  ];
  test.each(cases)('%s', async (_, elf, message) => {
    const data = craftElf(elf);
    await expect(wrapped(data)).rejects.toThrow(message);
  });
});
