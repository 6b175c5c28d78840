import type { BootOptions, BootProgress } from '../boot/options.js';
import type { EntryId, Offer } from '../entry/entry.js';
import type { PlatformId } from '../platform/platform.js';
import type { FindingReport } from '../report/inspection.js';
import type { MatrixCell } from '../report/matrix.js';

/** The bytes of an image and the name it is shown under. */
export interface NamedImage {
  readonly name: string;
  readonly data: Uint8Array;
}

/** An image as a worker gets it: a path that it can read, or the bytes. */
export interface ImageSource {
  readonly index: number;
  readonly source: string | NamedImage;
}

/** What a worker is asked to do with an image. */
export type Task =
  | ({ readonly kind: 'open' } & ImageSource)
  | ({
      readonly kind: 'boot';
      readonly entry: EntryId;
      readonly platform?: PlatformId;
      readonly options: BootOptions;
      /** Seconds. */
      readonly timeLimit?: number;
    } & ImageSource);

/** What a worker says. */
export type Answer =
  | {
      readonly kind: 'opened';
      readonly offers: readonly Offer[];
      readonly isLinux: boolean;
      /** What is known to be wrong, for each entry that is offered. */
      readonly findings: readonly { readonly entry: EntryId; readonly findings: readonly FindingReport[] }[];
    }
  | { readonly kind: 'booted'; readonly cell: MatrixCell }
  /** The image could not be read, or zeropage failed. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'progress'; readonly progress: BootProgress };

/** A task, and what is done with its answers. */
export interface Job {
  readonly task: Task;
  /** Also called for a worker that died: with 'failed'. */
  done(answer: Exclude<Answer, { kind: 'progress' }>): void;
  progress?(progress: BootProgress): void;
}

/** Has jobs done: by threads of Node, by workers of a browser, or one after the other. */
export interface Pool {
  add(job: Job): void;
  /** Resolves when no job is left, also none that others added. */
  run(): Promise<void>;
}
