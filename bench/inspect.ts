/**
 * `npm run bench:inspect`: how fast the built command line reads a kernel, beside the tools people use for parts of it.
 * One run, interleaved; medians and ratios of medians. Ends with 0, with 2 when a target is missed,
 * with 4 when the kernel or a peer that a target is measured against is missing.
 *
 *   --rounds N   rounds that count, 11 unless told, at least 7
 *   --no-build   measure dist/ as it stands
 *   --fetch      fetch Debian's linux-source (140 MB) for extract-vmlinux where it is missing
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { corpusFile, corpusReason } from '../tools/corpus/locate.js';
import { type Command, outputOf, versionOf } from './lib/command.js';
import { fetchExtractVmlinux, findExtractVmlinux } from './lib/extract-vmlinux.js';
import { interleave, type Times } from './lib/measure.js';
import { Plan } from './lib/plan.js';
import { type Subject, subjectOf } from './lib/subject.js';
import { comparisonTable, isMissed, ratio } from './lib/table.js';
import { parseNm, withSymbolTable } from './lib/unstripped.js';

const KERNEL = 'debian-13-amd64';
const WARM_UP = 2;
/** Comparisons with a target; a run that could not make them all has not shown that they are met. */
const TARGETS = 2;
const EXIT = { met: 0, missed: 2, skipped: 4 } as const;
const MAIN = resolve('dist/cli/main.js');

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const note = (text: string): void => void process.stderr.write(`${text}\n`);

