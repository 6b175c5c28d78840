/** Milliseconds a program may run before it has to say what it does. */
const PATIENCE = 500;

/** One line on a terminal that says how far the work is; it stands below what else is written there. */
export class StatusLine {
  readonly #began = performance.now();
  #shown = false;
  /** Something else is in the middle of a line. */
  #busy = false;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  show(text: string): void {
    const { isTTY, columns = 80 } = this.stream;
    if (!isTTY || this.#busy || performance.now() - this.#began < PATIENCE) return;
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
