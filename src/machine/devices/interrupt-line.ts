/** An input of an interrupt controller: `level` is true while the wire is asserted, whatever its polarity. */
export type InterruptInput = (level: boolean) => void;

/** A wire from one device to the inputs of one or more interrupt controllers. */
export class InterruptLine {
  #level = false;
  /** @unsaved wiring */
  readonly #inputs: InterruptInput[] = [];

  get level(): boolean {
    return this.#level;
  }

  connect(input: InterruptInput): void {
    this.#inputs.push(input);
  }

  /** Asserts or releases the wire; the controllers see changes only. */
  set(level: boolean): void {
    if (level === this.#level) return;
    this.#level = level;
    for (let i = 0; i < this.#inputs.length; i++) this.#inputs[i]!(level);
  }
}
