/** Milliseconds a program may run before it has to say what it does. */
const PATIENCE = 500;
/** Milliseconds between two lines where there is no terminal. */
const LINE = 10_000;

/** What of a stream is needed. */
interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * One line on a terminal that says how far the work is; it stands below what else is written there. With `lines`, where
 * there is no terminal: a line of its own every ten seconds.
 */
export class StatusLine {
  readonly #began: number;
  #lastLine: number;
  #shown = false;
  /** Something else is in the middle of a line. */
  #busy = false;

  constructor(
    private readonly lines: boolean,
    private readonly stream: Screen = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#began = now();
    this.#lastLine = this.#began;
  }

  show(text: string): void {
    const { isTTY, columns = 80 } = this.stream;
    const now = this.now();
    if (!isTTY) {
      if (!this.lines || now - this.#lastLine < LINE) return;
      this.#lastLine = now;
      this.stream.write(`zeropage: ${text}\n`);
      return;
    }
    if (this.#busy || now - this.#began < PATIENCE) return;
    this.stream.write(`\r\x1b[K${text.slice(0, columns - 1)}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) this.stream.write('\r\x1b[K');
    this.#shown = false;
  }

  /** To be called around other output to the same terminal: whether that ended with a whole line. */
  yieldTo(write: () => boolean): void {
    this.clear();
    this.#busy = !write();
  }
}
