import type { Command } from 'commander';
import { boot } from '../../boot/boot.js';
import { chooseWay } from '../../boot/choose.js';
import { ConsoleInput } from '../../boot/console-input.js';
import type { BootOptions } from '../../boot/options.js';
import { prepare } from '../../boot/prepare.js';
import { Profile } from '../../boot/profile.js';
import { limited } from '../../boot/time-limit.js';
import type { EntryId } from '../../entry/entry.js';
import type { Image } from '../../image/image.js';
import { openImage } from '../../image/open.js';
import { readSymbols } from '../../image/symbols/read.js';
import type { Machine } from '../../machine/machine.js';
import { type BootReport, bootReport, succeeded } from '../../report/boot.js';
import { foreseen, foreseenText } from '../../report/foreseen.js';
import type { FindingReport } from '../../report/inspection.js';
import { startOfDay } from '../../report/start-of-day.js';
import { bootLine, bootText } from '../../report/text/boot.js';
import { profileText } from '../../report/text/profile.js';
import { startOfDayText } from '../../report/text/start-of-day.js';
import { keysHelp } from '../boot/keyboard.js';
import {
  addMachineOptions,
  addVariationOption,
  bootOptionsOf,
  type MachineOptions,
  machineHelp,
  type VariationOptions,
} from '../boot/options.js';
import { TerminalInput } from '../boot/terminal-input.js';
import { addWayOptions, type WayOptions } from '../boot/way.js';
import type { Example } from '../commands.js';
import { EXIT } from '../exit.js';
import { CommandFailure, explain } from '../failure.js';
import { readInput } from '../input.js';
import { onInterrupt } from '../interrupt.js';
import { print, printJson } from '../output.js';
import { StatusLine } from '../status-line.js';
import { terminal } from '../terminal.js';

interface Options extends MachineOptions, VariationOptions, WayOptions {
  interactive?: boolean;
  realtime?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  exitStatus?: boolean;
  dryRun?: boolean;
  profile?: boolean;
  json?: boolean;
}

/** `zeropage boot IMAGE` */
export function define(command: Command): void {
  addWayOptions(command.argument('<image>', 'kernel image; "-" reads standard input'));
  addVariationOption(addMachineOptions(command))
    .option('-i, --interactive', `type on the guest's console; ${keysHelp}`)
    .option('--realtime', "let time pass as on the host, and show the guest the host's date")
    .option('-q, --quiet', 'do not show the console, and print the verdict alone')
    .option('-v, --verbose', 'of a boot that failed, show all registers too')
    .option('--profile', 'show which functions of the guest take the time, and what was translated')
    .option('--exit-status', "end with the guest's own exit status, and with 255 where it died without one")
    .option('--dry-run', 'show the state the boot would begin in: registers, memory map, structures')
    .option(
      '--json',
      'print JSON, as schema/boot.schema.json (with --dry-run start-of-day.schema.json) describes it',
    )
    .action(async (path: string, options: Options) => {
      if (options.interactive && (options.json || path === '-')) {
        throw new CommandFailure(
          `--interactive does not go with ${options.json ? '--json' : 'an image from standard input'}`,
        );
      }
      if (options.profile && options.json) throw new CommandFailure('--profile does not go with --json');
      const { name, data } = readInput(path);
      const image = await openImage(data, { name });
      const wanted = {
        entry: options.entry,
        platform: options.platform,
        variation: options.vary,
        ...bootOptionsOf(options),
      };
      const { id, via } = wayOf(image, wanted.entry);
      const findings = foreseen(image, id, via);
      if (!options.json && !options.quiet) process.stderr.write(foreseenText(image.name, findings));
      if (options.dryRun) await dryRun(image, wanted, options);
      else await bootOnce(image, wanted, options, findings);
    });
}

/** The entry that a boot will take, and the layer that offers it. */
function wayOf(image: Image, entry: EntryId | undefined) {
  const way = chooseWay(image, entry);
  return { id: 'verdict' in way ? way.entry : way.definition.id, via: way.via };
}

async function dryRun(image: Image, wanted: BootOptions, { json }: Options): Promise<void> {
  const way = chooseWay(image, wanted.entry);
  if ('verdict' in way) {
    process.stderr.write(explain(new CommandFailure(way.reason, undefined, image.name)));
    process.exitCode = EXIT.no;
    return;
  }
  const { machine, platform, commandLine, places } = await prepare(image, way, wanted, {});
  const { id: entry, title } = way.definition;
  const subject = { image: image.name, entry, title, via: way.via, platform: platform.id, commandLine };
  const report = startOfDay(subject, machine, places);
  await (json ? printJson(report) : print(startOfDayText(report, terminal())));
}

