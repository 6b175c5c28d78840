import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { anyMissing } from '../check/missing.js';
import type { Outside } from '../check/packages.js';
import { initramfs } from './initramfs.js';

/** What a kernel says about itself while it runs. */
export interface GuestReport {
  /** /proc/kallsyms as read by root, in the kernel's own order. */
  readonly kallsyms: Buffer;
  /** Everything on the serial console. */
  readonly log: string;
}

export type Architecture = 'x86-64' | 'i386' | 'arm64';

interface Guest {
  readonly qemu: Outside;
  readonly machine: string;
  readonly console: string;
  readonly compiler: Outside;
  readonly flags: string;
  /** Exit code of QEMU after the init has done its work. */
  readonly success: number;
  /** Where the copy of /proc/kallsyms goes: a port, or the console with everything else. */
  readonly copy: 'debug console' | 'serial console';
}

/** Debian 12's QEMU breaks cmpxchg16b, so that the processor must not have it. */
const pc =
  '-cpu qemu64,-cx16 -device isa-debug-exit,iobase=0xf4,iosize=4 -debugcon file:kallsyms -serial file:log';

const guests: Readonly<Record<Architecture, Guest>> = {
  'x86-64': {
    qemu: 'qemu-system-x86_64',
    machine: pc,
    console: 'ttyS0',
    compiler: 'gcc',
    flags: '-m64',
    // isa-debug-exit doubles the 0 it is given and adds one.
    success: 1,
    copy: 'debug console',
  },
  i386: {
    qemu: 'qemu-system-x86_64',
    machine: pc,
    console: 'ttyS0',
    compiler: 'gcc',
    flags: '-m32',
    success: 1,
    copy: 'debug console',
  },
  arm64: {
    qemu: 'qemu-system-aarch64',
    machine: '-M virt -cpu cortex-a57 -serial file:log',
    console: 'ttyAMA0',
    compiler: 'aarch64-linux-gnu-gcc',
    flags: '-mgeneral-regs-only',
    success: 0,
    copy: 'serial console',
  },
};

const seconds = 300;

/** Why the oracle cannot run; undefined when it can. */
export function missingForGuest(architecture: Architecture): string | undefined {
  const { qemu, compiler } = guests[architecture];
  return anyMissing(qemu, compiler);
}

/** Boots a kernel in QEMU (TCG) without KASLR, with an init that copies /proc/kallsyms out. Takes 5 to 20 s. */
export function bootForReport(kernel: string, architecture: Architecture): GuestReport {
  const guest = guests[architecture];
  const directory = mkdtempSync(join(tmpdir(), 'zeropage-oracle-'));
  try {
    const path = (name: string): string => join(directory, name);
    const init = buildInit(path('init'), guest);
    writeFileSync(path('initramfs'), initramfs([{ path: 'init', mode: 0o100755, data: init }]));
    const commandLine = `console=${guest.console} nokaslr rdinit=/init initcall_debug ignore_loglevel log_buf_len=4M cryptomgr.notests panic=-1`;
    const result = spawnSync(
      guest.qemu,
      [
        ...'-accel tcg -m 1024 -nic none -display none -no-reboot -monitor none'.split(' '),
        ...guest.machine.split(' '),
        ...['-kernel', kernel, '-initrd', 'initramfs', '-append', commandLine],
      ],
      { cwd: directory, encoding: 'utf8', timeout: seconds * 1000 },
    );
    const log = existsSync(path('log')) ? readFileSync(path('log'), 'latin1').replaceAll('\r', '') : '';
    if (result.status !== guest.success) {
      const how = result.status === null ? `did not end in ${seconds} s` : `ended with ${result.status}`;
      const last = log.trimEnd().split('\n').slice(-5).join('\n');
      throw new Error(`${guest.qemu} with ${kernel} ${how}\n${result.stderr}${last}`);
    }
    return {
      log,
      kallsyms: guest.copy === 'debug console' ? readFileSync(path('kallsyms')) : kallsymsIn(log),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Lines of /proc/kallsyms among those of the kernel's log, which begin with a time in brackets. */
function kallsymsIn(log: string): Buffer {
  const lines = log.match(/^[0-9a-f]{16} [A-Za-z?] .*\n/gm) ?? [];
  return Buffer.from(lines.join(''), 'latin1');
}

function buildInit(path: string, { compiler, flags }: Guest): Buffer {
  const source = join(dirname(fileURLToPath(import.meta.url)), 'kallsyms-init.c');
  const freestanding = '-static -nostdlib -ffreestanding -fno-stack-protector -fno-pic -no-pie -O2';
  const options = [...flags.split(' '), ...freestanding.split(' '), '-o', path, source];
  const result = spawnSync(compiler, options, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${compiler} ${flags}: ${result.stderr}`);
  return readFileSync(path);
}
