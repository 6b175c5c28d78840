import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { boot } from '../../src/boot/boot.js';
import { initramfs } from '../../src/boot/init/initramfs.js';
import { checkImage } from '../../src/contract/image-rules/image-rules.js';
import { Bytes } from '../../src/core/bytes.js';
import { offers } from '../../src/entry/entries.js';
import { parsePe } from '../../src/image/container/pe.js';
import { openImage } from '../../src/image/open.js';
import { inspect } from '../../src/report/inspect.js';
import { corpusTest } from '../outside.js';

const stub = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
const commandLine = 'console=ttyS0 panic=-1 carried=1';

/** A unified kernel image as systemd's documentation makes it: sections added to its stub, each behind the one before. */
function unified(kernel: string): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'zeropage-'));
  try {
    const { imageBase, sections } = parsePe(new Bytes(new Uint8Array(readFileSync(stub))))!;
    let end = Math.max(...sections.map(({ virtualAddress, virtualSize }) => virtualAddress + virtualSize));
    const parts: readonly (readonly [name: string, data: Uint8Array | string])[] = [
      ['.osrel', 'ID=craft\nPRETTY_NAME="Craft 1"\n'],
      ['.cmdline', commandLine],
      ['.initrd', initramfs(64)],
      ['.linux', new Uint8Array(readFileSync(kernel))],
    ];
    const options = parts.flatMap(([name, data]) => {
      const path = join(directory, name);
      writeFileSync(path, data);
      const address = Math.ceil(end / 0x1000) * 0x1000;
      end = address + data.length;
      const vma = (imageBase + BigInt(address)).toString();
      return ['--add-section', `${name}=${path}`, '--change-section-vma', `${name}=${vma}`];
    });
    const out = join(directory, 'uki.efi');
    execFileSync('objcopy', [...options, stub, out]);
    return new Uint8Array(readFileSync(out));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

corpusTest(
  'a unified kernel image of systemd-stub brings its command line and initrd',
  'debian-12-cloud-amd64',
  ['objcopy', stub],
  async ({ path, release }) => {
    const data = unified(path);
    const image = await openImage(data);
    const { uki, findings } = await inspect(data, { symbols: false, types: false });
    expect(uki).toMatchObject({ commandLine, osRelease: { ID: 'craft', PRETTY_NAME: 'Craft 1' } });
    expect(uki!.stub).toMatch(/^systemd-stub \d/);
    expect(uki!.parts.find(({ name }) => name === '.initrd')).toMatchObject({
      size: initramfs(64).length,
      content: 'cpio',
    });
    expect(findings.filter(({ severity, layer }) => severity !== 'note' && layer === 'image')).toEqual([]);
    expect(checkImage(image, offers(image)).filter(({ severity }) => severity === 'error')).toEqual([]);

    const result = await boot(image, { entry: 'linux64', append: 'appended=1' });
    expect(result).toMatchObject({ verdict: 'userspace', commandLine: `${commandLine} appended=1` });
    expect(result.console).toContain(`Linux version ${release}`);
    expect(result.console).toContain(`Kernel command line: ${commandLine} appended=1`);
    const own = new Uint8Array(1024);
    const given = await boot(image, { entry: 'linux64', initrd: own, until: 'start_kernel' });
    expect(given.verdict).toBe('reached');
  },
  300_000,
);
