/**
 * Records in seabios.json what SeaBIOS answers to the calls of calls.ts, which a test compares with ours. Needs qemu-system-x86_64 and
 * GNU as; takes some seconds. Format the file with biome then.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calls } from './calls.js';
import { outcomes, program } from './program.js';

const cwd = mkdtempSync(join(tmpdir(), 'zeropage-'));
try {
  writeFileSync(join(cwd, 'program'), program(Object.values(calls)));
  const { status, stderr } = spawnSync(
    'qemu-system-x86_64',
    '-kernel program -m 64 -nic none -display none -vga none -serial file:sent -device isa-debug-exit,iobase=0xf4'.split(
      ' ',
    ),
    { cwd, encoding: 'utf8', timeout: 60_000 },
  );
  if (status !== 1) throw new Error(`qemu-system-x86_64: ${status} ${stderr}`);
  const seen = outcomes(new Uint8Array(readFileSync(join(cwd, 'sent'))));
  const named = Object.fromEntries(Object.keys(calls).map((name, i) => [name, seen[i]]));
  const path = fileURLToPath(new URL('seabios.json', import.meta.url));
  writeFileSync(path, `${JSON.stringify(named, null, 2)}\n`);
} finally {
  rmSync(cwd, { recursive: true });
}
