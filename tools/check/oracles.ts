import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Debian packages whose programs the tests use as oracles, and the program or file that shows each is there.
 * A test that finds its oracle missing is skipped by name.
 */
const oracles: readonly (readonly [program: string, debianPackage: string])[] = [
  ['readelf', 'binutils'],
  ['gcc', 'gcc'],
  ['g++', 'g++'],
  ['make', 'make'],
  ['nasm', 'nasm'],
  ['iasl', 'acpica-tools'],
  ['file', 'file'],
  ['grub-file', 'grub-common'],
  ['pahole', 'dwarves'],
  ['zstd', 'zstd'],
  ['lz4', 'lz4'],
  ['lzop', 'lzop'],
  ['xz', 'xz-utils'],
  ['bzip2', 'bzip2'],
  ['qemu-system-x86_64', 'qemu-system-x86'],
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', 'ovmf'],
  ['/usr/lib/grub/i386-pc/multiboot2.mod', 'grub-pc-bin'],
  ['xorriso', 'xorriso'],
  ['mformat', 'mtools'],
];

const found = (program: string): boolean =>
  program.startsWith('/') ? existsSync(program) : spawnSync('which', [program]).status === 0;

/** Installs the missing oracles where apt and the rights are there; returns a line for each still missing. */
export function installOracles(): string[] {
  const missing = oracles.filter(([program]) => !found(program));
  if (missing.length === 0) return [];
  if (process.getuid?.() === 0 && found('apt-get')) {
    const packages = missing.map(([, name]) => name);
    process.stderr.write(`installing ${packages.join(' ')}\n`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: 'ignore',
      env,
    });
  }
  return missing
    .filter(([program]) => !found(program))
    .map(
      ([program, name]) =>
        `${program} (Debian package ${name}) is missing: tests that compare with it are skipped`,
    );
}
