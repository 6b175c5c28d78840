import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anyMissing, missing } from '../../tools/check/missing.js';

/** Firmware of Debian's package ovmf. */
const OVMF = ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'] as const;

/** Why the guest cannot be tried in QEMU here; undefined when it can. */
export const noQemu = missing('qemu-system-x86_64');
export const noOvmf = noQemu ?? anyMissing(...OVMF);

export interface QemuRun {
  /** Serial port without escape sequences. */
  readonly console: string;
  readonly lines: readonly string[];
  /** Exit code; null where it had to be ended. */
  readonly status: number | null;
}

export interface QemuOptions {
  /** Arguments; `file(name)` is a path in the run's own directory. */
  readonly args: (file: (name: string) => string) => readonly string[];
  /** Files to put there first. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Ends the run once the console shows this. */
  readonly until?: RegExp;
  readonly memory?: number;
}

const SECONDS = 90;
/** How often the console is looked at for `until`, in milliseconds. */
const LOOK = 50;

/**
 * Runs QEMU until the guest switches off. Its serial port goes to a file: a pipe that nobody empties for a moment makes QEMU
 * keep a byte back for longer than the guest waits, and bytes get lost.
 */
export async function runQemu({ args, files, until, memory = 256 }: QemuOptions): Promise<QemuRun> {
  const directory = mkdtempSync(join(tmpdir(), 'zeropage-qemu-'));
  const path = (name: string): string => join(directory, name);
  try {
    for (const [name, data] of Object.entries(files)) {
      mkdirSync(join(path(name), '..'), { recursive: true });
      writeFileSync(path(name), data);
    }
    const common = `-display none -serial stdio -monitor none -no-reboot -net none -m ${memory}`.split(' ');
    const written = (): string => readFileSync(path('console'), 'latin1');
    const output = openSync(path('console'), 'w');
    const qemu = spawn('qemu-system-x86_64', [...common, ...args(path)], {
      stdio: ['ignore', output, 'pipe'],
    });
    closeSync(output);
    let complaints = '';
    qemu.stderr!.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    const timers = [setTimeout(() => qemu.kill(), SECONDS * 1000)];
    if (until) timers.push(setInterval(() => until.test(written()) && qemu.kill(), LOOK));
    const status = await new Promise<number | null>((resolve, reject) => {
      qemu.on('error', reject).on('close', resolve);
    });
    for (const timer of timers) clearTimeout(timer);
    if (status !== null && status !== 0) throw new Error(`QEMU: ${complaints}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    const console = written().replace(/\x1b\[[0-9;=?]*[A-Za-z]/g, '');
    return { console, lines: console.split(/\r*\n/), status };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Arguments that put OVMF below, with variables of its own. */
export function ovmf(file: (name: string) => string): readonly string[] {
  copyFileSync(OVMF[1], file('vars.fd'));
  const flash = (unit: number, options: string): readonly string[] => [
    '-drive',
    `if=pflash,format=raw,unit=${unit},${options}`,
  ];
  return [...flash(0, `readonly=on,file=${OVMF[0]}`), ...flash(1, `file=${file('vars.fd')}`)];
}

export const OVMF_TIMEOUT = 2 * SECONDS * 1000;
