import { describe, expect, test } from 'vitest';
import { guestImage } from '../../src/stub/guest/image.js';
import { noQemu, runQemu } from './qemu.js';

const initrd = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 3) & 0xff);

const images = {
  linux16: () => guestImage('bzimage').file,
  pvh: () => guestImage('elf', ['pvh']).file,
  multiboot: () => guestImage('elf', ['multiboot']).file,
};
const machines = ['pc', 'q35', 'microvm', 'pc,acpi=off'];

describe.skipIf(noQemu)(`QEMU -kernel${noQemu ? ` (${noQemu})` : ''}`, () => {
  test.each(Object.entries(images))('%s: every claim holds', async (entry, image) => {
    const kernel = image();
    for (const machine of machines) {
      for (const module of [false, true]) {
        const { lines, status } = await runQemu({
          files: { kernel, initrd },
          args: (path) => [
            '-machine',
            machine,
            '-kernel',
            path('kernel'),
            ...(module ? ['-initrd', path('initrd'), '-append', 'console=ttyS0'] : []),
          ],
        });
        const failures = lines.filter((line) => line.startsWith('not ok'));
        expect([machine, module, failures]).toEqual([machine, module, []]);
        expect(lines).toContain('# conformance: every claim holds');
        expect(lines).toContainEqual(
          expect.stringMatching(new RegExp(`^# entry ${entry}, hypervisor qemu-tcg, guest (hvm|pvh)$`)),
        );
        expect(status).toBe(0);
      }
    }
  });
});
