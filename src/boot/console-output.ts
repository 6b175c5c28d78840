/** Collects what a guest sends to its console and passes it on line by line. */
export class ConsoleOutput {
  #bytes = new Uint8Array(0x10000);
  #length = 0;
  /** How much of it was passed on. */
  #passed = 0;

  constructor(private readonly onBytes: (bytes: Uint8Array) => void = () => {}) {}

  put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
    if (byte === NEWLINE) this.flush();
  }

  /** Passes on the line that is not complete yet. */
  flush(): void {
    if (this.#passed === this.#length) return;
    this.onBytes(this.#bytes.slice(this.#passed, this.#length));
    this.#passed = this.#length;
  }

  /** All of it; bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    return new TextDecoder().decode(this.#bytes.subarray(0, this.#length));
  }
}

const NEWLINE = 10;
