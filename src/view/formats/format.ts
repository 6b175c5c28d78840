import type { Comparison } from '../../compare/comparison.js';
import type { Page } from '../../report/text/page.js';
import type { Recording } from '../../trace/recording.js';

/** What was compared, and what of. */
export interface Compared {
  readonly comparison: Comparison;
  /** In the comparison's order. */
  readonly recordings: readonly Recording[];
}

/** A way to show boot paths beside each other. */
export interface ComparisonFormat {
  readonly id: string;
  /** The whole document; ends with a newline. `page`: of those that people read on a terminal. */
  render(compared: Compared, page: Partial<Page>): string | Promise<string>;
}
