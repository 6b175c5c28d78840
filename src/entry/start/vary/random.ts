/** Numbers from a seed and a name: what is drawn under one name does not depend on what is drawn under others. */
export class Random {
  #state: number;

  constructor(
    readonly seed: number,
    name: string,
  ) {
    // FNV-1a over both, so that neighbouring seeds have nothing in common.
    let hash = 0x811c9dc5;
    for (const byte of new TextEncoder().encode(`${seed} ${name}`)) hash = Math.imul(hash ^ byte, 0x01000193);
    this.#state = hash >>> 0;
  }

  /** 32 bits. */
  word(): number {
    // Steps of the golden ratio through a mixer, after SplitMix (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** 64 bits. */
  long(): bigint {
    return (BigInt(this.word()) << 32n) | BigInt(this.word());
  }

  /** An integer from 0 on. */
  below(end: number): number {
    return Math.floor((this.word() / 0x100000000) * end);
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}
