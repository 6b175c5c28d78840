/** Bytes that somebody types on a guest's console. Those that come before the guest can take them wait. */
export class ConsoleInput {
  #waiting: number[] = [];
  #receive?: (byte: number) => void;
  /** Called when bytes have come: whoever sleeps until the guest has something to do should wake up. */
  onBytes: () => void = () => {};

  type(bytes: Iterable<number>): void {
    if (this.#receive) for (const byte of bytes) this.#receive(byte);
    else this.#waiting.push(...bytes);
    this.onBytes();
  }

  /** Where the bytes go from now on. */
  connect(receive: (byte: number) => void): void {
    this.#receive = receive;
    for (const byte of this.#waiting) receive(byte);
    this.#waiting = [];
  }
}