async function bootOnce(
  image: Image,
  wanted: BootOptions,
  options: Options,
  findings: readonly FindingReport[],
): Promise<void> {
  const { json, quiet, interactive } = options;
  const status = new StatusLine(quiet === true || json === true);
  const interrupt = onInterrupt();
  const input = interactive ? new ConsoleInput() : undefined;
  const keyboard = input && new TerminalInput(input, interrupt.abort);
  const shown = !json && !quiet;
  const profile = options.profile ? new Profile() : undefined;
  let machine: Machine | undefined;
  let atLineStart = true;
  process.exitCode = EXIT.unfinished;
  keyboard?.start();
  try {
    const result = await boot(
      image,
      // Whoever sits at the console decides when it is enough.
      interactive ? { budget: Number.POSITIVE_INFINITY, ...defined(wanted) } : wanted,
      {
        signal: limited(interrupt.signal, options.timeLimit),
        input,
        realtime: interactive || options.realtime,
        runner: profile,
        onMachine: (made) => {
          machine = made;
        },
        onConsole: (bytes) => {
          if (!shown) return;
          status.yieldTo(() => {
            process.stdout.write(bytes);
            atLineStart = bytes.at(-1) === NEWLINE;
            return atLineStart;
          });
        },
        onWaypoint: ({ name }) => {
          if (name === 'userspace') keyboard?.userspace();
        },
        onProgress: ({ waypoint, instructions, mips }) => {
          if (interactive) return;
          status.show(
            `${waypoint} · ${Math.round(instructions / 1e6)} M instructions · ${Math.round(mips)} MIPS`,
          );
        },
      },
    );
    keyboard?.close();
    status.clear();
    if (!atLineStart) await print('\n');
    process.exitCode = interrupt.signalled() ? EXIT.interrupted : exitCode(result, options);
    await report(bootReport(image.name, result, findings), options);
    if (profile) {
      const rows = profile.rows(readSymbols(image).table, BigInt(result.slide ?? 0));
      const { width } = terminal();
      await print(`\n${profileText(rows, machine?.cpu.translator?.statistics, width)}`);
    }
  } finally {
    keyboard?.close();
    status.clear();
    interrupt.release();
  }
}

const NEWLINE = 10;

async function report(result: BootReport, { json, quiet, verbose }: Options): Promise<void> {
  if (json) return printJson(result);
  if (quiet) return print(bootLine(result, terminal()));
  const consoleShown = result.console !== '';
  const text = bootText(result, { ...terminal(), verbose, consoleShown });
  await print(`${consoleShown ? '\n' : ''}${text}`);
}

/** With `--exit-status` the guest's own; success and failure of one without a status are 0 and 255 then. */
function exitCode(result: Pick<BootReport, 'verdict' | 'exitStatus'>, { exitStatus }: Options): number {
  if (exitStatus && result.exitStatus !== null) return result.exitStatus;
  if (succeeded(result)) return EXIT.ok;
  return exitStatus ? EXIT.died : EXIT.no;
}

/** Options that were given. */
function defined(options: BootOptions): BootOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

export const notes = `${machineHelp.trim()}

Deterministic unless --realtime or --interactive is given: the same image, entry and options give the same console and the
same state hash.
Exit codes: 0 the guest got where it was to get and ended in order, 1 it did not, 2 the boot could not start as asked,
130 interrupted; with --exit-status the guest's own. What counts as a good end: docs/verdicts.md.`;

export const examples: readonly Example[] = [
  ['zeropage boot vmlinuz', 'through the first entry that is offered and needs no firmware'],
  ['zeropage boot --entry pvh --initrd initrd.img --append quiet vmlinuz', 'through PVH, with an initrd'],
  ['zeropage boot --until start_kernel -q vmlinuz', 'how far is it? One line'],
  ["zeropage boot --entry multiboot2 --module 'vmlinuz console=hvc0' xen", 'Xen with a dom0 kernel'],
  ['zeropage boot --dry-run --entry linux64 vmlinuz', 'the state it would begin in'],
];
