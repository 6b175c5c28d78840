/** Milliseconds a command may take in silence. */
const PATIENCE = 2000;

/**
 * Says on a terminal what is being done once a command takes longer than two seconds; `done` wipes it.
 * The work itself is synchronous and would starve a timer, so the clock is looked at when a phase begins.
 */
export class Progress {
  readonly #start: number;
  #shown = false;

  constructor(
    private readonly stream: { readonly isTTY?: boolean; write(text: string): unknown } = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#start = now();
  }

  /** Begins a phase of the work, e.g. "reading symbols". */
  readonly phase = (what: string): void => {
    const elapsed = this.now() - this.#start;
    if (!this.stream.isTTY || elapsed < PATIENCE) return;
    this.stream.write(`\r\x1b[K${what} … ${(elapsed / 1000).toFixed(0)} s`);
    this.#shown = true;
  };

  done(): void {
    if (this.#shown) this.stream.write('\r\x1b[K');
    this.#shown = false;
  }
}
