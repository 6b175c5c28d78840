/**
 * `npm run bench:boot`: a Debian kernel from the PVH entry to userspace and power-off, on our machine and on QEMU's TCG,
 * in one run, interleaved; medians and the ratio of medians. Ends with 0, with 2 when the target is missed, with 4
 * when the kernel or QEMU is missing.
 *
 *   --rounds N   rounds that count, 5 unless told, at least 3
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { initramfs } from '../src/boot/init/initramfs.js';
import { corpusFile, corpusReason } from '../tools/corpus/locate.js';
import type { Command } from './lib/command.js';
import { versionOf } from './lib/command.js';
import { interleave } from './lib/measure.js';
import { subjectOf } from './lib/subject.js';
import { comparisonTable, isMissed } from './lib/table.js';

const KERNEL = 'debian-13-cloud-amd64';
const MEMORY = 512;
/** Wall time against QEMU TCG. */
const TARGET = 10;
/** Resident memory beyond the guest's RAM, in MiB. */
const MEMORY_TARGET = 300;
const EXIT = { met: 0, missed: 2, skipped: 4 } as const;
const QEMU = 'qemu-system-x86_64';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

/** Largest resident size of a command in MiB, by GNU time; undefined where it is not installed. */
function peakMemory(command: Command): number | undefined {
  const { stderr, status, error } = spawnSync('/usr/bin/time', ['-v', command.program, ...command.args], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (error || status !== 0) return undefined;
  const kib = /Maximum resident set size \(kbytes\): (\d+)/.exec(stderr)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { rounds: { type: 'string' } } });
  const rounds = Math.max(3, Number(values.rounds ?? 5) || 5);
  const kernel = corpusFile(KERNEL);
  const version = versionOf(QEMU);
  if (!kernel || !version) {
    say(
      `skipped: ${kernel ? `${QEMU} (Debian package qemu-system-x86) is not installed` : corpusReason(KERNEL)}`,
    );
    return EXIT.skipped;
  }
  const [load] = loadavg();
  note('building');
  if (spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }).status !== 0)
    throw new Error('the build failed');
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-bench-'));
  try {
    const { vmlinux } = await subjectOf(kernel, folder);
    const initrd = join(folder, 'initrd');
    writeFileSync(initrd, initramfs(64));
    const ours: Command = {
      label: 'zeropage boot --entry pvh',
      program: process.execPath,
      args: [
        resolve('dist/cli/main.js'),
        'boot',
        vmlinux,
        '--entry',
        'pvh',
        '-m',
        String(MEMORY),
        '--initrd',
        initrd,
      ],
    };
    const peer: Command = {
      label: `${QEMU} (TCG)`,
      program: QEMU,
      args: [
        ...['-accel', 'tcg,thread=single', '-cpu', 'qemu64,-cx16', '-m', String(MEMORY), '-display', 'none'],
        ...['-no-reboot', '-nodefaults', '-serial', 'stdio', '-kernel', vmlinux, '-initrd', initrd],
        ...['-append', 'console=ttyS0'],
      ],
    };
    const [mine, theirs] = interleave([ours, peer], {
      rounds,
      warmUp: 1,
      onRound: (round) => note(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`),
    });
    const comparison = { ours: mine!, peer: theirs!, target: TARGET };
    say(
      `${kernel.package} ${kernel.version}, PVH entry to userspace and power-off, ${MEMORY} MiB, interpreter only`,
    );
    say(
      `${cpus().length} × ${cpus()[0]?.model}, node ${process.version}, QEMU ${version}, ${rounds} rounds after 1, load average at the start ${load?.toFixed(1)}\n`,
    );
    say(comparisonTable([comparison]));
    const memory = peakMemory(ours);
    if (memory === undefined) say('skipped: resident memory needs GNU time (Debian package time)');
    else {
      const over = memory - MEMORY;
      say(
        `resident memory: ${memory.toFixed(0)} MiB, ${over.toFixed(0)} MiB beyond the guest's RAM; at most ${MEMORY_TARGET} wanted`,
      );
      if (over > MEMORY_TARGET) return EXIT.missed;
    }
    return isMissed(comparison) ? EXIT.missed : EXIT.met;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