const zeropage = (label: string, ...args: string[]): Command => ({
  label: `zeropage ${label}`,
  program: process.execPath,
  args: [MAIN, ...args],
});

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string' }, 'no-build': { type: 'boolean' }, fetch: { type: 'boolean' } },
  });
  const rounds = Math.max(7, Number(values.rounds ?? 11) || 11);
  const kernel = corpusFile(KERNEL);
  if (!kernel) {
    say(`skipped: ${corpusReason(KERNEL)}`);
    return EXIT.skipped;
  }
  const [load] = loadavg();
  if (!values['no-build']) build();

  const folder = mkdtempSync(join(tmpdir(), 'zeropage-bench-'));
  try {
    note('preparing what the peers read');
    const subject = await subjectOf(kernel, folder);
    const plan = new Plan();
    const inspect = zeropage('inspect', 'inspect', subject.path);
    besideZstd(plan, inspect, subject);
    besideReadelf(plan, inspect, subject, folder, values.fetch ?? false);
    besideNode(plan, subject);
    besideNm(plan, subject, folder);
    besidePahole(plan, subject);

    const times = interleave(plan.commands, {
      rounds,
      warmUp: WARM_UP,
      onRound: (round) => note(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`),
    });
    const of = (command: Command): Times => times[plan.commands.indexOf(command)]!;
    const comparisons = plan.pairs.map(({ ours, peer, target }) => ({
      ours: of(ours),
      peer: of(peer),
      target,
    }));

    say(
      `${kernel.package} ${kernel.version}: ${kernel.size} bytes, ${subject.codec} payload of ${subject.elf.length} bytes`,
    );
    say(
      `${cpus().length} × ${cpus()[0]?.model}, ${rounds} rounds after ${WARM_UP} to warm up, output to /dev/null, load average at the start ${load?.toFixed(1)}\n`,
    );
    say(comparisonTable(comparisons));
    for (const line of plan.notes) say(line);
    for (const reason of plan.skipped) say(`skipped: ${reason}`);
    const missed = comparisons.filter(isMissed);
    for (const one of missed) {
      const factor = ratio(one).toFixed(2);
      say(
        `missed: ${one.ours.label} takes ${factor}× the time of ${one.peer.label}, at most ${one.target}× wanted`,
      );
    }
    if (missed.length > 0) return EXIT.missed;
    return comparisons.filter(({ target }) => target !== undefined).length < TARGETS
      ? EXIT.skipped
      : EXIT.met;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function build(): void {
  note('building');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('the build failed; --no-build measures dist/ as it stands');
}

function besideZstd(plan: Plan, inspect: Command, { payload }: Subject): void {
  const version = versionOf('zstd');
  if (!version) {
    plan.skip('zstd is not installed');
    return;
  }
  const peer = { label: 'zstd -d', program: 'zstd', args: ['-dcq', payload] };
  plan.add(`zstd ${version}: decompresses the same payload, and does nothing else`, {
    ours: inspect,
    peer,
    target: 8,
  });
}

/** What people do today: unpack with the kernel's script, then ask readelf for notes and segments. */
function besideReadelf(
  plan: Plan,
  inspect: Command,
  { path }: Subject,
  folder: string,
  fetch: boolean,
): void {
  const version = versionOf('readelf');
  if (!version) {
    plan.skip('readelf (Debian package binutils) is not installed');
    return;
  }
  let script = findExtractVmlinux();
  if (!script && fetch) {
    note('fetching extract-vmlinux');
    const reason = fetchExtractVmlinux();
    if (reason) {
      plan.skip(`extract-vmlinux: ${reason}`);
      return;
    }
    script = findExtractVmlinux();
  }
  if (!script) {
    plan.skip('extract-vmlinux is not on this machine: --fetch takes it from Debian, or set EXTRACT_VMLINUX');
    return;
  }
  const args = ['-c', '"$1" "$2" > "$3" && readelf -nlW "$3"', 'sh', script, path, join(folder, 'extracted')];
  const peer = { label: 'extract-vmlinux + readelf -nl', program: 'sh', args };
  plan.add(`extract-vmlinux (${script}), then readelf ${version} -nl: notes and segments only`, {
    ours: inspect,
    peer,
  });
}

function besideNode(plan: Plan, { path }: Subject): void {
  const ours = zeropage('inspect --fast', 'inspect', '--fast', path);
  const peer = { label: 'node -e 0', program: process.execPath, args: ['-e', '0'] };
  plan.add(`node ${process.version}: starts and runs nothing`, { ours, peer, target: 3 });
}

function besideNm(plan: Plan, { path, vmlinux, elf }: Subject, folder: string): void {
  const version = versionOf('nm');
  if (!version) {
    plan.skip('nm (Debian package binutils) is not installed');
    return;
  }
  const symbols = parseNm(outputOf(process.execPath, MAIN, 'symbols', path) ?? '');
  const unstripped = join(folder, 'vmlinux.unstripped');
  const data = withSymbolTable(elf, symbols);
  writeFileSync(unstripped, data);
  const found = parseNm(outputOf('nm', '-n', unstripped) ?? '').length;
  if (symbols.length === 0 || found !== symbols.length) {
    throw new Error(`zeropage lists ${symbols.length} symbols, but nm reads ${found} of them back`);
  }
  const peer = { label: 'nm -n', program: 'nm', args: ['-n', unstripped] };
  plan.add(
    `nm ${version}: reads the same ${symbols.length} symbols from a .symtab that this bench appended to the same vmlinux ` +
      `(${data.length} bytes); zeropage recovers them from kallsyms, of the bzImage or of the stripped vmlinux`,
    { ours: zeropage('symbols', 'symbols', path), peer },
    { ours: zeropage('symbols, of vmlinux', 'symbols', vmlinux), peer },
  );
}

function besidePahole(plan: Plan, { vmlinux }: Subject): void {
  const version = versionOf('pahole');
  if (!version) {
    plan.skip('pahole (Debian package dwarves) is not installed');
    return;
  }
  const ours = zeropage('types, of vmlinux', 'types', vmlinux, 'task_struct');
  const peer = {
    label: 'pahole -F btf -C',
    program: 'pahole',
    args: ['-F', 'btf', '-C', 'task_struct', vmlinux],
  };
  plan.add(`pahole ${version}: prints the same struct task_struct from the same vmlinux`, { ours, peer });
}

process.exitCode = await main();
