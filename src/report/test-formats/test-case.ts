/** A test and its result: what formats of test results have in common. */
export interface TestCase {
  readonly name: string;
  /** 'error': it could not be tried. */
  readonly result: 'passed' | 'failed' | 'error' | 'skipped';
  /** What became of it, in a word or two. */
  readonly short: string;
  /** Why, one sentence or command each; the first is the most telling one. */
  readonly lines: readonly string[];
  /** Of the host's time. */
  readonly seconds: number;
}

/** An image and the tests of it. */
export interface TestGroup {
  readonly image: string;
  /** Why nothing of it was tried. */
  readonly skipped: string | null;
  readonly cases: readonly TestCase[];
}
