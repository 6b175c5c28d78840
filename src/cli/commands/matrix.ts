import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { platformsOf, usualPlatform } from '../../boot/choose.js';
import type { BootOptions } from '../../boot/options.js';
import { entries } from '../../entry/entries.js';
import type { EntryDefinition, EntryId, Offer } from '../../entry/entry.js';
import type { PlatformId } from '../../platform/platform.js';
import {
  emptyCell,
  type Matrix,
  type MatrixCell,
  type MatrixColumn,
  type MatrixSubject,
  matrix,
} from '../../report/matrix.js';
import { matrixText } from '../../report/text/matrix.js';
import { addMachineOptions, bootOptionsOf, type MachineOptions, machineHelp } from '../boot/options.js';
import { entryId, platformId, positive } from '../boot/values.js';
import { EXIT } from '../exit.js';
import { CommandFailure } from '../failure.js';
import { readInput } from '../input.js';
import { onInterrupt } from '../interrupt.js';
import { Pool } from '../matrix/pool.js';
import type { ImageSource } from '../matrix/protocol.js';
import { print, printJson } from '../output.js';
import { StatusLine } from '../status-line.js';
import { terminal } from '../terminal.js';

interface Options extends MachineOptions {
  entry?: EntryId[];
  platform?: PlatformId[];
  jobs?: number;
  json?: boolean;
}

/** `zeropage matrix IMAGE…` */
export function define(command: Command): void {
  const ids = (text: string, before: EntryId[] = []): EntryId[] => [
    ...before,
    ...text.split(',').map(entryId),
  ];
  command
    .argument('[images...]', 'kernel images; "-" reads standard input; without any, the conformance guest')
    .option(
      '--entry <id>',
      'only this entry; can be given several times (default: all that are offered)',
      ids,
    );
  command.option(
    '--platform <id>',
    'only on this platform; can be given several times (default: bare, xen-pv, and for Linux kernels xen-pvh)',
    (text: string, before: PlatformId[] = []): PlatformId[] => [
      ...before,
      ...text.split(',').map(platformId),
    ],
  );
  addMachineOptions(command)
    .option('-j, --jobs <n>', 'boots at a time (default: one a processor)', positive)
    .option('--json', 'print JSON, as schema/matrix.schema.json describes it')
    .addHelpText('after', `${machineHelp}\n${footer}`)
    .action(async (paths: string[], options: Options) => {
      if (paths.filter((path) => path === '-').length > 1) {
        throw new CommandFailure('several images are "-"', 'standard input can be read only once');
      }
      process.exitCode = EXIT.unfinished;
      const interrupt = onInterrupt();
      const sources = paths.length > 0 ? paths.map(sourceOf) : [await conformanceGuest()];
      const run = new MatrixRun(sources, bootOptionsOf(options), options.entry, options.platform);
      const pool = new Pool(options.jobs ?? availableParallelism());
      interrupt.signal.addEventListener('abort', () => pool.stop());
      await run.through(pool);
      interrupt.release();
      const result = matrix(run.subjects(), options.entry);
      process.exitCode = interrupt.signalled() ? EXIT.interrupted : exitCode(result);
      await (options.json ? printJson(result) : print(matrixText(result, terminal())));
    });
}

function exitCode({ images, passed }: Matrix): number {
  if (images.some(({ problem }) => problem !== null)) return EXIT.error;
  if (images.every(({ skipped }) => skipped !== null)) return EXIT.skipped;
  return passed ? EXIT.ok : EXIT.no;
}

/** An image and what is known about it so far. */
interface Subject extends ImageSource {
  readonly image: string;
  problem?: string;
  offers?: readonly Offer[];
  readonly wanted: MatrixColumn[];
  readonly results: MatrixCell[];
}

const sourceOf = (path: string): ImageSource['source'] => (path === '-' ? readInput(path) : path);

/** What can be booted with nothing at hand: the project's own guest, which has every entry. */
async function conformanceGuest(): Promise<ImageSource['source']> {
  const { guestImage } = await import('../../stub/guest/image.js');
  return { name: 'conformance guest', data: guestImage().file };
}

