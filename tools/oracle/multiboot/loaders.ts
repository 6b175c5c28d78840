import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Information, readInformation } from './information.js';
import { commandLine, type Kernel, kernels, module, moduleString } from './kernels.js';

/** The processor at a kernel's entry, as far as Multiboot speaks of it. */
export interface EntryState {
  readonly eax: number;
  /** CR0, PE and PG only. */
  readonly cr0: number;
  /** EFLAGS, IF and VM only. */
  readonly eflags: number;
  /** Of CS, and of all others if they are the same: base, limit, type. */
  readonly code: string;
  readonly data: string;
}

/** What a loader does with a kernel. */
export interface Observation {
  readonly state: EntryState;
  readonly information: Information;
}

/** RAM in MiB. */
export const MEMORY = 64;
const SECONDS = 60;

const ready = async (log: string): Promise<boolean> => {
  for (let i = 0; i < SECONDS * 10; i++) {
    if (existsSync(log) && readFileSync(log, 'latin1').endsWith('K')) return true;
    await wait(100);
  }
  return false;
};

/** Starts QEMU, waits until the kernel halts, and reads its registers and memory. */
async function observe(directory: string, kernel: Kernel, args: readonly string[]): Promise<Observation> {
  const fixed = '-accel tcg -nic none -display none -no-reboot -serial file:log -monitor stdio'.split(' ');
  const qemu = spawn('qemu-system-i386', [...fixed, '-m', String(MEMORY), ...args], { cwd: directory });
  let said = '';
  qemu.stdout.on('data', (data) => (said += data));
  qemu.stderr.on('data', (data) => (said += data));
  const ended = new Promise((resolve) => qemu.on('exit', resolve));
  try {
    if (!(await ready(join(directory, 'log')))) throw new Error(`the kernel did not come up\n${said}`);
    qemu.stdin.write(`info registers\npmemsave 0 ${MEMORY << 20} memory\nquit\n`);
    await ended;
  } finally {
    qemu.kill();
  }
  const memory = new Uint8Array(readFileSync(join(directory, 'memory')));
  const register = (name: string): number => {
    const value = new RegExp(`\\b${name} *=([0-9a-f]+)`).exec(said)?.[1];
    if (value === undefined) throw new Error(`no ${name} in\n${said}`);
    return Number.parseInt(value, 16);
  };
  const segment = (name: string): string => {
    const match = new RegExp(`${name} *=[0-9a-f]{4} ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})`).exec(said);
    if (!match) throw new Error(`no ${name} in\n${said}`);
    // Access rights without the accessed bit, which only a load from a table sets.
    const access = (Number.parseInt(match[3]!, 16) >>> 8) & 0xf0fe;
    return `${match[1]} ${match[2]} ${access.toString(16)}`;
  };
  const data = new Set(['DS', 'ES', 'FS', 'GS', 'SS'].map(segment));
  return {
    state: {
      eax: register('ESI'),
      cr0: (register('CR0') & 0x80000001) >>> 0,
      eflags: register('EFL') & 0x20200,
      code: segment('CS'),
      data: [...data].join(', '),
    },
    information: readInformation(memory, kernel, register('EBX')),
  };
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'zeropage-oracle-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** QEMU's own loader, `-kernel`. */
export function throughQemu(name: string): Promise<Observation> {
  const kernel = kernels[name]!;
  return inDirectory((directory) => {
    writeFileSync(join(directory, 'kernel'), kernel.file);
    writeFileSync(join(directory, 'module'), module);
    const args = ['-kernel', 'kernel', '-append', commandLine, '-initrd', `module ${moduleString}`];
    return observe(directory, kernel, args);
  });
}

/** GRUB on BIOS, from a CD. */
export function throughGrub(name: string): Promise<Observation> {
  const kernel = kernels[name]!;
  return inDirectory((directory) => {
    const tree = join(directory, 'tree');
    mkdirSync(join(tree, 'boot/grub'), { recursive: true });
    writeFileSync(join(tree, 'kernel'), kernel.file);
    writeFileSync(join(tree, 'module'), module);
    const suffix = kernel.version === 1 ? '' : '2';
    const config = [
      `multiboot${suffix} /kernel ${commandLine}`,
      `module${suffix} /module ${moduleString}`,
      'boot',
    ];
    writeFileSync(join(tree, 'boot/grub/grub.cfg'), `${config.join('\n')}\n`);
    const made = spawnSync('grub-mkrescue', ['-o', 'image.iso', 'tree'], {
      cwd: directory,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`grub-mkrescue: ${made.stderr}`);
    return observe(directory, kernel, ['-cdrom', 'image.iso', '-boot', 'd']);
  });
}

/** The first line of what a program says about its version. */
export function versionOf(program: string): string {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return stdout.split('\n')[0]!;
}
