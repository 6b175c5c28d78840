import type { BootOptions } from '../boot/options.js';
import type { EntryId, Offer } from '../entry/entry.js';
import type { PlatformId } from '../platform/platform.js';
import type { FindingReport } from '../report/inspection.js';
import type { MatrixCell } from '../report/matrix.js';
import type { ImageSource } from './pool.js';

/** What a worker is asked to do for a matrix. */
export type MatrixTask =
  | ({ readonly kind: 'open' } & ImageSource)
  | ({
      readonly kind: 'boot';
      readonly entry: EntryId;
      readonly platform?: PlatformId;
      readonly options: BootOptions;
      /** Seconds. */
      readonly timeLimit?: number;
    } & ImageSource);

/** What it answers. */
export type MatrixAnswer =
  | {
      readonly kind: 'opened';
      readonly offers: readonly Offer[];
      readonly isLinux: boolean;
      /** What is known to be wrong, for each entry that is offered. */
      readonly findings: readonly { readonly entry: EntryId; readonly findings: readonly FindingReport[] }[];
    }
  | { readonly kind: 'booted'; readonly cell: MatrixCell };
