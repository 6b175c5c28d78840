import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf } from './command.js';

/** Debian ships the script only inside the source package, 140 MB to fetch once. */
const PACKAGES = ['linux-source-6.12', 'linux-source-6.1', 'linux-source'];

const cached = (): string => join(cacheDirectory(), 'extract-vmlinux');

function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME?.startsWith('/')
    ? process.env.XDG_CACHE_HOME
    : join(homedir(), '.cache');
  return join(base, 'zeropage', 'bench');
}

/** Path of the kernel's scripts/extract-vmlinux, from the machine or from what was fetched before. */
export function findExtractVmlinux(): string | undefined {
  const onPath = outputOf('which', 'extract-vmlinux')?.trim();
  const sources = existsSync('/usr/src')
    ? readdirSync('/usr/src').map((name) => `/usr/src/${name}/scripts/extract-vmlinux`)
    : [];
  const places = [process.env.EXTRACT_VMLINUX, onPath, cached(), ...sources];
  return places.find((place) => place && existsSync(place));
}

/** Fetches it from Debian's linux-source through apt into the cache; returns why that failed. */
export function fetchExtractVmlinux(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-bench-'));
  try {
    for (const name of PACKAGES) {
      if (spawnSync('apt-get', ['download', name], { cwd: folder, stdio: 'ignore' }).status === 0) break;
    }
    const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
    if (!file) return `none of ${PACKAGES.join(', ')} can be downloaded with apt-get`;
    const pipeline =
      'dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards "./usr/src/linux-source-*.tar.xz" | tar -xJO --wildcards "*/scripts/extract-vmlinux"';
    const { stdout } = spawnSync('sh', ['-c', pipeline, 'sh', join(folder, file)], { maxBuffer: 1 << 20 });
    if (!stdout?.subarray(0, 2).equals(Buffer.from('#!'))) return `${file} has no scripts/extract-vmlinux`;
    mkdirSync(cacheDirectory(), { recursive: true });
    writeFileSync(cached(), stdout);
    chmodSync(cached(), 0o755);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
