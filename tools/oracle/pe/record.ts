/**
 * Records which of the images in images.ts UEFI firmware (OVMF) starts, in started.json, which a test compares with the rules.
 * Needs qemu-system-x86_64, OVMF and mtools; takes some minutes. Format the file with biome then.
 */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { images } from './images.js';

const FIRMWARE = '/usr/share/OVMF/OVMF_CODE_4M.fd';
const VARIABLES = '/usr/share/OVMF/OVMF_VARS_4M.fd';
/** Half-seconds that one boot may take. */
const PATIENCE = 240;

const run = (program: string, args: readonly string[], cwd?: string): string => {
  const { status, stderr, stdout } = spawnSync(program, args, { cwd, encoding: 'latin1' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return stdout;
};

/** What the firmware says of an image on its only disk, or 'started' when the image's own letter comes. */
async function outcome(letter: string, file: Uint8Array): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'zeropage-'));
  try {
    writeFileSync(join(cwd, 'disk'), new Uint8Array(48 << 20));
    writeFileSync(join(cwd, 'BOOTX64.EFI'), file);
    run('mformat', ['-i', 'disk', '-F', '::'], cwd);
    run('mmd', ['-i', 'disk', '::EFI', '::EFI/BOOT'], cwd);
    run('mcopy', ['-i', 'disk', 'BOOTX64.EFI', '::EFI/BOOT/'], cwd);
    copyFileSync(VARIABLES, join(cwd, 'vars'));
    const log = join(cwd, 'log');
    const machine = spawn(
      'qemu-system-x86_64',
      [
        ...'-machine q35 -m 128 -nic none -display none -no-reboot -serial file:log'.split(' '),
        ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${FIRMWARE}`],
        ...'-drive if=pflash,format=raw,unit=1,file=vars -drive format=raw,file=disk'.split(' '),
      ],
      { cwd, stdio: 'ignore' },
    );
    let said: string | undefined;
    for (let waited = 0; waited < PATIENCE && said === undefined; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const text = existsSync(log) ? readFileSync(log, 'latin1') : '';
      if (new RegExp(`starting Boot.*HARDDISK[^\\n]*\\s+${letter}`).test(text)) said = 'started';
      said ??= /failed to load Boot.*HARDDISK.*: (.*?)\s*$/m.exec(text)?.[1];
    }
    machine.kill('SIGKILL');
    await new Promise((resolve) => machine.once('exit', resolve));
    return said ?? 'neither started nor refused';
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

const started: Record<string, string> = {};
for (const [name, { letter, file }] of Object.entries(images)) {
  started[name] = await outcome(letter, file);
  process.stdout.write(`${name}: ${started[name]}\n`);
}
const firmware = run('dpkg-query', ['-W', 'ovmf']).trim();
writeFileSync(
  fileURLToPath(new URL('started.json', import.meta.url)),
  `${JSON.stringify({ firmware, started }, null, 2)}\n`,
);
