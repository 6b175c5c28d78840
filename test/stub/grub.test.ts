import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { guestImage } from '../../src/stub/guest/image.js';
import { anyMissing } from '../../tools/check/missing.js';
import { noQemu, runQemu } from './qemu.js';

const initrd = Uint8Array.from({ length: 100_001 }, (_, i) => (i * 3) & 0xff);

const reason =
  noQemu ?? anyMissing('grub-mkrescue', '/usr/lib/grub/i386-pc/multiboot2.mod', 'xorriso', 'mformat');

/** A CD from which GRUB starts `kernel` by these commands. */
function disc(kernel: Uint8Array, commands: readonly string[]): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'zeropage-grub-'));
  try {
    const tree = join(directory, 'tree');
    mkdirSync(join(tree, 'boot/grub'), { recursive: true });
    writeFileSync(join(tree, 'kernel'), kernel);
    writeFileSync(join(tree, 'initrd'), initrd);
    writeFileSync(join(tree, 'boot/grub/grub.cfg'), `${[...commands, 'boot'].join('\n')}\n`);
    const image = join(directory, 'image.iso');
    const { status, stderr } = spawnSync('grub-mkrescue', ['-o', image, tree], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`grub-mkrescue: ${stderr}`);
    return new Uint8Array(readFileSync(image));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Commands, and what GRUB 2.06 gets wrong. */
const cases: readonly (readonly [entry: string, commands: readonly string[], wrong: readonly string[]])[] = [
  ['multiboot', ['multiboot /kernel hello', 'module /initrd a', 'module /kernel b'], []],
  ['multiboot2', ['multiboot2 /kernel hello', 'module2 /initrd a', 'module2 /kernel b'], []],
  ['linux16', ['linux16 /kernel hello', 'initrd16 /initrd'], []],
  ['linux32', ['linux /kernel hello', 'initrd /initrd'], ['setup_header.boot_flag is 0xaa55 # found 0x0']],
];

describe.skipIf(reason)(`GRUB on BIOS${reason ? ` (${reason})` : ''}`, () => {
  test.each(cases)('%s', async (entry, commands, wrong) => {
    const { lines, status } = await runQemu({
      files: { iso: disc(guestImage('bzimage').file, commands) },
      args: (path) => ['-cdrom', path('iso'), '-boot', 'd'],
    });
    expect(lines).toContain(`# entry ${entry}, hypervisor qemu-tcg, guest hvm`);
    const failures = lines.filter((line) => line.startsWith('not ok'));
    expect(failures.map((line) => line.replace(/^not ok \d+ /, ''))).toEqual(wrong);
    expect(lines.some((line) => line.startsWith('# Totals'))).toBe(true);
    expect(status).toBe(0);
  });
});
