/**
 * `npm run bench:boot`: Debian kernels to userspace and power-off, on our machine and on others, in one run, interleaved;
 * medians and ratios of medians. Ends with 0, with 2 when a target is missed, with 4 when a kernel or QEMU is missing.
 *
 *   (a) (b) (c)  boots, a process from start to exit
 *   (d)          benchmarks inside a guest, each timed from the line with which it begins to the one with which it ends
 *   (e)          what watching a boot costs: processor time of the same boot with observers and without
 *
 *   --rounds N   rounds that count, 5 unless told, at least 3
 *   --only TEXT  only parts whose title contains it
 *   --v86 DIR    folder of the npm package v86 (npm install v86); SeaBIOS and its VGA BIOS are Debian's (seabios)
 *   --built DIR  folder of our built files, instead of building
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { initramfs } from '../src/boot/init/initramfs.js';
import { userspaceMarker } from '../src/boot/init/program.js';
import { type CorpusFile, corpusFile, corpusReason } from '../tools/corpus/locate.js';
import { type BootFiles, CONSOLE, ourBoot, QEMU, qemuBoot } from './lib/boots.js';
import { type Command, versionOf } from './lib/command.js';
import { interleave, type Rounds } from './lib/measure.js';
import { benchmarks } from './lib/micro/benchmarks.js';
import { compareGuests } from './lib/micro/compare.js';
import { guestProgram, quietKernel } from './lib/micro/guest.js';
import { subjectOf } from './lib/subject.js';
import { type Comparison, comparisonTable, isMissed } from './lib/table.js';
import { watching, watchingNotes } from './lib/watching.js';

const MEMORY = 512;
/** Resident memory beyond the guest's RAM, in MiB. */
const MEMORY_TARGET = 400;
const EXIT = { met: 0, missed: 2, skipped: 4 } as const;
const firmware = { bios: '/usr/share/seabios/bios.bin', vga: '/usr/share/seabios/vgabios-stdvga.bin' };

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

interface Places {
  /** Of our built files. */
  readonly dist: string;
  readonly folder: string;
  /** The npm package. */
  readonly v86: string | undefined;
}

/** What a part of the table came to. */
interface Result {
  readonly comparisons: readonly Comparison[];
  /** Largest resident size of ours in MiB. */
  readonly memory?: number;
  /** How to read its lines. */
  readonly notes?: readonly string[];
}

/** A part of the table. */
interface Part {
  readonly title: string;
  readonly kernel: string;
  measure(kernel: CorpusFile, places: Places, rounds: Rounds): Result | Promise<Result>;
}

/** A boot that is compared. */
interface Subject {
  readonly title: string;
  readonly kernel: string;
  readonly entry: string;
  /** The kernel that stands unpacked in the bzImage, or the bzImage itself. */
  readonly unpacked: boolean;
  readonly bits: 32 | 64;
  /** Largest ratio of wall times that is good enough. */
  readonly targets: { readonly qemu?: number; readonly v86?: number };
}

const subjects: readonly Subject[] = [
  {
    title: '(a) Debian 13 cloud, pvh',
    kernel: 'debian-13-cloud-amd64',
    entry: 'pvh',
    unpacked: true,
    bits: 64,
    targets: { qemu: 2 },
  },
  {
    title: '(b) Debian 11 686-pae, linux32',
    kernel: 'debian-11-686-pae',
    entry: 'linux32',
    unpacked: false,
    bits: 32,
    targets: { v86: 0.7 },
  },
  {
    title: '(c) Debian 13 cloud bzImage, linux64',
    kernel: 'debian-13-cloud-amd64',
    entry: 'linux64',
    unpacked: false,
    bits: 64,
    targets: { qemu: 2 },
  },
];

const parts: readonly Part[] = [
  ...subjects.map((subject) => ({
    title: subject.title,
    kernel: subject.kernel,
    measure: (kernel: CorpusFile, places: Places, rounds: Rounds) => compare(subject, kernel, places, rounds),
  })),
  {
    title: '(d) guest benchmarks',
    kernel: 'debian-13-cloud-amd64',
    measure: async (kernel, places, rounds) => {
      const files = await filesOf(kernel, places, true, initramfs(64, guestProgram({ benchmarks })));
      const quiet = { ...files, append: quietKernel };
      const ours = ourBoot('ours', places.dist, 'pvh', quiet);
      return {
        comparisons: await compareGuests('(d)', benchmarks, ours, qemuBoot(quiet), rounds),
        notes: benchmarks.map(
          ({ name, iterations, iteration }) => `(d) ${name}: ${iterations} × ${iteration}`,
        ),
      };
    },
  },
  {
    title: '(e) the cost of watching',
    kernel: 'debian-13-cloud-amd64',
    measure: async (kernel, places, rounds) => {
      const files = await filesOf(kernel, places, true, initramfs(64));
      return { comparisons: watching('(e)', places.dist, 'pvh', files, rounds), notes: watchingNotes };
    },
  },
];

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