/** One run over all images: opens each, then boots it through every entry it offers that can be booted. */
class MatrixRun {
  readonly #subjects: Subject[];
  readonly #status = new StatusLine();
  /** What each boot under way last said. */
  readonly #underWay = new Map<string, string>();
  #booted = 0;

  constructor(
    sources: readonly ImageSource['source'][],
    private readonly options: BootOptions,
    private readonly asked: readonly EntryId[] | undefined,
    private readonly platforms: readonly PlatformId[] | undefined,
  ) {
    const names = sources.map((source) => (typeof source === 'string' ? basename(source) : source.name));
    this.#subjects = sources.map((source, index) => {
      const isUnique = names.indexOf(names[index]!) === names.lastIndexOf(names[index]!);
      const image = typeof source === 'string' && !isUnique ? source : names[index]!;
      return { index, source, image, wanted: [], results: [] };
    });
  }

  async through(pool: Pool): Promise<void> {
    for (const subject of this.#subjects) this.#open(subject, pool);
    await pool.run();
    this.#status.clear();
  }

  /** What is known now; a boot that did not end was interrupted. */
  subjects(): MatrixSubject[] {
    return this.#subjects.map(({ image, problem, offers, wanted, results }) => {
      const missing = wanted.filter(
        ({ entry, platform }) => !results.some((one) => one.entry === entry && one.platform === platform),
      );
      const open = missing.map((column) =>
        emptyCell(column, 'failed', 'interrupted', 'It was interrupted from outside.'),
      );
      return {
        image,
        problem: problem ?? (offers ? undefined : 'interrupted'),
        offers: offers ?? [],
        results: [...results, ...open],
        wanted,
      };
    });
  }

  #open(subject: Subject, pool: Pool): void {
    const { index, source } = subject;
    pool.add({
      task: { kind: 'open', index, source },
      done: (answer) => {
        if (answer.kind === 'failed') subject.problem = answer.message;
        if (answer.kind !== 'opened') return;
        subject.offers = answer.offers;
        const bootable = entries.filter(({ id, start }) => start && (this.asked?.includes(id) ?? true));
        const offered = bootable.filter(({ id }) =>
          answer.offers.some((offer) => offer.id === id && offer.offered),
        );
        for (const entry of offered) {
          for (const platform of this.#platformsFor(entry, answer.isLinux)) {
            this.#boot(subject, { entry: entry.id, platform }, pool);
          }
        }
      },
    });
  }

  /** Platforms to try an entry on: those asked for, else the usual one, and Xen too for kernels that know it. */
  #platformsFor(entry: EntryDefinition, isLinux: boolean): readonly PlatformId[] {
    const possible = platformsOf(entry);
    if (this.platforms) return possible.filter((id) => this.platforms!.includes(id));
    return possible.filter((id) => id === usualPlatform(entry) || (isLinux && id === 'xen-pvh'));
  }

  #boot(subject: Subject, column: MatrixColumn, pool: Pool): void {
    const { index, source, image } = subject;
    const { entry, platform } = column;
    const name = `${image} ${entry}${platform === 'bare' ? '' : `/${platform}`}`;
    subject.wanted.push(column);
    pool.add({
      task: { kind: 'boot', index, source, entry, platform, options: this.options },
      progress: ({ waypoint, instructions, mips }) => {
        this.#underWay.set(
          name,
          `${name}: ${waypoint}, ${Math.round(instructions / 1e6)} M, ${Math.round(mips)} MIPS`,
        );
        this.#show();
      },
      done: (answer) => {
        this.#underWay.delete(name);
        this.#booted++;
        subject.results.push(
          answer.kind === 'booted'
            ? answer.cell
            : emptyCell(column, 'failed', 'error', answer.kind === 'failed' ? answer.message : ''),
        );
        this.#show();
      },
    });
  }

  #show(): void {
    const total = this.#subjects.reduce((sum, { wanted }) => sum + wanted.length, 0);
    this.#status.show([`${this.#booted} of ${total} booted`, ...this.#underWay.values()].join(' · '));
  }
}

const footer = `
Exit codes: 0 every entry that is offered and can be booted reached userspace (or the waypoint of
--until, or what the image's note says it is to reach), 1 one did not, 2 an image could not be read,
4 nothing could be booted.`;
