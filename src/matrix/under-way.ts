import type { BootProgress } from '../boot/options.js';

/** Boots that run beside each other: how many ended, and what each of the others last said. */
export class UnderWay {
  readonly #said = new Map<string, string>();
  #ended = 0;

  get ended(): number {
    return this.#ended;
  }

  progress(name: string, { waypoint, instructions, mips }: BootProgress): void {
    const millions = Math.round(instructions / 1e6);
    this.#said.set(name, `${name}: ${waypoint}, ${millions} M, ${Math.round(mips)} MIPS`);
  }

  end(name: string): void {
    this.#said.delete(name);
    this.#ended++;
  }

  /** How far all is, in a line: the heading, and each boot under way. */
  line(...heading: readonly string[]): string {
    return [...heading, ...this.#said.values()].join(' · ');
  }
}