/** A kernel and an initramfs as files. */
async function filesOf(
  kernel: CorpusFile,
  { folder }: Places,
  unpacked: boolean,
  archive: Uint8Array,
): Promise<BootFiles> {
  const initrd = join(folder, 'initrd');
  writeFileSync(initrd, archive);
  return {
    kernel: unpacked ? (await subjectOf(kernel, folder)).vmlinux : kernel.path,
    initrd,
    memory: MEMORY,
  };
}

/** The commands of one subject: ours, ours without the translator, and the peers. */
async function commandsOf(subject: Subject, kernel: CorpusFile, places: Places) {
  const files = await filesOf(kernel, places, subject.unpacked, initramfs(subject.bits));
  const ours = ourBoot(subject.title, places.dist, subject.entry, files);
  const interpreted = ourBoot('interpreter only', places.dist, subject.entry, files, '--no-translate');
  const { v86 } = places;
  const runner = fileURLToPath(new URL('lib/v86.mjs', import.meta.url));
  const { bios, vga } = firmware;
  const machine = [files.kernel, files.initrd, String(files.memory), CONSOLE];
  const other: Command | undefined =
    v86 && subject.targets.v86
      ? {
          label: 'v86',
          program: process.execPath,
          args: [runner, v86, bios, vga, ...machine, userspaceMarker],
        }
      : undefined;
  return { ours, interpreted, qemu: qemuBoot(files), other };
}

async function compare(
  subject: Subject,
  kernel: CorpusFile,
  places: Places,
  rounds: Rounds,
): Promise<Result> {
  const { ours, interpreted, qemu, other } = await commandsOf(subject, kernel, places);
  const commands = [ours, interpreted, qemu, ...(other ? [other] : [])];
  const [mine, plain, theirs, browser] = interleave(commands, rounds);
  const comparisons: Comparison[] = [
    { ours: mine!, peer: theirs!, target: subject.targets.qemu },
    { ours: mine!, peer: plain! },
  ];
  if (browser) comparisons.push({ ours: mine!, peer: browser, target: subject.targets.v86 });
  return { comparisons, memory: peakMemory(ours) };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      only: { type: 'string', default: '' },
      v86: { type: 'string' },
      built: { type: 'string' },
    },
  });
  const rounds = Math.max(3, Number(values.rounds ?? 5) || 5);
  const version = versionOf(QEMU);
  const wanted = parts.filter(({ title }) => title.includes(values.only));
  const kernels = new Set(wanted.map(({ kernel }) => kernel));
  const missing = [...kernels].flatMap((kernel) => corpusReason(kernel) ?? []);
  if (!version) missing.push(`${QEMU} (Debian package qemu-system-x86) is not installed`);
  if (missing.length) {
    say(`skipped: ${missing.join(', ')}`);
    return EXIT.skipped;
  }
  const usable = values.v86 !== undefined && existsSync(firmware.bios);
  const v86 = usable ? values.v86 : undefined;
  const [load] = loadavg();
  if (!values.built) {
    note('building');
    if (spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }).status !== 0)
      throw new Error('the build failed');
  }
  const folder = mkdtempSync(join(tmpdir(), 'zeropage-bench-'));
  const places = { dist: resolve(values.built ?? 'dist'), folder, v86 };
  try {
    const comparisons: Comparison[] = [];
    const memory: string[] = [];
    const notes: string[] = [];
    let missed = false;
    for (const { title, kernel, measure } of wanted) {
      note(title);
      const result = await measure(corpusFile(kernel)!, places, {
        rounds,
        warmUp: 1,
        onRound: (round) => note(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`),
      });
      comparisons.push(...result.comparisons);
      notes.push(...(result.notes ?? []));
      if (result.memory === undefined) continue;
      const over = result.memory - MEMORY;
      memory.push(`${title}: ${result.memory.toFixed(0)} MiB resident`);
      if (over > MEMORY_TARGET) missed = true;
    }
    const peers = [`QEMU ${version}`, ...(v86 ? [`v86 ${v86Version(v86)}`] : [])].join(', ');
    say(
      `To userspace and power-off, ${MEMORY} MiB; ${cpus().length} × ${cpus()[0]?.model}, node ${process.version}, ${peers}, ${rounds} rounds after 1, load average at the start ${load?.toFixed(1)}\n`,
    );
    say(comparisonTable(comparisons));
    for (const line of notes) say(line);
    if (memory.length) say(`${memory.join('; ')}; at most ${MEMORY + MEMORY_TARGET} wanted`);
    return missed || comparisons.some(isMissed) ? EXIT.missed : EXIT.met;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function v86Version(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

process.exitCode = await main();
