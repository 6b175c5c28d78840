import { spawnSync } from 'node:child_process';
import { anyMissing, missing } from './missing.js';
import { packages } from './packages.js';

/** Installs the packages, where apt and the rights are there; returns a line for each still missing. */
export function installPackages(): string[] {
  const wanted = Object.entries(packages).filter(([, brings]) => anyMissing(...brings));
  if (wanted.length === 0) return [];
  if (process.getuid?.() === 0) {
    const names = wanted.map(([name]) => name);
    process.stderr.write(`installing ${names.join(' ')}\n`);
    apt('update', '-qq');
    // One at a time where they cannot be had all at once, so that one missing package costs no other.
    if (!apt('install', ...names)) for (const name of names) apt('install', name);
  }
  return wanted
    .flatMap(([, brings]) => brings.map(missing))
    .filter((reason) => reason !== undefined)
    .map((reason) => `${reason}: tests that need it are skipped`);
}

function apt(command: 'update' | 'install', ...args: readonly string[]): boolean {
  const options = command === 'install' ? ['-y', '-qq', '--no-install-recommends'] : [];
  const { status } = spawnSync('apt-get', [command, ...options, ...args], {
    stdio: 'ignore',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}
