import { platformsOf, usualPlatform } from '../boot/choose.js';
import { columnName } from '../boot/column-name.js';
import type { BootOptions } from '../boot/options.js';
import { entries } from '../entry/entries.js';
import type { EntryDefinition, EntryId, Offer } from '../entry/entry.js';
import type { PlatformId } from '../platform/platform.js';
import { foreseenText } from '../report/foreseen.js';
import { emptyCell, type MatrixCell, type MatrixColumn, type MatrixSubject } from '../report/matrix.js';
import { plural } from '../report/text/quantity.js';
import { shownNames } from './names.js';
import { failureText, type ImageSource, type Pool } from './pool.js';
import type { MatrixAnswer, MatrixTask } from './protocol.js';
import { UnderWay } from './under-way.js';

type MatrixPool = Pool<MatrixTask, MatrixAnswer>;

/** What is to be tried, and how. */
export interface MatrixPlan {
  readonly options: BootOptions;
  /** Only these; default: all that an image offers. */
  readonly entries?: readonly EntryId[];
  readonly platforms?: readonly PlatformId[];
  /** Of each boot, in seconds. */
  readonly timeLimit?: number;
}

/** Is told of a run while it lasts. */
export interface MatrixObserver {
  /** How far all is, in a line. */
  progress?(text: string): void;
  /** What is known to be wrong with an image, in lines, before it is booted; empty when nothing is. */
  foreseen?(text: string): void;
}

/** An image and what is known about it so far. */
interface Subject extends ImageSource {
  readonly image: string;
  problem?: string;
  offers?: readonly Offer[];
  readonly wanted: MatrixColumn[];
  readonly results: MatrixCell[];
}

/** One run over all images: opens each, then boots it through every entry it offers that can be booted. */
export class MatrixRun {
  readonly #subjects: Subject[];
  readonly #underWay = new UnderWay();

  constructor(
    sources: readonly ImageSource['source'][],
    private readonly plan: MatrixPlan,
    private readonly observer: MatrixObserver = {},
  ) {
    const names = shownNames(sources.map((source) => (typeof source === 'string' ? source : source.name)));
    this.#subjects = sources.map((source, index) => ({
      index,
      source,
      image: names[index]!,
      wanted: [],
      results: [],
    }));
  }

  async through(pool: MatrixPool): Promise<void> {
    for (const subject of this.#subjects) this.#open(subject, pool);
    await pool.run();
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

  #open(subject: Subject, pool: MatrixPool): void {
    const { index, source } = subject;
    pool.add({
      task: { kind: 'open', index, source },
      done: (answer) => {
        if (answer.kind === 'failed') subject.problem = failureText(answer);
        if (answer.kind !== 'opened') return;
        subject.offers = answer.offers;
        const bootable = entries.filter(
          ({ id, start }) => start && (this.plan.entries?.includes(id) ?? true),
        );
        const offered = bootable.filter(({ id }) =>
          answer.offers.some((offer) => offer.id === id && offer.offered),
        );
        this.#warn(subject, offered, answer.findings);
        for (const entry of offered) {
          for (const platform of this.#platformsFor(entry, answer.isLinux)) {
            this.#boot(subject, { entry: entry.id, platform }, pool);
          }
        }
      },
    });
  }

  /** Says what is known to be wrong for the entries that will be booted, each finding once. */
  #warn(
    { image }: Subject,
    tried: readonly EntryDefinition[],
    known: Extract<MatrixAnswer, { kind: 'opened' }>['findings'],
  ): void {
    const about = known.filter(({ entry }) => tried.some(({ id }) => id === entry));
    const findings = new Map(
      about.flatMap((one) => one.findings.map((each) => [JSON.stringify(each), each])),
    );
    this.observer.foreseen?.(foreseenText(image, [...findings.values()]));
  }

  /** Platforms to try an entry on: those asked for, else the usual one, and Xen too for kernels that know it. */
  #platformsFor(entry: EntryDefinition, isLinux: boolean): readonly PlatformId[] {
    const possible = platformsOf(entry);
    const { platforms: asked } = this.plan;
    if (asked) return possible.filter((id) => asked.includes(id));
    return possible.filter((id) => id === usualPlatform(entry) || (isLinux && id === 'xen-pvh'));
  }

  #boot(subject: Subject, column: MatrixColumn, pool: MatrixPool): void {
    const { index, source, image } = subject;
    const { options, timeLimit } = this.plan;
    const { entry, platform } = column;
    const name = `${image} ${columnName(column)}`;
    subject.wanted.push(column);
    pool.add({
      task: { kind: 'boot', index, source, entry, platform, options, timeLimit },
      progress: (progress) => {
        this.#underWay.progress(name, progress);
        this.tell();
      },
      done: (answer) => {
        this.#underWay.end(name);
        subject.results.push(
          answer.kind === 'booted'
            ? answer.cell
            : emptyCell(column, 'failed', 'error', answer.kind === 'failed' ? failureText(answer) : ''),
        );
        this.tell();
      },
    });
  }

  /** Tells the observer how far all is: unpacking and autopsies say nothing for a while. */
  tell(): void {
    const total = this.#subjects.reduce((sum, { wanted }) => sum + wanted.length, 0);
    const unread = this.#subjects.filter(({ offers, problem }) => !offers && problem === undefined).length;
    const heading = [
      `${this.#underWay.ended} of ${total} booted`,
      ...(unread > 0 ? [`${unread} of ${plural(this.#subjects.length, 'image')} still to be read`] : []),
    ];
    this.observer.progress?.(this.#underWay.line(...heading));
  }
}
