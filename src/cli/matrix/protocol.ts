import type { BootOptions, BootProgress } from '../../boot/options.js';
import type { EntryId, Offer } from '../../entry/entry.js';
import type { PlatformId } from '../../platform/platform.js';
import type { FindingReport } from '../../report/inspection.js';
import type { MatrixCell } from '../../report/matrix.js';
import type { Input } from '../input.js';

/** An image as a worker gets it: a path to read, or what came through standard input. */
export interface ImageSource {
  readonly index: number;
  readonly source: string | Input;
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
