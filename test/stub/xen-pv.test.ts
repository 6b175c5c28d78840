import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bootEntry, bootFlag, guestType, hypervisorType } from '../../src/abi/boot-information.js';
import { hardwareSubarch } from '../../src/abi/hardware-subarch.js';
import { offers } from '../../src/entry/entries.js';
import { openImage } from '../../src/image/open.js';
import { elfOf, guestImage } from '../../src/stub/guest/image.js';
import { bzImage } from '../../src/stub/image/bzimage.js';
import { universal } from '../../src/stub/universal.js';
import { corpusFile, corpusReason } from '../../tools/corpus/locate.js';
import { noQemu, OVMF_TIMEOUT, type QemuRun, runQemu } from './qemu.js';
import { reported, reportPayload } from './report-payload.js';

const initrd = Uint8Array.from({ length: 200_001 }, (_, i) => (i * 5) & 0xff);
const DOM0_MEBIBYTES = 128;

/** QEMU loads Xen by Multiboot; Xen builds its initial domain from the first module. Debian 12's QEMU breaks cmpxchg16b. */
function dom0(kernel: Uint8Array, commandLine = '', module?: Uint8Array): Promise<QemuRun> {
  const xen = gunzipSync(readFileSync(corpusFile('xen')!.path));
  return runQemu({
    files: { xen, kernel, ...(module && { initrd: module }) },
    args: (path) => [
      '-cpu',
      'qemu64,-cx16',
      '-kernel',
      path('xen'),
      '-initrd',
      `${path('kernel')} ${commandLine}${module ? `,${path('initrd')}` : ''}`,
      '-append',
      `console=com1 com1=115200,8n1 dom0_mem=${DOM0_MEBIBYTES}M`,
    ],
    memory: 512,
    // A domain that switches off leaves the machine on.
    until: /halting machine|Panic|Domain 0 crashed/,
  });
}

function expectConforming({ console, lines }: QemuRun): void {
  expect(lines.filter((line) => line.startsWith('not ok'))).toEqual([]);
  expect(lines).toContain('# entry xen-pv, hypervisor xen, guest pv');
  expect(lines).toContain('# conformance: every claim holds');
  expect(console).toMatch(/Hardware Dom0 halted: halting machine/);
}

const reason = noQemu ?? corpusReason('xen');

describe.skipIf(reason)(`xen-pv under Xen${reason ? ` (${reason})` : ''}`, { timeout: OVMF_TIMEOUT }, () => {
  test('the conformance guest as initial domain', async () => {
    expectConforming(await dom0(guestImage('elf').file));
  });

  test('the conformance guest with a module', async () => {
    const run = await dom0(guestImage('elf').file, 'console=hvc0', initrd);
    expectConforming(run);
    expect(run.console).toMatch(/^ok \d+ every module lies in RAM, outside the image\r*$/m);
  });

  test('the conformance guest in a bzImage', async () => {
    expectConforming(await dom0(guestImage('bzimage').file));
  });

  test('boot information carries what Xen had', async () => {
    const kernel = elfOf(universal({ payload: reportPayload }));
    const values = reported((await dom0(kernel, 'one "two three"', initrd)).lines);
    const value = (name: string): number => Number(values.get(name)?.[0]);
    expect([value('entry'), value('guest'), value('hypervisor')]).toEqual([
      bootEntry['xen-pv'],
      guestType.pv,
      hypervisorType.xen,
    ]);
    expect(value('hypervisor_leaf')).toBe(0x40000000);
    expect(value('flags')).toBe(bootFlag.privileged | bootFlag['initial-domain']);
    expect(value('hardware_subarch')).toBe(hardwareSubarch.XEN);
    expect(value('hardware_subarch_data')).toBe(value('data'));
    expect(values.get('text')).toEqual(['one "two three"']);
    expect(value('boot_module.size')).toBe(initrd.length);
    expect(value('boot_module.sum')).toBe(initrd.reduce((sum, byte) => sum + byte, 0));
    expect([value('boot_memory_range.addr'), value('boot_memory_range.size')]).toEqual([
      0,
      DOM0_MEBIBYTES * 2 ** 20,
    ]);
  });
});

describe('xen-pv', () => {
  const offered = async (file: Uint8Array): Promise<string[]> =>
    offers(await openImage(file))
      .filter((offer) => offer.offered)
      .map(({ id }) => id);

  test('the guest offers it by its notes, as ELF file and through the payload of a bzImage', async () => {
    expect(await offered(guestImage('elf').file)).toContain('xen-pv');
    expect(await offered(guestImage('bzimage').file)).toContain('xen-pv');
  });

  test('without that entry there is no note of it', async () => {
    expect(await offered(guestImage('elf', ['pvh']).file)).toEqual(['pvh']);
    expect(await offered(guestImage('elf', ['xen-pv']).file)).toEqual(['xen-pv']);
  });

  test('a bzImage without the EFI entry has no PE header', async () => {
    const file = bzImage(
      universal({ entries: ['linux16', 'linux32'], payload: reportPayload }),
      new Uint8Array(),
    );
    expect(await offered(file)).toEqual(['linux16', 'linux32']);
  });
});
