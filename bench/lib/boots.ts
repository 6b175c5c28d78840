import { join } from 'node:path';
import type { Command } from './command.js';

/** A boot of a kernel with an initrd, both files. */
export interface BootFiles {
  readonly kernel: string;
  readonly initrd: string;
  /** MiB. */
  readonly memory: number;
  /** What the kernel's command line has besides the console. */
  readonly append?: string;
}

export const QEMU = 'qemu-system-x86_64';
export const CONSOLE = 'console=ttyS0 panic=-1';

/** A boot on our machine; `dist` is the folder of our built files. */
export function ourBoot(
  label: string,
  dist: string,
  entry: string,
  { kernel, initrd, memory, append }: BootFiles,
  ...options: readonly string[]
): Command {
  const machine = [
    '--entry',
    entry,
    '-m',
    String(memory),
    '--initrd',
    initrd,
    ...(append ? ['--append', append] : []),
  ];
  const args = [join(dist, 'cli/main.js'), 'boot', kernel, ...machine, ...options];
  return { label, program: process.execPath, args };
}

/** The same boot, recorded with its tree of calls; the recording is written nowhere. */
export function ourTrace(label: string, dist: string, entry: string, files: BootFiles): Command {
  const { program, args } = ourBoot(label, dist, entry, files, '--quiet', '--output', '/dev/null');
  return { label, program, args: args.map((arg, i) => (i === 1 ? 'trace' : arg)) };
}

/** A boot on QEMU's TCG. */
export function qemuBoot({ kernel, initrd, memory, append }: BootFiles): Command {
  return {
    label: 'QEMU TCG',
    program: QEMU,
    args: [
      ...['-accel', 'tcg,thread=single', '-cpu', 'qemu64,-cx16', '-m', String(memory), '-display', 'none'],
      ...['-no-reboot', '-nodefaults', '-serial', 'stdio', '-kernel', kernel, '-initrd', initrd],
      ...['-append', append ? `${CONSOLE} ${append}` : CONSOLE],
    ],
  };
}
