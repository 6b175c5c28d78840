import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Assembles program.asm, runs it under QEMU and records both: `npx tsx tools/oracle/privileged/record.ts`.
 * Wants nasm and qemu-system-x86_64.
 */
const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '../../../test/machine/fixtures/privileged.json');
const directory = mkdtempSync(join(tmpdir(), 'zeropage-'));

function run(program: string, ...args: string[]): number | null {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
  if (error) throw error;
  if (stderr) process.stderr.write(stderr);
  return status;
}

try {
  const image = join(directory, 'program.bin');
  const log = join(directory, 'log');
  if (run('nasm', '-f', 'bin', '-o', image, join(here, 'program.asm')) !== 0) throw new Error('nasm failed');
  const status = run(
    'qemu-system-x86_64',
    ...['-M', 'pc', '-accel', 'tcg', '-cpu', 'max,-umip,-pcid,-la57,-smap,-smep', '-m', '64'],
    ...['-display', 'none', '-serial', 'none', '-no-reboot', '-kernel', image],
    ...['-debugcon', `file:${log}`, '-device', 'isa-debug-exit,iobase=0xf4'],
  );
  // isa-debug-exit ends QEMU with 2 × value + 1.
  if (status !== 1) throw new Error(`the program did not come to its end: QEMU exited with ${status}`);
  const version = spawnSync('qemu-system-x86_64', ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0];
  // Leading zeros say nothing.
  const lines = readFileSync(log, 'latin1')
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => line.trim().replace(/=0+(?=[0-9a-f])/g, '='));
  const record = { version, image: readFileSync(image).toString('base64'), lines };
  writeFileSync(output, `${JSON.stringify(record, undefined, 1)}\n`);
  console.log(`${lines.length} cases`);
} finally {
  rmSync(directory, { recursive: true });
}
