import { describe, expect, test } from 'vitest';
import { bootEntry, bootFlag } from '../../src/abi/boot-information.js';
import { guestImage } from '../../src/stub/guest/image.js';
import { bzImage } from '../../src/stub/image/bzimage.js';
import { universal } from '../../src/stub/universal.js';
import { noOvmf, OVMF_TIMEOUT, ovmf, type QemuRun, runQemu } from './qemu.js';
import { reported, reportPayload } from './report-payload.js';

const initrd = Uint8Array.from({ length: 300_001 }, (_, i) => (i * 7) & 0xff);
const guest = (): Uint8Array => guestImage('bzimage').file;
const reporter = (base?: number): Uint8Array =>
  bzImage(universal({ base, payload: reportPayload }), new Uint8Array());

/** OVMF starts the file as QEMU's -kernel, or as the default loader of a FAT disk. */
const kernel = (file: Uint8Array, ...more: string[]): Promise<QemuRun> =>
  runQemu({
    files: { file, initrd },
    args: (path) => [
      ...ovmf(path),
      '-kernel',
      path('file'),
      ...more.map((it) => (it === 'INITRD' ? path('initrd') : it)),
    ],
  });
const disk = (file: Uint8Array): Promise<QemuRun> =>
  runQemu({
    files: { 'disk/EFI/BOOT/BOOTX64.EFI': file },
    args: (path) => [...ovmf(path), '-drive', `file=fat:rw:${path('disk')},format=raw`],
  });

/** What fails on every EDK2: its stack has 128 KiB in all, of which some are used up at the entry. */
const knownFailure =
  /^not ok \d+ at least 128 KiB of boot services data lie below RSP # found 0x1f[0-9a-f]{3}$/;

function expectConforming({ lines, status }: QemuRun): void {
  expect(lines).toContain('# entry efi, hypervisor qemu-tcg, guest hvm');
  const failures = lines.filter((line) => line.startsWith('not ok'));
  expect(failures).toEqual([expect.stringMatching(knownFailure)]);
  expect(lines.filter((line) => line.startsWith('ok')).length).toBeGreaterThan(45);
  expect(status).toBe(0);
}

const under = noOvmf ? `under OVMF (${noOvmf})` : 'under OVMF';

describe.skipIf(noOvmf)(`efi ${under}`, { timeout: OVMF_TIMEOUT }, () => {
  test('the conformance guest as -kernel', async () => {
    expectConforming(await kernel(guest()));
  });

  test('the conformance guest as -kernel with an initrd', async () => {
    const run = await kernel(guest(), '-initrd', 'INITRD', '-append', 'console=ttyS0');
    expectConforming(run);
    expect(run.console).toMatch(/^ok \d+ every module lies in RAM, outside the image\r$/m);
  });

  test('the conformance guest from a FAT disk', async () => {
    expectConforming(await disk(guest()));
  });

  test('boot information carries what the firmware had', async () => {
    const run = await kernel(reporter(), '-initrd', 'INITRD', '-append', 'one "two three"');
    const values = reported(run.lines);
    const value = (name: string): number => Number(values.get(name)?.[0]);
    expect(value('entry')).toBe(bootEntry.efi);
    expect(value('flags')).toBe(bootFlag.efi);
    expect(values.get('text')![0]).toMatch(/^(initrd=initrd )?one "two three"( initrd=initrd)?$/);
    expect(value('boot_module.size')).toBe(initrd.length);
    expect(value('boot_module.sum')).toBe(initrd.reduce((sum, byte) => sum + byte, 0));
    expect(value('rsdp')).toBeGreaterThan(0);
    expect(value('data')).toBeGreaterThan(0);
    expect([value('boot_framebuffer.bits_per_pixel'), value('boot_framebuffer.green_position')]).toEqual([
      32, 8,
    ]);
    expect(value('boot_framebuffer.pitch')).toBeGreaterThanOrEqual(value('boot_framebuffer.width') * 4);
  });

  test('the memory map is sorted, neighbours of one type are joined, and all of the RAM is there', async () => {
    const values = reported((await kernel(reporter())).lines);
    const column = (name: string): number[] => values.get(`boot_memory_range.${name}`)!.map(Number);
    const [addr, size, type] = [column('addr'), column('size'), column('type')];
    for (let i = 1; i < addr.length; i++) {
      const end = addr[i - 1]! + size[i - 1]!;
      expect(addr[i]).toBeGreaterThanOrEqual(end);
      if (addr[i] === end) expect(type[i]).not.toBe(type[i - 1]);
    }
    const usable = [1, 3, 4];
    const low = addr.map((start, i) => (usable.includes(type[i]!) && start < 2 ** 32 ? size[i]! : 0));
    const total = low.reduce((sum, bytes) => sum + bytes, 0);
    expect(total).toBeGreaterThan(250 * 2 ** 20);
    expect(total).toBeLessThanOrEqual(256 * 2 ** 20);
    expect(addr.length).toBeLessThan(30);
  });

  test('a command line in UTF-16 beyond Latin-1 arrives as UTF-8', async () => {
    // startup.nsh of the shell in the firmware is UTF-16, and its arguments are the load options.
    const words = 'ä € 😀';
    const script = Buffer.from(`\ufefffs0:\\reporter.efi ${words}\r\n`, 'utf16le');
    const run = await runQemu({
      files: { 'disk/reporter.efi': reporter(), 'disk/startup.nsh': script },
      args: (path) => [...ovmf(path), '-drive', `file=fat:rw:${path('disk')},format=raw`],
    });
    const text = reported(run.lines).get('text')?.[0] ?? '';
    expect(Buffer.from(text, 'latin1').toString('utf8')).toContain(words);
  });

  test('it says so, and goes back to the firmware, when the memory it is linked for is taken', async () => {
    // OVMF keeps its own variables at 8 MiB.
    const run = await runQemu({
      files: { file: reporter(0x800000) },
      args: (path) => [...ovmf(path), '-kernel', path('file')],
      until: /Shell>|UEFI Interactive Shell/,
    });
    expect(run.console).toMatch(
      /zeropage: The memory this image is linked for, 0x0000000000800000 to 0x00000000008[0-9a-f]{5}, is not free\./,
    );
    expect(run.console).toMatch(/UEFI Interactive Shell/);
    expect(run.console).not.toContain('entry=');
  });
});
