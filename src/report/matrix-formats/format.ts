import type { Matrix } from '../matrix.js';
import type { Page } from '../text/page.js';

/** What a report is written with. */
export interface Edition {
  /** For those that people read on a terminal. */
  readonly page: Partial<Page>;
  /** When the first boot began; only JUnit wants to know. */
  readonly began: Date;
}

/** A way to write a matrix down. */
export interface MatrixFormat {
  readonly id: string;
  /** The whole document; ends with a newline, or is empty. */
  render(matrix: Matrix, edition: Edition): string;
}
