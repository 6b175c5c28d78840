import type { CheckReport } from '../check.js';
import type { Page } from '../text/page.js';

/** What a report is written with. */
export interface Edition {
  /** For those that people read on a terminal. */
  readonly page: Partial<Page>;
  /** Of zeropage. */
  readonly version: string;
  /** Address under which the files of zeropage can be read, without a slash at the end. */
  readonly homepage?: string;
}

/** A way to write down what a check found; the same report is the same text, to the byte. */
export interface CheckFormat {
  readonly id: string;
  /** The whole document; ends with a newline, or is empty. */
  render(report: CheckReport, edition: Edition): string;
}
