import type { CheckReport } from '../check.js';
import type { Page } from '../text/page.js';

/** A way to write down what a check found. */
export interface CheckFormat {
  readonly id: string;
  /** The whole document; ends with a newline, or is empty. `page`: of those that people read on a terminal. */
  render(report: CheckReport, page: Partial<Page>): string;
}
