import { columnName } from '../boot/column-name.js';
import type { Planned } from '../compare/plan.js';
import { ImageError, StartError } from '../core/errors.js';
import type { EntryId } from '../entry/entry.js';
import type { PlatformId } from '../platform/platform.js';
import type { Recording } from '../trace/recording.js';
import type { TraceOptions } from '../trace/trace.js';
import type { Failed, ImageSource, NamedImage, Pool } from './pool.js';
import { UnderWay } from './under-way.js';

/** What a worker is asked to do for recordings. */
export type RecordingTask =
  | ({
      readonly kind: 'open';
      readonly entries?: readonly EntryId[];
      readonly platforms?: readonly PlatformId[];
    } & ImageSource)
  | ({
      readonly kind: 'record';
      readonly planned: Planned;
      readonly options: TraceOptions;
      /** Seconds. */
      readonly timeLimit?: number;
    } & ImageSource);

/** What it answers: the boots that there are to record, or one that was. */
export type RecordingAnswer =
  | { readonly kind: 'planned'; readonly boots: readonly Planned[] }
  | { readonly kind: 'recorded'; readonly recording: Recording };

export type RecordingPool = Pool<RecordingTask, RecordingAnswer>;

/** Which boots of each image are recorded, and how. */
export interface RecordingPlan {
  readonly options: TraceOptions;
  /** Default: all that can be booted. */
  readonly entries?: readonly EntryId[];
  /** Default: the usual one of each entry. */
  readonly platforms?: readonly PlatformId[];
  /** Of each boot, in seconds. */
  readonly timeLimit?: number;
}

/** One boot of an image, and what came of it. */
interface Boot extends ImageSource {
  readonly planned: Planned;
  outcome?: Recording | Failed;
}

/** Why an image cannot be booted, or what came of each of its boots. */
export type ImageOutcome =
  | Failed
  | readonly { readonly planned: Planned; readonly outcome: Recording | Failed }[];

/**
 * Records boots of images side by side, with the result of recording one after the other: neither the order of the recordings nor
 * which failure is told depends on what ends first. Every image is opened before the first boot.
 */
export class RecordingRun {
  readonly #plans: (readonly Planned[] | Failed | undefined)[];
  readonly #boots: Boot[] = [];
  readonly #underWay = new UnderWay();
  /** The first failure ends all. */
  #strict = true;

  constructor(
    private readonly images: readonly NamedImage[],
    private readonly plan: RecordingPlan,
    /** Is told how far all is, in a line. */
    private readonly progress: (text: string) => void = () => {},
    /** Is told of each recording, and may give the pool more to do. */
    private readonly recorded: (
      source: ImageSource,
      planned: Planned,
      recording: Recording,
    ) => void = () => {},
  ) {
    this.#plans = images.map(() => undefined);
  }

  /**
   * The recordings, those of the first image first; undefined when the pool was stopped from outside. Throws ImageError or
   * StartError for the first image that cannot be read, else for the first boot that cannot start.
   */
  async through(pool: RecordingPool): Promise<Recording[] | undefined> {
    if (this.images.length === 0) return [];
    await this.#run(pool);
    const failed = this.#plans.find(isFailed) ?? this.#boots.map(({ outcome }) => outcome).find(isFailed);
    if (failed) throw errorOf(failed);
    const outcomes = this.#boots.map(({ outcome }) => outcome);
    return this.#plans.includes(undefined) || outcomes.includes(undefined)
      ? undefined
      : (outcomes as Recording[]);
  }

  /** What came of each image; a failure is one of these, and ends nothing else. Undefined when the pool was stopped from outside. */
  async outcomes(pool: RecordingPool): Promise<ImageOutcome[] | undefined> {
    this.#strict = false;
    await this.#run(pool);
    if (this.#plans.includes(undefined) || this.#boots.some(({ outcome }) => !outcome)) return undefined;
    return this.#plans.map((plan, image) => {
      if (isFailed(plan)) return plan;
      const boots = this.#boots.filter(({ index }) => index === image);
      return boots.map(({ planned, outcome }) => ({ planned, outcome: outcome! }));
    });
  }

  async #run(pool: RecordingPool): Promise<void> {
    for (const [index, source] of this.images.entries()) this.#open({ index, source }, pool);
    await pool.run();
  }

  #open({ index, source }: ImageSource, pool: RecordingPool): void {
    const { entries, platforms } = this.plan;
    pool.add({
      task: { kind: 'open', index, source, entries, platforms },
      done: (answer) => {
        if (answer.kind !== 'recorded')
          this.#plans[index] = answer.kind === 'planned' ? answer.boots : answer;
        if (this.#plans.includes(undefined) || (this.#strict && this.#plans.some(isFailed))) return;
        for (const [at, source] of this.images.entries()) {
          const plan = this.#plans[at];
          for (const planned of isFailed(plan) ? [] : plan!) {
            const boot: Boot = { index: at, source, planned };
            this.#boots.push(boot);
            this.#record(boot, pool);
          }
        }
      },
    });
  }

  #record(boot: Boot, pool: RecordingPool): void {
    const { index, source, planned } = boot;
    const { options, timeLimit } = this.plan;
    const image = this.images.length > 1 ? `${this.images[index]!.name} ` : '';
    const name = `${image}${columnName(planned)}`;
    pool.add({
      task: { kind: 'record', index, source, planned, options, timeLimit },
      progress: (progress) => {
        this.#underWay.progress(name, progress);
        this.#tell();
      },
      done: (answer) => {
        this.#underWay.end(name);
        this.#tell();
        if (answer.kind !== 'planned') boot.outcome = answer.kind === 'recorded' ? answer.recording : answer;
        const first = this.#boots.find(({ outcome }) => outcome === undefined || isFailed(outcome));
        if (this.#strict && first?.outcome) pool.stop();
        else if (answer.kind === 'recorded') this.recorded({ index, source }, planned, answer.recording);
      },
    });
  }

  #tell(): void {
    this.progress(this.#underWay.line(`${this.#underWay.ended} of ${this.#boots.length} recorded`));
  }
}

export const isFailed = (outcome: object | undefined): outcome is Failed =>
  outcome !== undefined && 'kind' in outcome && outcome.kind === 'failed';

/** What a failure of a worker is on this side. */
function errorOf({ message, hint, offset, internal }: Failed): Error {
  if (internal) return new Error(message);
  return offset === undefined ? new StartError(message, hint) : new ImageError(message, offset, hint);
}
