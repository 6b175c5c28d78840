/** Reads bits, the highest of a byte first. Past the end it reads zeros and counts on, so callers check `position`. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** The bits read from `#bytes` and not yet taken, in the low `#count` bits. */
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bits taken so far. */
  get position(): number {
    return this.#at * 8 - this.#count;
  }

  /** Bytes there are. */
  get length(): number {
    return this.#bytes.length;
  }

  /** True when more bits were taken than there are. */
  get overrun(): boolean {
    return this.position > this.#bytes.length * 8;
  }

  /** The next `count` bits, at most 24, without taking them. */
  peek(count: number): number {
    while (this.#count < 25) {
      this.#held = (this.#held << 8) | (this.#at < this.#bytes.length ? this.#bytes[this.#at]! : 0);
      this.#at++;
      this.#count += 8;
    }
    return (this.#held >>> (this.#count - count)) & ((1 << count) - 1);
  }

  /** Takes `count` bits that were peeked at. */
  skip(count: number): void {
    this.#count -= count;
  }

  /** Takes the next `count` bits, at most 24. */
  read(count: number): number {
    const value = this.peek(count);
    this.#count -= count;
    return value;
  }

  /** Takes the next 32 bits. */
  read32(): number {
    const high = this.read(16);
    return ((high << 16) | this.read(16)) >>> 0;
  }

  /** Skips to a whole byte. */
  align(): void {
    this.#count -= this.#count & 7;
  }
}
